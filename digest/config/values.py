"""What single values of config.toml may be: each check returns the value in its one normal form.

A check raises ``ValueError`` with a sentence for the operator. :class:`Expects` says beside each
type what a value must be, with its unit; errors about wrong types and ranges are made of it.
"""

from __future__ import annotations

import ipaddress
import re
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from difflib import get_close_matches
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from digest.schedule import WEEKDAYS, parse_weekdays

_LANGUAGE = re.compile(
    r"(?P<language>[a-z]{2,3})(?P<extended>(-[a-z]{3}){0,3})(-(?P<script>[a-z]{4}))?"
    r"(-(?P<region>[a-z]{2}|\d{3}))?(?P<rest>(-([a-z0-9]{5,8}|\d[a-z0-9]{3}))*"
    r"(-[a-wy-z0-9](-[a-z0-9]{2,8})+)*(-x(-[a-z0-9]{1,8})+)?)",
    re.IGNORECASE,
)
_TAG = re.compile(
    r"tag:(?P<authority>([a-z0-9._-]+@)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*)"
    r",(?P<date>\d{4}(-\d{2}(-\d{2})?)?)"
)
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"\\\x00-\x1f\x7f]+@(?P<host>[^\s@<>()\[\],;:\"\\/]+)")
_LIST_ID = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\{[^{}]*\}?|\}")

SUBJECT_PLACEHOLDERS = ("{briefing}", "{lead}", "{date}", "{number}")


@dataclass(frozen=True, slots=True)
class Expects:
    """What a value must be, as the end of "must be …", with its unit and range."""

    text: str


def check_line(value: str) -> str:
    """Return *value* without outer blanks: text of one line, which mail headers can carry."""
    value = value.strip()
    if not value:
        raise ValueError("must not be empty")
    if any(not character.isprintable() for character in value):
        raise ValueError("must be one line without control characters")
    return value


def check_name(value: str) -> str:
    """Return *value* if it can name a table: a folder, a word in a URL and in a List-Id."""
    if len(value) > 40 or not _NAME.fullmatch(value):  # noqa: PLR2004 - said in the message
        raise ValueError(
            "must be 1 to 40 characters of a-z, 0-9, and single hyphens between them, "
            "because it becomes a folder and a part of URLs"
        )
    return value


def check_url(value: str) -> str:
    """Return *value* if it is an absolute http(s) URL without user name."""
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError(f"{value!r} is not a URL") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise ValueError(f"{value!r} must be an absolute URL such as https://example.org/")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not carry a user name or password: everybody would read it")
    if any(character.isspace() or not character.isprintable() for character in value):
        raise ValueError(f"{value!r} must not contain blanks; write them as %20")
    return value


def check_base_url(value: str) -> str:
    """Return *value* as the base of other URLs: without query, ending in ``/``."""
    if "?" in value or "#" in value:
        raise ValueError(f"{value!r} must not contain ? or #, because paths are added to it")
    return check_url(value).rstrip("/") + "/"


def check_logo(value: str) -> str:
    """Return *value* if it is a URL, or a path below the publication's URL."""
    if ":" in value or value.startswith("//"):
        return check_url(value)
    return check_line(value)


def check_tag(value: str) -> str:
    """Return *value* if it is the prefix of tag URIs (RFC 4151, section 2.1)."""
    match = _TAG.fullmatch(value)
    example = 'such as "tag:example.org,2026": a domain you own and a year in which you owned it'
    if not match:
        raise ValueError(f"{value!r} must be the prefix of tag URIs (RFC 4151), {example}")
    year, *rest = (int(part) for part in match["date"].split("-"))
    month, day = (*rest, 1, 1)[:2]
    try:
        date(year, month, day)
    except ValueError:
        raise ValueError(f"{value!r} must carry a real date, {example}") from None
    return value


