"""What all services' webhooks have in common: the settings, a request, and what it comes to."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from digest.mail.reports import Report

PROVIDERS = ("ses", "postmark", "sendgrid", "mailgun", "brevo")
"""The services whose webhooks are understood."""

AHEAD = timedelta(minutes=10)
"""How far a service's clock may be ahead of ours."""

MAX_NAME = 40
"""Longer names of events are cut."""


class WebhookError(Exception):
    """A request has no effect; the text says why, to people."""


class ForgedError(WebhookError):
    """Nothing proves that the service sent it."""


class StaleError(WebhookError):
    """It is genuine, and older than it may be, or from the future: somebody sends it again."""


class UnreadableError(WebhookError):
    """It is not what the service sends: trying again does not help."""


@dataclass(frozen=True, slots=True)
class Hook:
    """One webhook, as the settings have it."""

    name: str
    provider: str
    """One of :data:`PROVIDERS`."""

    secret: str = field(default="", repr=False)
    """What requests are proved with; empty for services that prove by a public key."""

    public_key: str = ""
    """SendGrid's verification key: base64 of a DER SubjectPublicKeyInfo."""

    topics: tuple[str, ...] = ()
    """Topics of Amazon SNS that are believed, and confirmed by themselves."""

    max_age: timedelta = timedelta(days=1)
    """Older requests are refused: so long services try again, and so long each is remembered."""


@dataclass(frozen=True, slots=True)
class Post:
    """A request, as it came."""

    body: bytes
    headers: Mapping[str, str]
    """Names in lower case."""

    certificate: bytes = b""
    """That the request names (Amazon SNS), fetched and in PEM."""


@dataclass(frozen=True, slots=True)
class Proven:
    """That a request is genuine."""

    nonce: str = ""
    """What the service uses only once, if it does: the same again, with another body, is forged.
    Empty: there is nothing of the kind."""

    covers_body: bool = True
    """Whether what proves it cannot prove another body as well."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to a mail."""

    report: Report
    identity: str
    """64 hexadecimal digits; the same event has the same, however often it comes."""

    address: str
    """The recipient, as the service names them. Proves nothing."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one request says."""

    happenings: Sequence[Happening] = ()
    """In the order of the request."""

    names: Mapping[str, int] = field(default_factory=dict)
    """How many events of each name there are, with those that nothing can follow from."""

    unknown: Mapping[str, int] = field(default_factory=dict)
    """Those among them that nobody here knows."""


class Gathering:
    """Gathers a :class:`Batch`."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._happenings: list[Happening] = []
        self._names: Counter[str] = Counter()
        self._unknown: Counter[str] = Counter()

    def count(self, name: str, *, is_known: bool = True) -> None:
        """Count an event called *name*."""
        name = name[:MAX_NAME] or "without a name"
        self._names[name] += 1
        if not is_known:
            self._unknown[name] += 1

    def add(self, report: Report, identity: str, address: str) -> None:
        """Add what happened to a mail."""
        self._happenings.append(Happening(report, identity, address))

    @property
    def batch(self) -> Batch:
        """What was gathered so far."""
        return Batch(tuple(self._happenings), dict(self._names), dict(self._unknown))


def identity_of(provider: str, *parts: str) -> str:
    """Return what names an event for ever: a hash of all that makes it that one."""
    return hashlib.sha256("\0".join(("webhook", provider, *parts)).encode()).hexdigest()


def check_age(hook: Hook, at: datetime, now: datetime) -> None:
    """Check that a request signed at *at* may still come *now*.

    Raises:
        StaleError: if it may not.
    """
    if now - at > hook.max_age:
        raise StaleError(f"it was signed at {at:%Y-%m-%d %H:%M:%S} UTC, which is too long ago")
    if at - now > AHEAD:
        raise StaleError(f"it was signed at {at:%Y-%m-%d %H:%M:%S} UTC, which is yet to come")
