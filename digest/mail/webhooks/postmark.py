"""Postmark: one JSON object a request, with the secret that its URL or headers hold.

https://postmarkapp.com/developer/webhooks/webhooks-overview
"""

from __future__ import annotations

from digest.mail.reports import Report, Sort
from digest.mail.webhooks.hook import Batch, Gathering, identity_of
from digest.mail.webhooks.marks import NAME
from digest.mail.webhooks.payload import Fields, inner, parse_fields, text
from digest.mail.webhooks.reports import (
    GONE,
    NOT_NOW,
    NOT_REACHED,
    OURS,
    VAGUE,
    about,
    complaint,
    failure,
    note,
    unsubscribe,
)

_IDLE = frozenset({"Delivery", "Open", "Click", "SMTP API Error", "Inbound"})

_CLASSES = {
    "HardBounce": GONE,
    "BadEmailAddress": GONE,
    "SoftBounce": NOT_NOW,
    "DnsError": NOT_REACHED,
    "SpamNotification": OURS,
    "Blocked": OURS,
    "VirusNotification": OURS,
    "DMARCPolicy": OURS,
    "SMTPApiError": OURS,
    "Unknown": VAGUE,
}
"""By type of bounce (https://postmarkapp.com/developer/api/bounce-api#bounce-types)."""

_NOTES = {
    "Transient": Sort.DELAYED,
    "AutoResponder": Sort.AUTO_REPLY,
    "AddressChange": Sort.AUTO_REPLY,
    "ChallengeVerification": Sort.CHALLENGE,
}


def read(body: bytes) -> Batch:
    """Return what *body* says.

    Raises:
        UnreadableError: if it is not what Postmark sends.
    """
    fields = parse_fields(body)
    gathered = Gathering()
    kind, name = text(fields, "RecordType"), _name(fields)
    report = _report(fields, kind)
    gathered.count(name, is_known=report is not None or kind in _IDLE | {"SubscriptionChange"})
    if report is not None:
        address = text(fields, "Email") or text(fields, "Recipient")
        report = about(report, [text(inner(fields, "Metadata"), NAME)], address)
        gathered.add(report, _identity(fields, kind), address)
    return gathered.batch


def _name(fields: Fields) -> str:
    kind, detail = text(fields, "RecordType"), text(fields, "Type")
    return f"{kind} {detail}" if kind == "Bounce" else kind


def _identity(fields: Fields, kind: str) -> str:
    # Only changes have no number.
    change = ("ChangedAt", "Recipient", "SuppressionReason")
    own = text(fields, "ID") or " ".join(text(fields, name) for name in change)
    return identity_of("postmark", kind, own, text(fields, "MessageID"))


def _report(fields: Fields, kind: str) -> Report | None:
    if kind == "SpamComplaint":
        return complaint()
    if kind == "SubscriptionChange":
        return _change(fields)
    return _bounce(fields) if kind == "Bounce" else None


def _bounce(fields: Fields) -> Report | None:
    kind = text(fields, "Type")
    if kind in _NOTES:
        return note(_NOTES[kind], f"Postmark took it for {kind}.")
    if kind == "SpamComplaint":
        return complaint()
    if kind == "Unsubscribe":
        return unsubscribe()
    if kind not in _CLASSES:
        return None
    return failure(text(fields, "Details"), otherwise=_CLASSES[kind])


def _change(fields: Fields) -> Report | None:
    """Return what it means that Postmark will not write to somebody any more (broadcasts)."""
    if fields.get("SuppressSending") is not True:
        return None
    why = text(fields, "SuppressionReason")
    if why == "HardBounce":
        return failure("", otherwise=GONE)
    if why == "SpamComplaint":
        return complaint()
    # "Customer" and "Admin" are the operator and Postmark, not the reader.
    return unsubscribe() if text(fields, "Origin") == "Recipient" else None
