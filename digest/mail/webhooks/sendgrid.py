"""SendGrid: a list of events a request, signed with ECDSA over the time and the raw body.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from datetime import datetime

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from digest.mail.refusals import Kind, Scope
from digest.mail.reports import Report
from digest.mail.reports.diagnosis import Diagnosis
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
from digest.mail.webhooks.payload import Fields, inner, moment, parse_list, text
from digest.mail.webhooks.reports import (
    GONE,
    NOT_NOW,
    NOT_REACHED,
    OURS,
    VAGUE,
    about,
    complaint,
    failure,
    unsubscribe,
)

SIGNATURE = "x-twilio-email-event-webhook-signature"
TIMESTAMP = "x-twilio-email-event-webhook-timestamp"

_IDLE = frozenset(
    {"processed", "delivered", "deferred", "open", "click", "group_resubscribe", "account_status"}
)

_TOO_FAST = Diagnosis(Kind.THROTTLED, Scope.MESSAGE, "The service says that we are too fast.", "")
_CLASSES = {
    "invalid address": GONE,
    "mailbox unavailable": NOT_NOW,
    "technical": NOT_REACHED,
    "technical failure": NOT_REACHED,
    "content": OURS,
    "reputation": OURS,
    "frequency or volume": _TOO_FAST,
    "frequency or volume too high": _TOO_FAST,
}
"""By ``bounce_classification``."""

_DROPPED = {
    "bounced address": GONE,
    "invalid": GONE,
}
"""By reason: SendGrid did not even try, for what happened before."""


def load_key(text_: str) -> ec.EllipticCurvePublicKey:
    """Return the verification key that SendGrid shows.

    Raises:
        ValueError: if it is none.
    """
    reason = "has a public_key that is not the one line of base64 that SendGrid shows"
    try:
        key = load_der_public_key(base64.b64decode(text_, validate=True))
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        raise ValueError(reason) from None
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise ValueError(reason)  # noqa: TRY004 - the text is what is wrong
    return key


def prove(hook: Hook, post: Post, now: datetime) -> Proven:
    """Check the signature of *post*.

    Raises:
        ForgedError: if it is not SendGrid's.
        StaleError: if it is too old.
    """
    stamp = post.headers.get(TIMESTAMP, "")
    try:
        signature = base64.b64decode(post.headers.get(SIGNATURE, ""), validate=True)
        load_key(hook.public_key).verify(
            signature, stamp.encode("utf-8", "replace") + post.body, ec.ECDSA(hashes.SHA256())
        )
    except (binascii.Error, ValueError, InvalidSignature):
        raise ForgedError("its signature is not SendGrid's") from None
    check_age(hook, moment(stamp), now)
    # It covers the body: the same signature is the same request.
    return Proven(hashlib.sha256(stamp.encode() + post.body).hexdigest())


def read(body: bytes) -> Batch:
    """Return what *body* says.

    Raises:
        UnreadableError: if it is not what SendGrid sends.
    """
    gathered = Gathering()
    for fields in parse_list(body):
        name = text(fields, "event")
        report = _report(fields, name)
        gathered.count(name, is_known=report is not None or name in _IDLE)
        if report is None:
            continue
        address = text(fields, "email")
        # Unique arguments come beside the other keys, or in a table of their own.
        marks = [text(fields, NAME), text(inner(fields, "unique_args"), NAME)]
        report = about(report, marks, address, text(fields, "smtp-id"))
        gathered.add(report, _identity(fields, name), address)
    return gathered.batch


def _identity(fields: Fields, name: str) -> str:
    own = text(fields, "sg_event_id")
    if not own:
        own = "\0".join(text(fields, key) for key in ("sg_message_id", "email", "timestamp"))
    return identity_of("sendgrid", name, own)


def _report(fields: Fields, name: str) -> Report | None:
    if name == "spamreport":
        return complaint()
    if name in {"unsubscribe", "group_unsubscribe"}:
        return unsubscribe()
    if name == "bounce":
        kind = text(fields, "bounce_classification").lower()
        said, status = text(fields, "reason"), text(fields, "status")
        return failure(said, status, _CLASSES.get(kind, VAGUE))
    return _dropped(text(fields, "reason")) if name == "dropped" else None


def _dropped(why: str) -> Report:
    match why.lower():
        case "spam reporting address":
            return complaint("reported before")
        case "unsubscribed address":
            return unsubscribe()
        case known if known in _DROPPED:
            return failure("", otherwise=_DROPPED[known])
    return failure(why, otherwise=OURS)
