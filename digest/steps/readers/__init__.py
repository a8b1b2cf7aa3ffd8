"""Readers: they subscribe, confirm, choose, leave, and have what is stored shown or erased.

What a page is asked for is written down before it answers, and dealt with afterwards, so that no
answer tells who subscribes (``ask``, ``answer``). Whatever changes something is done by a link that
is mailed for it (``links``), but for leaving, which any mail's link does at once (``leave``).
Mails about all that wait in the database until the relay has taken them (``letters``, ``post``).
"""

from digest.steps.readers.answer import answer_requests, forget_old
from digest.steps.readers.ask import MAILED_LINKS, ask_for_link, ask_to_subscribe
from digest.steps.readers.forms import (
    TRAP,
    FormProblem,
    SignUp,
    has_waited,
    is_trapped,
    make_stamp,
    may_return_to,
    read_format,
    read_language,
    read_sign_up,
    read_timezone,
    read_topics,
)
from digest.steps.readers.leave import Left, left_by, undo, unsubscribe_by_token
from digest.steps.readers.links import (
    AddressTaken,
    Confirmed,
    Moved,
    change_address,
    confirm,
    erase,
    export,
    pending,
)
from digest.steps.readers.networks import network_of
from digest.steps.readers.post import Postman, PostResult
from digest.steps.readers.preferences import (
    Choice,
    Choices,
    Preferences,
    Saved,
    save_choices,
    show_choices,
)
from digest.steps.readers.words import Words, words_of

__all__ = [
    "MAILED_LINKS",
    "TRAP",
    "AddressTaken",
    "Choice",
    "Choices",
    "Confirmed",
    "FormProblem",
    "Left",
    "Moved",
    "PostResult",
    "Postman",
    "Preferences",
    "Saved",
    "SignUp",
    "Words",
    "answer_requests",
    "ask_for_link",
    "ask_to_subscribe",
    "change_address",
    "confirm",
    "erase",
    "export",
    "forget_old",
    "has_waited",
    "is_trapped",
    "left_by",
    "make_stamp",
    "may_return_to",
    "network_of",
    "pending",
    "read_format",
    "read_language",
    "read_sign_up",
    "read_timezone",
    "read_topics",
    "save_choices",
    "show_choices",
    "undo",
    "unsubscribe_by_token",
    "words_of",
]
