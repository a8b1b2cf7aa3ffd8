"""Failures written for people only: qmail, old Exim, and whatever else writes plain text.

Whether it is a failure at all is told by who writes and by flufl.bounce, which knows the forms of
some twenty servers; how bad it is, by the words that quote the failing server.
"""

from __future__ import annotations

import re
from email.message import Message

from flufl.bounce import all_failures

from digest.mail.reports import mime
from digest.mail.reports.diagnosis import Diagnosis, diagnose
from digest.mail.reports.dsn import bounce, quoted_id
from digest.mail.reports.report import Report, Sort

_DAEMON = re.compile(
    r"^(?:mailer-?daemon|postmaster|mail-?daemon|mdaemon|bounces?|no-?reply-?bounce|double-bounce"
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
_QUOTED = re.compile(r"(?:^|[\s>:(])[45]\d\d[ -](?:[45]\.\d|\S)|\b[45]\.\d{1,3}\.\d{1,3}\b")
_ORIGINAL = re.compile(
    r"^[ >-]*(?:below this line is a copy|-+ ?(?:original message|this is a copy|returned message"
    r"|a copy of|the (?:header|body) of)|this is a copy of (?:your|the) message"
    r"|your message.{0,20}follows|original message header|reporting-mta:)",
    re.IGNORECASE | re.MULTILINE,
)
_CONTEXT_LINES = 3
_MAX_LINES = 200


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
    said = mime.words(message)
    cut = _ORIGINAL.search(said)
    said = said[: cut.start()] if cut and cut.start() > 0 else said
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
    return bounce(_diagnosed(said), recipients, quoted)


_FAILED = "X-Failed-Recipients"


def _diagnosed(said: str) -> Diagnosis:
    """Return what the words mean: those around a quoted code, if there are any, else all."""
    lines = [line.strip(" >\t") for line in said.splitlines()[:_MAX_LINES]]
    for number, line in enumerate(lines):
        if _QUOTED.search(f" {line}"):
            # The reply may run over several lines, and end with the paragraph.
            following = lines[number : number + _CONTEXT_LINES]
            paragraph = following[: following.index("")] if "" in following else following
            return diagnose(" ".join(paragraph))
    return diagnose(" ".join(lines)[:1000])


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
