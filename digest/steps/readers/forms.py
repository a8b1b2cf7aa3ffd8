"""The sign-up form: what its fields say, and whether its sender took a person's time. Pure.

A stamp in the form says when it was shown, and to which network. It takes the place of a puzzle
that browsers would solve: it works without JavaScript, and whoever wants many has to come from many
networks and wait for each.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from digest import tokens
from digest.config import Config
from digest.config.values import check_language, check_timezone
from digest.errors import AddressError
from digest.mail import headers
from digest.mail.address import Address, key_of, parse_address
from digest.model import MailFormat
from digest.tokens import Keyring

LEAST_WAIT = timedelta(seconds=2)
"""Nobody reads the form and sends it sooner."""

LONGEST_WAIT = timedelta(hours=24)
"""A page that stood open for longer is shown again."""

TRAP = "website"
"""A field that people do not see, and programs fill in."""

MAX_TOPICS = 50
MAX_TOPIC_CHARACTERS = 80

_STAMP = re.compile(r"(\d{1,12})\.([0-9a-f]{32})", re.ASCII)

Fields = Mapping[str, Sequence[str]]
"""A form's fields: each name with all its values."""


class FormProblem(StrEnum):
    """What keeps a form from being taken."""

    ADDRESS = "address"  #: Not one we can write to.
    BRIEFING = "briefing"  #: None was chosen, and there are several.


@dataclass(frozen=True, slots=True)
class SignUp:
    """What somebody wants to subscribe to, checked."""

    address: Address
    key: str
    """The canonical key of the address."""

    briefings: tuple[str, ...]
    topics: tuple[str, ...] = ()
    language: str = ""
    timezone: str = ""
    mail_format: MailFormat = MailFormat.HTML


def read_sign_up(fields: Fields, config: Config) -> SignUp | FormProblem:
    """Return what the form says, or what is wrong with it.

    What is optional and makes no sense counts as left out. Names and free text are never taken:
    nothing that a stranger wrote may get into a mail to somebody else.
    """
    try:
        text = _first(fields, "email").strip()
        address = parse_address(text)
    except AddressError:
        return FormProblem.ADDRESS
    chosen = dict.fromkeys(name for name in fields.get("briefing", ()) if name in config.briefings)
    if not chosen and len(config.briefings) == 1:
        chosen = dict.fromkeys(config.briefings)
    if not chosen:
        return FormProblem.BRIEFING
    return SignUp(
        address=address,
        key=key_of(address),
        briefings=tuple(chosen),
        topics=read_topics(fields.get("topic", ())),
        language=read_language(_first(fields, "language")),
        timezone=read_timezone(_first(fields, "timezone")),
        mail_format=read_format(_first(fields, "format")),
    )


def read_topics(values: Sequence[str]) -> tuple[str, ...]:
    """Return the topics among *values*, each once, on one line, and not more than would be sane."""
    cleaned = (headers.clean(value)[:MAX_TOPIC_CHARACTERS].strip() for value in values)
    return tuple(dict.fromkeys(topic for topic in cleaned if topic))[:MAX_TOPICS]


def read_language(value: str) -> str:
    """Return the language tag that *value* is; empty if it is none."""
    try:
        return check_language(value)
    except ValueError:
        return ""


def read_timezone(value: str) -> str:
    """Return the IANA zone that *value* is; empty if it is none."""
    try:
        return check_timezone(value) if value else ""
    except ValueError:
        return ""


def read_format(value: str) -> MailFormat:
    """Return how mails are wanted; HTML unless *value* says text."""
    return MailFormat.TEXT if value == MailFormat.TEXT else MailFormat.HTML


def is_trapped(fields: Fields) -> bool:
    """Return whether the field was filled in that no person sees."""
    return any(fields.get(TRAP, ()))


def make_stamp(keyring: Keyring, network: str, now: datetime) -> str:
    """Return the stamp of a form shown at *now* to somebody from *network*."""
    seconds = int(now.timestamp())
    return f"{seconds}.{_mac(keyring.first, network, seconds)}"


def has_waited(keyring: Keyring, network: str, stamp: str, now: datetime) -> bool:
    """Return whether *stamp* is of a form that stood open for a person's time.

    Any key of the keyring may have made it.
    """
    match = _STAMP.fullmatch(stamp)
    if match is None:
        return False
    seconds = int(match[1])
    wanted = [_mac(secret, network, seconds) for secret in keyring.secrets]
    if not any([hmac.compare_digest(match[2], each) for each in wanted]):  # noqa: C419 - all are compared, whichever fits
        return False
    return LEAST_WAIT <= now - datetime.fromtimestamp(seconds, UTC) <= LONGEST_WAIT


def may_return_to(url: str, origins: Sequence[str]) -> bool:
    """Return whether readers may be sent to *url*: an address of one of *origins* (security.md 11).

    Browsers take backslashes for slashes and drop line ends, so neither may occur.
    """
    if not url.isascii() or not url.isprintable() or "\\" in url or " " in url:
        return False
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    return (
        parts.scheme in {"http", "https"}
        and "@" not in parts.netloc
        and f"{parts.scheme}://{parts.netloc.lower()}" in origins
    )


def _first(fields: Fields, name: str) -> str:
    return next(iter(fields.get(name, ())), "")


def _mac(secret: bytes, network: str, seconds: int) -> str:
    key = tokens.derive(secret, "form")
    return hmac.digest(key, f"{network} {seconds}".encode(), "sha256")[:16].hex()
