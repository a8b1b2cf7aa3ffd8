"""WebSub, what is said between publisher, hub, and subscriber (W3C Recommendation, 2018). Pure.

We may be any of the three, so what one side writes and the other reads stands here side by side.

Whoever asks the hub for something is a stranger, and the callback they name may be anybody's: a
request changes nothing until the callback has repeated a challenge (section 5.3).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

from digest.model import HubMode
from digest.syndication.network import Allowed, ForbiddenAddressError, target_of
from digest.syndication.urls import web_url

MIN_LEASE = timedelta(hours=1)
DEFAULT_LEASE = timedelta(days=10)
"""What section 5.1 recommends for those who do not say."""

MAX_LEASE = timedelta(days=30)

MAX_SECRET_BYTES = 199
"""Section 5.1: "MUST be less than 200 bytes"."""

MAX_URL_LENGTH = 1000

CHALLENGE_BYTES = 24

FORM = "application/x-www-form-urlencoded"

_STEPS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
)
"""How long to wait after each failure in a row; the last one from then on."""

_NO_SECRET = re.compile("[\\0\\ud800-\\udfff\\ufffd]")
"""What no database keeps, and what came of bytes that were no UTF-8: signatures would never fit."""

SIGNED_WITH = ("sha256", "sha384", "sha512")
"""What a signature may be made with; SHA-1, which section 7.1 still knows, proves too little."""

_LINK = re.compile(r"""<([^<>]{1,2000})>((?:\s*;\s*[\w*-]+(?:\s*=\s*(?:"[^"]*"|[^\s;,"]+))?)*)""")
_REL = re.compile(r"""(?i);\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))""")

_MAX_CHALLENGE_CHARS = 1000
_MAX_LINK_CHARS = 4000
_GONE = 410
_MAX_LEASE_DIGITS = 9


class HubRequestError(ValueError):
    """A request at the hub that is refused at once; the message says why, for its sender."""

    def __init__(self, reason: str, status: int = 400) -> None:
        """Refuse with the HTTP *status*."""
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, slots=True)
class HubRequest:
    """What somebody asked the hub for, as far as its form is in order."""

    mode: HubMode
    topic: str
    callback: str
    """Absolute, percent-encoded, without a fragment."""

    site: str
    """Host and port of :attr:`callback`."""

    secret: str
    """Empty: content is not to be signed."""

    lease: timedelta
    """Within bounds."""


@dataclass(frozen=True, slots=True)
class Question:
    """Whether a callback wants what was asked for in its name."""

    mode: HubMode
    topic: str
    lease: timedelta


def parse_request(
    form: Mapping[str, str], is_topic: Callable[[str], bool], allowed: Allowed
) -> HubRequest:
    """Return what *form*, a request at the hub, asks for (section 5.1).

    Args:
        form: Its fields; those that nobody knows are ignored.
        is_topic: Whether an address is that of a document of ours.
        allowed: Hosts of callbacks that may be connected to though they are not public.

    Raises:
        HubRequestError: if anything is missing, wrong, or leads where nobody may lead us.
    """
    mode, topic = form.get("hub.mode", ""), form.get("hub.topic", "")
    if mode not in {HubMode.SUBSCRIBE, HubMode.UNSUBSCRIBE}:
        raise HubRequestError('hub.mode must be "subscribe" or "unsubscribe"')
    if not is_topic(topic):
        reason = "hub.topic is no feed of this site; its own link with rel=self is to be given"
        raise HubRequestError(reason, 404)
    callback = form.get("hub.callback", "")
    try:
        target = target_of(callback, allowed)
    except ForbiddenAddressError as error:
        raise HubRequestError(f"hub.callback {error}") from None
    if len(callback) > MAX_URL_LENGTH or len(target.url) > MAX_URL_LENGTH:
        raise HubRequestError(f"hub.callback is longer than {MAX_URL_LENGTH} characters")
    return HubRequest(
        HubMode(mode),
        topic,
        target.url,
        target.origin,
        _secret(form.get("hub.secret", "")),
        lease_of(form.get("hub.lease_seconds", "")),
    )


def request_form(request: Question, callback: str, secret: str) -> bytes:
    """Return the body that asks a hub for *request* (section 5.1), as :func:`parse_request` reads.

    Args:
        request: What is wanted, and for how long; the hub may make it shorter.
        callback: Where the hub is to ask back, and to send to.
        secret: What it is to sign with, less than 200 bytes.
    """
    fields = {
        "hub.mode": str(request.mode),
        "hub.topic": request.topic,
        "hub.callback": callback,
    }
    if request.mode is HubMode.SUBSCRIBE:
        fields["hub.lease_seconds"] = str(int(request.lease.total_seconds()))
        fields["hub.secret"] = secret
    return urlencode(fields).encode("ascii")


def _secret(text: str) -> str:
    if _NO_SECRET.search(text):
        raise HubRequestError("hub.secret must be UTF-8 text")
    if len(text.encode("utf-8", "surrogatepass")) > MAX_SECRET_BYTES:
        raise HubRequestError("hub.secret must be less than 200 bytes")
    return text


def lease_of(text: str) -> timedelta:
    """Return how long a subscription holds whose ``hub.lease_seconds`` is *text*.

    Empty means the default; what is too short or too long becomes what is allowed.

    Raises:
        HubRequestError: if it is no whole number above 0.
    """
    if not text:
        return DEFAULT_LEASE
    digits = text.lstrip("0")
    if not digits or not (text.isascii() and text.isdecimal()):
        raise HubRequestError("hub.lease_seconds must be a whole number of seconds")
    if len(digits) > _MAX_LEASE_DIGITS:
        return MAX_LEASE
    return min(max(MIN_LEASE, timedelta(seconds=int(digits))), MAX_LEASE)


def verification_url(callback: str, question: Question, challenge: str) -> str:
    """Return what is fetched to ask the *question* at *callback* (section 5.3)."""
    fields = {
        "hub.mode": str(question.mode),
        "hub.topic": question.topic,
        "hub.challenge": challenge,
    }
    if question.mode is HubMode.SUBSCRIBE:
        fields["hub.lease_seconds"] = str(int(question.lease.total_seconds()))
    return _with_fields(callback, fields)


def parse_question(query: Mapping[str, str]) -> tuple[Question, str]:
    """Return what a hub asks, or tells, our callback by *query*, and the challenge to repeat.

    There is none where it tells that the request is denied (section 5.2). A lease that is missing
    is taken for the usual one.

    Raises:
        HubRequestError: if it is neither a question nor a denial.
    """
    mode, topic = query.get("hub.mode", ""), query.get("hub.topic", "")
    if mode not in set(HubMode) or not topic:
        raise HubRequestError("this address is for a hub that was asked to send a feed")
    challenge = query.get("hub.challenge", "")
    if mode == HubMode.DENIED:
        return Question(HubMode.DENIED, topic, timedelta()), ""
    if not challenge or len(challenge) > _MAX_CHALLENGE_CHARS:
        raise HubRequestError("hub.challenge is missing, or too long")
    said = query.get("hub.lease_seconds", "") if mode == HubMode.SUBSCRIBE else ""
    return Question(HubMode(mode), topic, _granted(said)), challenge


def _granted(text: str) -> timedelta:
    """Return how long a hub says that it will send."""
    if not text.isascii() or not text.isdecimal():
        return DEFAULT_LEASE
    return min(timedelta(seconds=int(text[: _MAX_LEASE_DIGITS + 1])), MAX_LEASE)


def denial_url(callback: str, topic: str, reason: str) -> str:
    """Return what is fetched to say that *callback* gets nothing of *topic* (section 5.2)."""
    fields = {"hub.mode": str(HubMode.DENIED), "hub.topic": topic, "hub.reason": reason}
    return _with_fields(callback, fields)


def _with_fields(callback: str, fields: Mapping[str, str]) -> str:
    """Return *callback* with *fields* after its own query, which stays as it is."""
    parts = urlsplit(callback)
    query = "&".join(filter(None, (parts.query, urlencode(fields))))
    return parts._replace(query=query, path=parts.path or "/").geturl()


def is_confirmed(status: int, body: bytes, challenge: str) -> bool:
    """Return whether an answer to :func:`verification_url` says yes: 2xx, and the challenge."""
    return _is_success(status) and hmac.compare_digest(body, challenge.encode())


def signature(secret: str, body: bytes) -> str:
    """Return what ``X-Hub-Signature`` says of *body* (section 7.1)."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def is_signed(secret: str, body: bytes, said: str) -> bool:
    """Return whether *said*, the value of ``X-Hub-Signature``, is that of *body* (section 8)."""
    method, _, digits = said.strip().partition("=")
    if method.lower() not in SIGNED_WITH:
        return False
    made = hmac.new(secret.encode(), body, method.lower()).hexdigest()
    return hmac.compare_digest(made.encode(), digits.strip().lower().encode())


