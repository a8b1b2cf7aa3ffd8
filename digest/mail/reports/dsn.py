"""Machine-readable reports: delivery status (RFC 3464), feedback (RFC 5965), read (RFC 8098)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from email.message import Message

from digest.mail.reports import mime
from digest.mail.reports.diagnosis import Diagnosis, diagnose, diagnose_words
from digest.mail.reports.report import Report, Sort

_HEADERS = frozenset({"message/rfc822", "text/rfc822-headers", "message/rfc822-headers"})
_ID_LINE = re.compile(r"^message-id:\s*(<[^<>\s]{1,250}>)", re.IGNORECASE | re.MULTILINE)

_COMMENT = re.compile(r"\(([^()]{3,200})\)")
"""Where some write after the Status what they should have into Diagnostic-Code."""

_EMPTY_LINE = re.compile(r"\r?\n[ \t]*\r?\n")
_MAX_FIELDS = 20_000

_COMPLAINTS = frozenset({"abuse", "fraud", "virus", "other"})


@dataclass(frozen=True, slots=True)
class _Recipient:
    """One group of per-recipient fields."""

    action: str
    status: str
    diagnostic: str
    address: str


def read_delivery_status(message: Message) -> Report | None:
    """Return what the delivery status notification *message* says; ``None`` if it is none."""
    groups = [
        group
        for part in mime.parts(message)
        if mime.content_type(part) in {"message/delivery-status", "message/global-delivery-status"}
        for group in _groups(part)
    ]
    found = [_recipient(group) for group in groups]
    told = [item for item in found if item is not None]
    if not told:
        return None
    # One of ours has one recipient; of several, the worst is what matters.
    worst = min(told, key=lambda item: _ORDER.get(item.action, len(_ORDER)))
    recipients = tuple(dict.fromkeys(item.address for item in told if item.address))
    quoted = quoted_id(message)
    if worst.action in {"delivered", "relayed", "expanded"}:
        reason = "It says that the message arrived."
        return Report(Sort.DELIVERED, reason=reason, recipients=recipients, message_id=quoted)
    diagnosis = diagnose(worst.diagnostic, worst.status)
    if worst.action == "delayed":
        return Report(
            Sort.DELAYED,
            reason="It says that the message is delayed, and that somebody goes on trying.",
            diagnostic=diagnosis.text or worst.status,
            recipients=recipients,
            message_id=quoted,
        )
    if diagnosis.kind is None:
        # Some write into the text for people only what they were told.
        told_people = diagnose_words(mime.words(message))
        diagnosis = told_people if told_people.kind is not None else diagnosis
    return bounce(diagnosis, recipients, quoted)


def read_feedback(message: Message) -> Report | None:
    """Return what the abuse report *message* says; ``None`` if it is none."""
    for part in mime.parts(message):
        if mime.content_type(part) != "message/feedback-report":
            continue
        fields = next(iter(_groups(part)), Message())
        kind = mime.header(fields, "Feedback-Type").lower()
        original = _quoted_message(message)
        sender = mime.header(fields, "Original-Mail-From")
        if original is not None and not sender:
            sender = mime.header(original, "Return-Path")
        offered = mime.header(original, "List-Unsubscribe") if original is not None else ""
        token = mime.TOKEN.search(offered)
        return replace(
            _feedback(kind),
            message_id=quoted_id(message),
            recipients=tuple(mime.addresses(mime.header(fields, "Original-Rcpt-To"))),
            envelope_sender=next(iter(mime.addresses(sender)), ""),
            token=token[0] if token else "",
        )
    return None


def _feedback(kind: str) -> Report:
    if kind in _COMPLAINTS:
        return Report(Sort.COMPLAINT, reason=f"A reader called it spam ({kind}).")
    if kind in {"opt-out", "opt-out-list"}:
        return Report(Sort.UNSUBSCRIBE, reason="A reader asks to get no more.")
    # not-spam takes a complaint back; auth-failure is about somebody's signatures.
    return Report(Sort.UNKNOWN, reason=f"Feedback of the type {kind[:40] or 'none'}.")


def read_disposition(message: Message) -> Report | None:
    """Return what the notice *message* that a mail was read or deleted says; else ``None``."""
    for part in mime.parts(message):
        if mime.content_type(part) == "message/disposition-notification":
            reason = "A notice that it was read, or deleted unread."
            return Report(Sort.DELIVERED, reason=reason, message_id=quoted_id(message))
    return None


def bounce(diagnosis: Diagnosis, recipients: tuple[str, ...], quoted: str) -> Report:
    """Return the report of a failure."""
    return Report(
        Sort.BOUNCE,
        kind=diagnosis.kind,
        scope=diagnosis.scope,
        reason=diagnosis.reason,
        diagnostic=diagnosis.text,
        recipients=recipients,
        message_id=quoted,
    )


def quoted_id(message: Message) -> str:
    """Return the Message-ID of the mail that *message* brings back; empty when there is none."""
    original = _quoted_message(message)
    if original is not None and (found := mime.message_id(mime.header(original, "Message-ID"))):
        return found
    line = _ID_LINE.search(mime.words(message))
    return mime.message_id(line[1]) if line else ""


def _quoted_message(message: Message) -> Message | None:
    """Return the mail, or its header alone, that *message* brings back; ``None`` without one."""
    for part in mime.parts(message):
        if part is message or mime.content_type(part) not in _HEADERS:
            continue
        inner = part.get_payload()
        if isinstance(inner, list) and inner and isinstance(inner[0], Message):
            return inner[0]
        if found := mime.parse(mime.text(part).encode("utf-8", "replace")):
            return found
    return None


_ORDER = {"failed": 0, "delayed": 1, "relayed": 2, "delivered": 3, "expanded": 4}


def _groups(part: Message) -> list[Message]:
    """Return the groups of fields in *part*, which the email package reads as messages."""
    payload = part.get_payload()
    if not isinstance(payload, list):
        # Some are packed in base64: then it is text.
        return _blocks(mime.text(part))
    groups = [item for item in payload if isinstance(item, Message)]
    if mime.header(part, "Content-Transfer-Encoding").lower() == "base64":
        # Not allowed (RFC 3464, 2.1), and done: taken for text, it makes no sense.
        return _blocks(mime.unpacked("".join(str(item.get_payload()) for item in groups)))
    if len(groups) == 1:
        # What the email package does not know (RFC 6533) it takes for one message with a body.
        rest = groups[0].get_payload()
        groups += _blocks(rest) if isinstance(rest, str) else []
    return groups


def _blocks(text: str) -> list[Message]:
    blocks = _EMPTY_LINE.split(text[:_MAX_FIELDS].strip())
    return [found for block in blocks if (found := mime.parse(block.encode("utf-8", "replace")))]


def _recipient(group: Message) -> _Recipient | None:
    action = mime.header(group, "Action").lower().split(" ")[0]
    status = mime.header(group, "Status")
    if not action and not status:
        return None
    named = mime.header(group, "Original-Recipient") or mime.header(group, "Final-Recipient")
    listed = mime.addresses(named)
    if not action:
        action = "failed" if status.startswith("5") else "delayed"
    comment = _COMMENT.search(status)
    said = mime.header(group, "Diagnostic-Code") or (comment[1] if comment else "")
    return _Recipient(action, status, said, listed[0] if listed else "")
