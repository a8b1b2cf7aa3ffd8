"""What mail services report by webhooks: who sent it is proved, what it says is understood.

Pure: bytes in, a :class:`Batch` of events out. One module a service. Like everything that comes
back, an event names nobody by itself: only what we wrote into the mail and the service hands back
(its envelope sender, its Message-ID, a mark of ours) says whom it is about.
"""

from digest.mail.webhooks import sns
from digest.mail.webhooks.answers import Answer, Verdict, answer_of
from digest.mail.webhooks.hook import (
    PROVIDERS,
    Batch,
    ForgedError,
    Happening,
    Hook,
    Post,
    Proven,
    StaleError,
    UnreadableError,
    WebhookError,
)
from digest.mail.webhooks.marks import fields_for, mark_of
from digest.mail.webhooks.reading import check_keys, prove, read

__all__ = [
    "PROVIDERS",
    "Answer",
    "Batch",
    "ForgedError",
    "Happening",
    "Hook",
    "Post",
    "Proven",
    "StaleError",
    "UnreadableError",
    "Verdict",
    "WebhookError",
    "answer_of",
    "check_keys",
    "fields_for",
    "mark_of",
    "prove",
    "read",
    "sns",
]