def links(topic: str, hubs: Iterable[str]) -> str:
    """Return the value of ``Link`` that goes with a document (sections 4 and 7)."""
    return ", ".join((*(f'<{hub}>; rel="hub"' for hub in hubs), f'<{topic}>; rel="self"'))


def read_links(header: str, base: str) -> tuple[tuple[str, ...], str]:
    """Return the hubs that *header*, a value of ``Link``, names, and the topic; empty: none.

    It counts more than what the document says (section 4). *base* is where the document is.
    """
    hubs, own = [], ""
    for link in _LINK.finditer(header[:_MAX_LINK_CHARS]):
        rel = _REL.search(link[2])
        kinds = (rel[1] or rel[2] or "").lower().split() if rel else []
        address = web_url(link[1].strip(), base)
        if "hub" in kinds and address:
            hubs.append(address)
        if "self" in kinds and address:
            own = own or address
    return tuple(hubs), own


def content_headers(topic: str, hubs: Iterable[str], media_type: str) -> dict[str, str]:
    """Return the headers that a document is distributed with, unsigned."""
    return {"Content-Type": media_type, "Link": links(topic, hubs)}


def ping_form(topic: str) -> bytes:
    """Return the body that tells a hub that *topic* has changed.

    The Recommendation leaves it open (section 6); all hubs know ``hub.mode=publish`` of
    PubSubHubbub 0.4 with either name for the address.
    """
    fields = {"hub.mode": "publish", "hub.url": topic, "hub.topic": topic}
    return urlencode(fields).encode("ascii")


def is_taken(status: int) -> bool:
    """Return whether a subscriber or a hub that answered with *status* has what was sent."""
    return _is_success(status)


def is_farewell(status: int) -> bool:
    """Return whether a subscriber that answered with *status* wants no more (section 7)."""
    return status == _GONE


def pause_after(failures: int, jitter: float) -> timedelta:
    """Return how long to wait after so many *failures* in a row, at least 1.

    *jitter*, 0 to 1, makes it up to a quarter shorter or longer, so that not all come at once.
    """
    step = _STEPS[min(failures, len(_STEPS)) - 1]
    return step * (0.75 + jitter / 2)


def _is_success(status: int) -> bool:
    return 200 <= status < 300  # noqa: PLR2004 - the class of statuses is the point
