"""The vocabulary: what Digest talks about. Values only; no input, output, or clock.

Times are aware and in UTC. Text is plain Unicode unless its name ends in ``_html``.
"""

from digest.model.articles import (
    FILE_REMOVED,
    MAX_SOURCE_BYTES,
    Article,
    Author,
    Change,
    Draft,
    Enclosure,
    Episode,
    Image,
    Listed,
    Removal,
    Transcript,
)
from digest.model.desk import Role
from digest.model.hub import HubMode
from digest.model.issues import (
    OPEN_STATES,
    Decision,
    DeliveryState,
    Issue,
    IssueState,
    Occurrence,
    OccurrenceState,
    Placement,
    issue_key,
)
from digest.model.mails import (
    UNSUBSCRIBE_SLOT,
    BriefingInfo,
    IssueContent,
    MailContext,
    MailLinks,
    NoticeContext,
    Section,
)
from digest.model.publication import DEFAULT_THEME, FeedInfo, Podcast, Publication
from digest.model.readers import (
    Cadence,
    MailFormat,
    NoticeKind,
    RequestKind,
    Subscriber,
    Subscription,
    SubscriptionState,
)

__all__ = [
    "DEFAULT_THEME",
    "FILE_REMOVED",
    "MAX_SOURCE_BYTES",
    "OPEN_STATES",
    "UNSUBSCRIBE_SLOT",
    "Article",
    "Author",
    "BriefingInfo",
    "Cadence",
    "Change",
    "Decision",
    "DeliveryState",
    "Draft",
    "Enclosure",
    "Episode",
    "FeedInfo",
    "HubMode",
    "Image",
    "Issue",
    "IssueContent",
    "IssueState",
    "Listed",
    "MailContext",
    "MailFormat",
    "MailLinks",
    "NoticeContext",
    "NoticeKind",
    "Occurrence",
    "OccurrenceState",
    "Placement",
    "Podcast",
    "Publication",
    "Removal",
    "RequestKind",
    "Role",
    "Section",
    "Subscriber",
    "Subscription",
    "SubscriptionState",
    "Transcript",
    "issue_key",
]
