"""Mailgun: one event a request; time and token are signed by HMAC, and the event is not.

So a token must never count twice: whoever saw one request could make up others with it.
https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

from digest.mail.reports import Report
from digest.mail.webhooks.hook import (
    Batch,
    ForgedError,
    Gathering,
    Hook,
    Post,
    Proven,
    check_age,
    identity_of,
)
from digest.mail.webhooks.marks import NAME
from digest.mail.webhooks.payload import Fields, inner, moment, parse_fields, text
from digest.mail.webhooks.reports import (
    GONE,
    NOT_REACHED,
    OURS,
    VAGUE,
    about,
    complaint,
    failure,
    unsubscribe,
)

_IDLE = frozenset({"accepted", "delivered", "opened", "clicked", "stored", "failed temporary"})

_CLASSES = {"suppress-bounce": GONE, "old": NOT_REACHED, "espblock": OURS}
"""By reason, where the failing server said nothing that tells."""

_SMTP_CODES = range(400, 600)
_MAX_TOKEN = 200


def prove(hook: Hook, post: Post, now: datetime) -> Proven:
    """Check the signature in *post*.

    Raises:
        ForgedError: if it is not Mailgun's.
        StaleError: if it is too old.
        UnreadableError: if it is not what Mailgun sends.
    """
    signed = inner(parse_fields(post.body), "signature")
    stamp, token = text(signed, "timestamp"), text(signed, "token")
    made = hmac.new(hook.secret.encode(), (stamp + token).encode(), hashlib.sha256).hexdigest()
    given = text(signed, "signature").encode()
    is_ours = hmac.compare_digest(given, made.encode())
    if not hook.secret or not is_ours or not 0 < len(token) <= _MAX_TOKEN:
        raise ForgedError("its signature is not Mailgun's")
    check_age(hook, moment(stamp), now)
    nonce = hashlib.sha256(f"{stamp}\0{token}".encode()).hexdigest()
    return Proven(nonce, covers_body=False)


def read(body: bytes) -> Batch:
    """Return what *body* says.

    Raises:
        UnreadableError: if it is not what Mailgun sends.
    """
    fields = inner(parse_fields(body), "event-data")
    gathered = Gathering()
    event, severity = text(fields, "event"), text(fields, "severity")
    name = f"{event} {severity}".strip()
    report = None if name in _IDLE else _report(fields, event)
    gathered.count(name, is_known=report is not None or name in _IDLE)
    if report is not None:
        address = text(fields, "recipient")
        marks = [text(inner(fields, "user-variables"), NAME), text(fields, "envelope", "sender")]
        message_id = text(fields, "message", "headers", "message-id")
        report = about(report, marks, address, message_id)
        own = text(fields, "id") or f"{message_id} {text(fields, 'timestamp')} {address}"
        gathered.add(report, identity_of("mailgun", event, own), address)
    return gathered.batch


def _report(fields: Fields, event: str) -> Report | None:
    match event:
        case "complained":
            return complaint()
        case "unsubscribed":
            return unsubscribe()
        case "rejected":
            return failure(text(fields, "reject", "reason"), otherwise=OURS)
        case "failed":
            return _failed(fields)
    return None


def _failed(fields: Fields) -> Report:
    why = text(fields, "reason")
    # Mailgun did not even try, for what it remembers.
    if why == "suppress-complaint":
        return complaint("reported before")
    if why == "suppress-unsubscribe":
        return unsubscribe()
    if why == "suppress-bounce":
        return failure("", otherwise=GONE)
    status = inner(fields, "delivery-status")
    code = text(status, "code")
    # It has codes of its own beside those of SMTP.
    said = [code] if code.isdigit() and code in map(str, _SMTP_CODES) else []
    said.append(text(status, "message") or text(status, "description"))
    enhanced = text(status, "enhanced-code")
    return failure(" ".join(said), enhanced, _CLASSES.get(why, VAGUE))