def check_language(value: str) -> str:
    """Return *value*, a language tag, in the case that BCP 47 (RFC 5646, 2.1.1) recommends."""
    match = _LANGUAGE.fullmatch(value)
    if not match:
        hint = ""
        if _LANGUAGE.fullmatch(value.replace("_", "-")):
            hint = f"; write {check_language(value.replace('_', '-'))!r}"
        raise ValueError(f'{value!r} is not a language tag such as "en" or "de-CH"{hint}')
    parts = [match["language"].lower() + match["extended"].lower()]
    if match["script"]:
        parts.append(match["script"].title())
    if match["region"]:
        parts.append(match["region"].upper())
    return "-".join(parts) + match["rest"].lower()


def check_timezone(value: str) -> str:
    """Return *value* if it names a time zone of the IANA database."""
    try:
        zoneinfo.ZoneInfo(value)
    except (LookupError, ValueError, OSError):
        # OSError: "Europe" is a folder of the database.
        names = {name.casefold(): name for name in zoneinfo.available_timezones()}
        wanted = value.casefold().replace(" ", "_")
        cities = {name.rpartition("/")[2]: name for name in sorted(names, reverse=True)}
        close = get_close_matches(wanted, names, n=1, cutoff=0.7)
        close = close or [cities[city] for city in get_close_matches(wanted, cities, n=1)]
        hint = f"; did you mean {names[close[0]]!r}?" if close else ""
        raise ValueError(
            f'{value!r} is not a time zone of the IANA database such as "Europe/Zurich"{hint}'
        ) from None
    return value


def check_accent(value: str) -> str:
    """Return *value*, a colour ``#rrggbb``, in lower case."""
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", value):
        raise ValueError(f'{value!r} must be a colour "#rrggbb" of six hexadecimal digits')
    return value.lower()


def check_address(value: str) -> str:
    """Return *value* if it looks like an email address; ``digest.mail.address`` is exact."""
    match = _ADDRESS.fullmatch(value)
    host = match["host"] if match else ""
    if not match or host.startswith(".") or host.endswith(".") or ".." in value:
        raise ValueError(
            f"{value!r} must be an email address alone, such as editor@example.org "
            "(a name has its own key)"
        )
    return value


def check_list_id(value: str) -> str:
    """Return *value* if it can stand in List-Id (RFC 2919): a name and a domain, lower case."""
    if not _LIST_ID.fullmatch(value) or len(value) > 255:  # noqa: PLR2004 - RFC 2919, section 2
        raise ValueError(f"{value!r} must be a name and a domain, such as daily.example.org")
    return value.lower()


def check_subject(value: str) -> str:
    """Return *value* if it is one line whose placeholders are all known."""
    for placeholder in _PLACEHOLDER.findall(value):
        if placeholder not in SUBJECT_PLACEHOLDERS:
            raise ValueError(
                f"{placeholder!r} is no placeholder; there are {', '.join(SUBJECT_PLACEHOLDERS)}"
            )
    return check_line(value)


def fill_subject(template: str, values: dict[str, str]) -> str:
    """Return *template* with each placeholder replaced once; values are never read again."""
    return _PLACEHOLDER.sub(lambda found: values[found[0]], template)


def check_days(value: object) -> object:
    """Return the days of the week that *value* (``"mon-fri"`` or a list) names, Monday first."""
    if isinstance(value, str):
        days = parse_weekdays(value)
    elif isinstance(value, list | tuple) and all(isinstance(day, str) for day in value):
        days = frozenset[int]().union(*(parse_weekdays(day) for day in value))
    else:
        return value
    if not days:
        raise ValueError("names no day at all; leave it out for every day")
    return tuple(WEEKDAYS[day] for day in sorted(days))


def check_days_of_month(value: tuple[int, ...]) -> tuple[int, ...]:
    """Return *value* sorted, each once: 1 to 31, or -1 for the month's last day."""
    for day in value:
        if day != -1 and not 1 <= day <= 31:  # noqa: PLR2004 - said in the message
            raise ValueError(f"{day} must be 1 to 31, or -1 for the last day of the month")
    return tuple(sorted(set(value)))


