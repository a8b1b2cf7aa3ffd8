"""Requests of mail services, signed as they sign them: for tests of webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from digest.mail.webhooks import Hook, Post
from digest.mail.webhooks.sendgrid import SIGNATURE, TIMESTAMP

FOLDER = Path(__file__).parent / "data" / "webhooks"
NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
TOKEN = "token-1"
SECRET = "a secret of 24 characters"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:ses-feedback"
CERTIFICATE_URL = (
    "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
)
SUBSCRIBE_URL = (
    "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription"
    f"&TopicArn={TOPIC}&Token=2336412f37fb687f5d51e6e2425dacbba"
)


@cache
def sns_key() -> rsa.RSAPrivateKey:
    """Return the key that stands for Amazon's."""
    return rsa.generate_private_key(65537, 2048)


@cache
def elliptic_key() -> ec.EllipticCurvePrivateKey:
    """Return the key that stands for SendGrid's."""
    return ec.generate_private_key(ec.SECP256R1())


def public_key_of(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    """Return the public half as SendGrid shows it."""
    der = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(der).decode()


@cache
def certificate(*, is_elliptic: bool = False, until: datetime = NOW + timedelta(days=365)) -> bytes:
    """Return a certificate that stands for Amazon's."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    key = elliptic_key() if is_elliptic else sns_key()
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=3650))
        .not_valid_after(until)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )


def hook(provider: str, **changes: object) -> Hook:
    """Return a webhook of *provider*, of the same name."""
    made = Hook(
        provider,
        provider,
        secret=SECRET if provider in {"postmark", "mailgun", "brevo"} else "",
        public_key=public_key_of(elliptic_key()) if provider == "sendgrid" else "",
        topics=(TOPIC,) if provider == "ses" else (),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def payload(name: str, mark: str = "", message_id: str = "") -> str:
    """Return the payload in ``data/webhooks/<name>.json``."""
    text = (FOLDER / f"{name}.json").read_text("utf-8")
    return text.replace("MARK", mark).replace("MESSAGE_ID", message_id)


def names() -> list[str]:
    """Return all payloads there are."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def signed(name: str, mark: str = "", message_id: str = "", *, at: datetime = NOW) -> Post:
    """Return the payload called *name* as its service sends it at *at*."""
    text = payload(name, mark, message_id)
    return posted(name.partition("-")[0], text, at=at, token=name)


def posted(provider: str, text: str, *, at: datetime = NOW, token: str = TOKEN) -> Post:
    """Return *text* as *provider* sends it, proved as it proves it."""
    headers = {"content-type": "application/json"}
    match provider:
        case "ses":
            return notification(text, at=at)
        case "postmark":
            pair = base64.b64encode(f"digest:{SECRET}".encode()).decode()
            return Post(text.encode(), {**headers, "authorization": f"Basic {pair}"})
        case "brevo":
            return Post(text.encode(), {**headers, "authorization": f"Bearer {SECRET}"})
        case "mailgun":
            stamp = str(int(at.timestamp()))
            made = hmac.new(SECRET.encode(), (stamp + token).encode(), hashlib.sha256).hexdigest()
            text = text.replace("TIMESTAMP", stamp).replace("TOKEN", token)
            return Post(text.replace("SIGNATURE", made).encode(), headers)
    return signed_by_sendgrid(text, str(int(at.timestamp())))


def signed_by_sendgrid(text: str, stamp: str) -> Post:
    """Return *text* as SendGrid sends it at *stamp*."""
    body = text.encode()
    signature = elliptic_key().sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    given = {SIGNATURE: base64.b64encode(signature).decode(), TIMESTAMP: stamp}
    return Post(body, {"content-type": "application/json", **given})


def notification(
    message: str,
    *,
    at: datetime = NOW,
    kind: str = "Notification",
    version: str = "1",
    topic: str = TOPIC,
    **fields: str,
) -> Post:
    """Return *message* as Amazon SNS sends it."""
    whole = {
        "Type": kind,
        "MessageId": hashlib.sha256(message.encode()).hexdigest(),
        "TopicArn": topic,
        "Message": message,
        "Timestamp": f"{at:%Y-%m-%dT%H:%M:%S}.000Z",
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE_URL,
        **fields,
    }
    names_ = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    if kind != "Notification":
        names_ = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{name}\n{whole[name]}\n" for name in names_ if name in whole)
    algorithm = hashes.SHA256() if version == "2" else hashes.SHA1()  # noqa: S303 - as SNS signs
    signature = sns_key().sign(text.encode(), padding.PKCS1v15(), algorithm)
    whole["Signature"] = base64.b64encode(signature).decode()
    headers = {"content-type": "text/plain; charset=UTF-8", "x-amz-sns-message-type": kind}
    return Post(json.dumps(whole).encode(), headers, certificate())


def subscription(url: str = SUBSCRIBE_URL, topic: str = TOPIC) -> Post:
    """Return the wish of a topic to send, to be confirmed at *url*."""
    return notification(
        "You have chosen to subscribe.",
        kind="SubscriptionConfirmation",
        topic=topic,
        SubscribeURL=url,
        Token="2336412f37fb687f5d51e6e2425dacbba",
    )
