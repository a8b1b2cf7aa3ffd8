"""Amazon SNS: how messages come, and what proves them.

Anybody can make a topic and have genuine messages of it sent here, so the signature says only that
Amazon sent it; which topics are believed is the operator's to say.
https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from digest.mail.webhooks.hook import (
    ForgedError,
    Hook,
    Post,
    Proven,
    UnreadableError,
    check_age,
)
from digest.mail.webhooks.payload import parse_fields, text

NOTIFICATION = "Notification"
SUBSCRIPTION = "SubscriptionConfirmation"
UNSUBSCRIPTION = "UnsubscribeConfirmation"

_SIGNED = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    SUBSCRIPTION: (
        "Message",
        "MessageId",
        "SubscribeURL",
        "Timestamp",
        "Token",
        "TopicArn",
        "Type",
    ),
}
_SIGNED[UNSUBSCRIPTION] = _SIGNED[SUBSCRIPTION]
"""What is signed of each type, in this order."""

_HOST = r"https://sns\.[a-z]{2,4}(?:-[a-z]{1,12}){1,3}-\d{1,2}\.amazonaws\.com(?:\.cn)?"
_CERTIFICATE = re.compile(rf"{_HOST}/SimpleNotificationService-[0-9A-Za-z]{{1,64}}\.pem", re.ASCII)
_CONFIRMATION = re.compile(rf"{_HOST}/\?[!-~]{{1,2000}}", re.ASCII)
TOPIC = re.compile(
    r"arn:aws(?:-[a-z]{2,12}){0,2}:sns:[a-z0-9-]{1,30}:\d{12}:[\w.-]{1,256}", re.ASCII
)
"""What the name (ARN) of a topic looks like."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What Amazon SNS wraps a message in."""

    type: str
    topic: str
    message: str
    fields: dict[str, str]
    """All that can be signed, as it stands there."""

    version: str
    signature: str
    certificate_url: str

    @property
    def subscribe_url(self) -> str:
        """What is to be visited to confirm a subscription; empty when that is not safe."""
        url = self.fields.get("SubscribeURL", "")
        if not _CONFIRMATION.fullmatch(url):
            return ""
        asked = parse_qs(urlsplit(url).query)
        is_sound = asked.get("Action") == ["ConfirmSubscription"] and asked.get("TopicArn") == [
            self.topic
        ]
        return url if is_sound else ""


def open_envelope(body: bytes) -> Envelope:
    """Return what *body* wraps. Nothing of it is proved yet.

    Raises:
        UnreadableError: if Amazon SNS does not send such a thing. "Raw message delivery" leaves
            the envelope out, and with it all proof.
    """
    fields = parse_fields(body)
    kind, topic = text(fields, "Type"), text(fields, "TopicArn")
    if kind not in _SIGNED or not TOPIC.fullmatch(topic):
        raise UnreadableError(
            "it is not a message of Amazon SNS; leave raw message delivery off at the subscription"
        )
    return Envelope(
        type=kind,
        topic=topic,
        message=text(fields, "Message"),
        fields={
            name: str(fields[name]) for name in _SIGNED[kind] if isinstance(fields.get(name), str)
        },
        version=text(fields, "SignatureVersion"),
        signature=text(fields, "Signature"),
        certificate_url=text(fields, "SigningCertURL"),
    )


def certificate_url(envelope: Envelope) -> str:
    """Return where the certificate that proves *envelope* is: with Amazon, and nowhere else.

    Raises:
        ForgedError: if it says another place.
    """
    if not _CERTIFICATE.fullmatch(envelope.certificate_url):
        raise ForgedError("its certificate is not at Amazon SNS")
    return envelope.certificate_url


def prove(hook: Hook, post: Post, now: datetime) -> Proven:
    """Check the signature of *post* by its certificate.

    Raises:
        ForgedError: if it is not Amazon's.
        StaleError: if it is too old.
        UnreadableError: if it is not what Amazon SNS sends.
    """
    envelope = open_envelope(post.body)
    certificate_url(envelope)
    signed = "".join(
        f"{name}\n{envelope.fields[name]}\n"
        for name in _SIGNED[envelope.type]
        if name in envelope.fields
    )
    # Version 1 is what topics have unless their owner changes it.
    algorithm = {"1": hashes.SHA1(), "2": hashes.SHA256()}.get(envelope.version)  # noqa: S303 - SNS signs so; a forger would need a second preimage
    try:
        if algorithm is None:
            raise ForgedError("its signature has a version that is not known")
        key = _key(post.certificate, now)
        signature = base64.b64decode(envelope.signature, validate=True)
        key.verify(signature, signed.encode("utf-8", "replace"), padding.PKCS1v15(), algorithm)
    except (binascii.Error, ValueError, InvalidSignature, UnsupportedAlgorithm):
        raise ForgedError("its signature is not Amazon's") from None
    check_age(hook, _time(envelope), now)
    own = f"{envelope.topic}\0{envelope.fields.get('MessageId', '')}"
    return Proven(hashlib.sha256(own.encode("utf-8", "replace")).hexdigest())


def _key(pem: bytes, now: datetime) -> rsa.RSAPublicKey:
    certificate = x509.load_pem_x509_certificate(pem)
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise ForgedError("its certificate is not valid now")
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise ForgedError("its certificate has no RSA key")
    return key


def _time(envelope: Envelope) -> datetime:
    try:
        found = datetime.fromisoformat(envelope.fields.get("Timestamp", ""))
    except ValueError:
        raise UnreadableError("it does not say when it was signed") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