def check_time(value: object) -> object:
    """Return the time of day that *value* (``"07:00"``, or a TOML time) says."""
    if isinstance(value, str):
        match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)(?::00)?", value, re.ASCII)
        if not match:
            raise ValueError(f'{value!r} must be a time of day from "00:00" to "23:59"')
        return time(int(match[1]), int(match[2]))
    if isinstance(value, time) and (value.second or value.microsecond):
        raise ValueError("must be a time of day in whole minutes")
    return value


def check_database(value: str) -> str:
    """Return *value* if it is the URL of a database that Digest can use."""
    if value.startswith("postgres://"):
        raise ValueError("must begin with postgresql://, not postgres://")
    if not re.fullmatch(r"sqlite:///[^?#\s].*|postgresql://\S+", value):
        raise ValueError("must be sqlite:///path/of/the/file or postgresql://user@host/database")
    return value


def check_host(value: str) -> str:
    """Return *value* if it can be the name or address of a server."""
    if not re.fullmatch(r"[^\s/@:\[\]]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*", value) or "://" in value:
        raise ValueError(
            f"{value!r} must be a host name or an address alone, without scheme or port"
        )
    return value.lower()


def check_listen(value: str) -> str:
    """Return *value* if it is a host and a port to listen on, like ``127.0.0.1:8000``."""
    match = re.fullmatch(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s/@:\[\]]+):(?P<port>\d{1,5})", value)
    if not match or int(match["port"]) > 65535:  # noqa: PLR2004 - the largest port
        raise ValueError(
            f'{value!r} must be a host and a port such as "127.0.0.1:8000" or "[::1]:8000"'
        )
    return value.lower()


def check_networks(value: tuple[str, ...]) -> tuple[str, ...]:
    """Return *value*, IP addresses and networks, each in its normal form."""
    normal = []
    for item in value:
        try:
            network = ipaddress.ip_network(item.strip(), strict=False)
        except ValueError:
            raise ValueError(
                f'{item!r} must be an IP address or a network such as "10.0.0.0/8"'
            ) from None
        is_single = network.prefixlen == network.max_prefixlen
        normal.append(str(network.network_address) if is_single else str(network))
    return tuple(normal)


def check_origins(value: tuple[str, ...]) -> tuple[str, ...]:
    """Return *value*, origins of web pages (RFC 6454), each as browsers write it."""
    normal = []
    for item in value:
        parts = urlsplit(check_url(item))
        if parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError(f'{item!r} must be a site alone, such as "https://www.example.org"')
        normal.append(f"{parts.scheme}://{parts.netloc.lower()}")
    return tuple(normal)


def or_empty(check: Callable[[str], str]) -> Callable[[str], str]:
    """Return *check* for a value that may also be empty: not given."""

    def check_unless_empty(value: str) -> str:
        return check(value) if value else value

    return check_unless_empty


