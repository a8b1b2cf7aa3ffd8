"""Brevo: an event a request, or a list of them, with a secret that the operator gave it.

https://developers.brevo.com/docs/transactional-webhooks
"""

from __future__ import annotations

from digest.mail.reports import Report
from digest.mail.webhooks.hook import Batch, Gathering, identity_of
from digest.mail.webhooks.payload import Fields, parse_list, text
from digest.mail.webhooks.reports import (
    GONE,
    NOT_REACHED,
    VAGUE,
    about,
    complaint,
    failure,
    not_tried,
    unsubscribe,
)

_IDLE = frozenset(
    {
        "request",
        "sent",
        "delivered",
        "deferred",
        "opened",
        "unique_opened",
        "uniqueOpened",
        "proxy_open",
        "unique_proxy_open",
        "click",
    }
)

_CLASSES = {
    "hard_bounce": GONE,
    "hardBounce": GONE,
    "invalid_email": GONE,
    "invalid": GONE,
    "soft_bounce": NOT_REACHED,
    "softBounce": NOT_REACHED,
    "error": VAGUE,
}


def read(body: bytes) -> Batch:
    """Return what *body* says.

    Raises:
        UnreadableError: if it is not what Brevo sends.
    """
    gathered = Gathering()
    for fields in parse_list(body):
        name = text(fields, "event")
        report = _report(fields, name)
        gathered.count(name, is_known=report is not None or name in _IDLE)
        if report is None:
            continue
        address, message_id = text(fields, "email"), text(fields, "message-id")
        marks = [text(fields, "X-Mailin-custom"), text(fields, "x-mailin-custom")]
        # Events have no id of their own.
        at = text(fields, "ts_epoch") or text(fields, "ts_event") or text(fields, "date")
        identity = identity_of("brevo", name, message_id, address, at)
        gathered.add(about(report, marks, address, message_id), identity, address)
    return gathered.batch


def _report(fields: Fields, name: str) -> Report | None:
    if name in {"spam", "complaint"}:
        return complaint()
    if name == "unsubscribed":
        return unsubscribe()
    if name == "blocked":
        return not_tried(text(fields, "reason"))
    if name not in _CLASSES:
        return None
    return failure(text(fields, "reason"), otherwise=_CLASSES[name])
