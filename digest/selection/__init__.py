"""Which articles stand in which feed and issue, and the reason for each that does not.

Pure: takes values and the time, returns values. The same functions decide and explain, so that what
``digest explain`` says is what happens.
"""

from digest.selection.candidates import briefing_reason
from digest.selection.desk import Arrangement, Desk
from digest.selection.feeds import feed_mismatch, feed_reason, leaving, select_feed
from digest.selection.plan import IssuePlan, narrowed, plan_issue

__all__ = [
    "Arrangement",
    "Desk",
    "IssuePlan",
    "briefing_reason",
    "feed_mismatch",
    "feed_reason",
    "leaving",
    "narrowed",
    "plan_issue",
    "select_feed",
]
