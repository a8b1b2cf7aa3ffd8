"""Failures written for people only: qmail, old Exim, and whatever else writes plain text.

Whether it is a failure at all is told by who writes and by flufl.bounce, which knows the forms of
some twenty servers; how bad it is, by the words that quote the failing server.
"""

from __future__ import annotations

import logging
import re
from email.message import Message

from flufl.bounce import all_failures

from digest.mail.reports import mime
from digest.mail.reports.diagnosis import diagnose_words, without_original
from digest.mail.reports.dsn import bounce, quoted_id
from digest.mail.reports.report import Report, Sort

logging.getLogger("flufl.bounce").addHandler(logging.NullHandler())
"""It writes a traceback for each mail that one of its detectors stumbles over."""

_DAEMON = re.compile(
    r"^(?:mailer-?daemon|postmaster|mail-?daemon|mdaemon|ndr|bounces?|no-?reply-?bounce|double-bounce"
    r"|microsoftexchange[0-9a-f]{20,})@"
)
_SUBJECT = re.compile(
    r"undeliver(?:able|ed)|deliver(?:y|ies) (?:status notification|has failed|failure|failed|report"
    r"|problem|error)|returned mail|mail delivery (?:failed|system|failure)|failure notice"
    r"|could ?n[o']t be delivered|message (?:not delivered|delivery failure)|delivery incomplete"
    r"|unzustellbar|konnte nicht zugestellt|non remis|échec de (?:la )?remise"
    r"|no se ha podido entregar|mancata consegna|не доставлено",
    re.IGNORECASE,
)
_DELAYED = re.compile(
    r"(?:delivery|message|mail).{0,30}(?:delayed|still (?:being|in the) (?:tried|queue))"
    r"|warning: (?:message|could not send)|will (?:continue|keep) (?:to be tried|trying)"
    r"|you do not need to (?:resend|do anything)|no action is required on your part",
    re.IGNORECASE | re.DOTALL,
)


def read_plain_bounce(message: Message, *, is_null_sender: bool) -> Report | None:
    """Return what *message* says if it is a failure in plain words; else ``None``.

    Args:
        message: The mail.
        is_null_sender: Whether its envelope sender was empty, as that of reports is (RFC 5321,
            4.5.5).
    """
    from_daemon = _DAEMON.match(mime.address(message, "From")) is not None
    has_subject = _SUBJECT.search(mime.header(message, "Subject")) is not None
    temporary, permanent = _known_forms(message)
    listed = bool(message.get("X-Failed-Recipients"))
    if not (temporary or permanent or listed or (has_subject and (from_daemon or is_null_sender))):
        return None
    said = without_original(mime.words(message))
    recipients = tuple(
        dict.fromkeys((*permanent, *temporary, *mime.addresses(mime.header(message, _FAILED))))
    )
    quoted = quoted_id(message)
    if (temporary and not permanent) or (_DELAYED.search(said) and not permanent):
        return Report(
            Sort.DELAYED,
            reason="It says that the message is delayed, and that somebody goes on trying.",
            recipients=recipients,
            message_id=quoted,
        )
    return bounce(diagnose_words(said), recipients, quoted)


_FAILED = "X-Failed-Recipients"


def _known_forms(message: Message) -> tuple[list[str], list[str]]:
    """Return the addresses that failed for now, and for good, in forms that flufl.bounce knows."""
    try:
        temporary, permanent = all_failures(message)
    except Exception:  # noqa: BLE001 - it reads what anybody wrote; no mail of theirs stops us
        return [], []
    return _sorted(temporary), _sorted(permanent)


def _sorted(found: object) -> list[str]:
    items = found if isinstance(found, frozenset | set) else frozenset()
    decoded = (
        item.decode("ascii", "replace") if isinstance(item, bytes) else str(item) for item in items
    )
    return sorted(text.lower() for text in decoded)
