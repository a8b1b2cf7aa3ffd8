"""Approval: editors look at an issue before it goes out, and say whether it may.

Each is mailed the issue, as readers get it, with three links: send, hold, drop (``letters.py``). A
link leads to a page, and only its button does anything (``decide.py``). The last decision counts.
When nobody decides in time, what the settings say happens (:func:`settle_undecided`).
"""

from digest.steps.approval.asked import Asked, look, preview_of, token_of
from digest.steps.approval.decide import OPERATOR, Decided, decide, settle_undecided
from digest.steps.approval.letters import Letters

__all__ = [
    "OPERATOR",
    "Asked",
    "Decided",
    "Letters",
    "decide",
    "look",
    "preview_of",
    "settle_undecided",
    "token_of",
]
