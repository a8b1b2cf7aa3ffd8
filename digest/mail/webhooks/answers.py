"""What services are answered, so that they try again when that helps, and only then.

What each does with which status:
docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html,
postmarkapp.com/developer/webhooks/webhooks-overview, the "Event Webhook" of SendGrid's manual,
documentation.mailgun.com/docs/mailgun/user-manual/webhooks/webhook-retries,
developers.brevo.com/docs/retry-mechanism.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """What became of a request."""

    TAKEN = "taken"  #: It is in the database, or there was nothing to write.
    FORGED = "forged"  #: Nothing proves it. It may be our secret that is wrong.
    NEVER = "never"  #: It cannot be taken, however often it comes.
    LATER = "later"  #: It could not be written now.


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered."""

    verdict: Verdict
    status: int
    """Of HTTP."""

    reason: str
    """One sentence; tells nothing that a stranger may not know."""


_STATUSES = {
    # SNS takes 4xx for final, 429 and 5xx for "try again" (for an hour at most).
    "ses": {Verdict.FORGED: 403, Verdict.NEVER: 400, Verdict.LATER: 503},
    # Tries again whatever is not 200, for half a day, but for 403.
    "postmark": {Verdict.FORGED: 401, Verdict.NEVER: 403, Verdict.LATER: 503},
    # Tries again whatever is not 2xx, for a day.
    "sendgrid": {Verdict.FORGED: 403, Verdict.NEVER: 400, Verdict.LATER: 503},
    # Tries again whatever is not 200, for eight hours, but for 406.
    "mailgun": {Verdict.FORGED: 401, Verdict.NEVER: 406, Verdict.LATER: 503},
    # Gives up at any 4xx and 5xx but for 429.
    "brevo": {Verdict.FORGED: 401, Verdict.NEVER: 400, Verdict.LATER: 429},
}


def answer_of(provider: str, verdict: Verdict, reason: str = "Taken.") -> Answer:
    """Return what *provider* is answered after *verdict*."""
    status = 200 if verdict is Verdict.TAKEN else _STATUSES[provider][verdict]
    return Answer(verdict, status, reason)