Name: TypeAlias = Annotated[str, AfterValidator(check_name), Expects("a short name")]
OptionalName: TypeAlias = Annotated[
    str, AfterValidator(or_empty(check_name)), Expects("a short name")
]
Text: TypeAlias = Annotated[str, Expects("text")]
Line: TypeAlias = Annotated[str, AfterValidator(check_line), Expects("text of one line")]
OptionalLine: TypeAlias = Annotated[
    str, AfterValidator(or_empty(check_line)), Expects("text of one line")
]
Lines: TypeAlias = Annotated[
    tuple[str, ...], Field(strict=False), Expects('a list of texts such as ["one", "two"]')
]
Topics: TypeAlias = Annotated[
    tuple[Line, ...], Field(strict=False), Expects('a list of topics such as ["world", "arts"]')
]
Names: TypeAlias = Annotated[
    tuple[Name, ...], Field(strict=False), Expects('a list of names such as ["articles"]')
]
BaseUrl: TypeAlias = Annotated[str, AfterValidator(check_base_url), Expects("an http(s) URL")]
OptionalBaseUrl: TypeAlias = Annotated[
    str, AfterValidator(or_empty(check_base_url)), Expects("an http(s) URL")
]
OptionalUrl: TypeAlias = Annotated[
    str, AfterValidator(or_empty(check_url)), Expects("an http(s) URL")
]
Logo: TypeAlias = Annotated[
    str, AfterValidator(or_empty(check_logo)), Expects("an http(s) URL or a path below the site")
]
TagPrefix: TypeAlias = Annotated[
    str, AfterValidator(check_tag), Expects('a tag such as "tag:example.org,2026"')
]
Language: TypeAlias = Annotated[
    str, AfterValidator(check_language), Expects('a language tag such as "en" or "de-CH"')
]
OptionalLanguage: TypeAlias = Annotated[
    str, AfterValidator(or_empty(check_language)), Expects('a language tag such as "en" or "de-CH"')
]
Timezone: TypeAlias = Annotated[
    str, AfterValidator(check_timezone), Expects('a time zone such as "Europe/Zurich"')
]
OptionalTimezone: TypeAlias = Annotated[
    str, AfterValidator(or_empty(check_timezone)), Expects('a time zone such as "Europe/Zurich"')
]
Accent: TypeAlias = Annotated[str, AfterValidator(check_accent), Expects('a colour "#rrggbb"')]
Address: TypeAlias = Annotated[str, AfterValidator(check_address), Expects("an email address")]
OptionalAddress: TypeAlias = Annotated[
    str, AfterValidator(or_empty(check_address)), Expects("an email address")
]
ListId: TypeAlias = Annotated[
    str, AfterValidator(or_empty(check_list_id)), Expects("a list id such as daily.example.org")
]
Subject: TypeAlias = Annotated[
    str, AfterValidator(check_subject), Expects("a line of text with placeholders")
]
Days: TypeAlias = Annotated[
    tuple[str, ...],
    BeforeValidator(check_days),
    Field(strict=False),
    Expects('days of the week such as "mon-fri" or ["mon", "wed"]'),
]
DaysOfMonth: TypeAlias = Annotated[
    tuple[Annotated[int, Field(strict=True)], ...],
    AfterValidator(check_days_of_month),
    Field(strict=False),
    Expects("a list of days of the month such as [1, 15], with -1 for the last"),
]
TimeOfDay: TypeAlias = Annotated[
    time, BeforeValidator(check_time), Expects('a time of day such as "07:00"')
]
DatabaseUrl: TypeAlias = Annotated[
    str, AfterValidator(check_database), Expects("a database URL such as sqlite:///state/x.sqlite3")
]
Path: TypeAlias = Annotated[
    str, AfterValidator(check_line), Expects("a path, relative to the folder of config.toml")
]
OptionalPath: TypeAlias = Annotated[
    str,
    AfterValidator(or_empty(check_line)),
    Expects("a path, relative to the folder of config.toml"),
]
Host: TypeAlias = Annotated[str, AfterValidator(check_host), Expects("a host name or address")]
OptionalHost: TypeAlias = Annotated[
    str, AfterValidator(or_empty(check_host)), Expects("a host name")
]
OptionalListen: TypeAlias = Annotated[
    str,
    AfterValidator(or_empty(check_listen)),
    Expects('a host and a port such as "127.0.0.1:8000"'),
]
Networks: TypeAlias = Annotated[
    tuple[str, ...],
    Field(strict=False),
    AfterValidator(check_networks),
    Expects('a list of IP addresses and networks such as ["10.0.0.0/8"]'),
]
Origins: TypeAlias = Annotated[
    tuple[str, ...],
    Field(strict=False),
    AfterValidator(check_origins),
    Expects('a list of sites such as ["https://www.example.org"]'),
]
Secret: TypeAlias = Annotated[SecretStr | None, Expects("text")]
Content: TypeAlias = Annotated[
    Literal["full", "summary"], Expects('"full" (whole articles) or "summary" (with a link)')
]
