"""Web addresses as documents may carry them: absolute, http or https, percent-encoded.

Feed readers disagree on what a relative or an unencoded address means, so a document holds none
(feeds.md T5). Pure; never raises, whatever it is given.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from urllib.parse import SplitResult, quote, urljoin, urlsplit

_REMOVED = re.compile(r"[\t\n\r]|^[\x00-\x20]+|[\x00-\x20]+$")
"""What browsers drop from an address before they read it (WHATWG URL, section 4.4)."""

_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HOST = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?")
_MAX_HOST_LENGTH = 253

_IN_ORDER = re.compile(
    r"https?://[a-z0-9_-]{1,60}(?:\.[a-z0-9_-]{1,60}){0,3}"
    r"(?:/(?:[A-Za-z0-9/:@!$&'()*+,;=._~-]|%[0-9A-Fa-f]{2})*)?"
    r"(?:\?(?:[A-Za-z0-9/?:@!$&'()*+,;=._~-]|%[0-9A-Fa-f]{2})+)?"
    r"(?:#(?:[A-Za-z0-9/?:@!$&'()*+,;=._~-]|%[0-9A-Fa-f]{2})+)?"
)
"""What :func:`web_url` would return unchanged, as nearly all addresses: ten times as fast."""

_PATH_SAFE = "/:@!$&'()*+,;=-._~%"
_QUERY_SAFE = _PATH_SAFE + "?"
"""RFC 3986, section 3.3 and 3.4; ``%`` because only lone ones remain to be encoded."""

_URI_SAFE = _QUERY_SAFE + "#"


def web_url(url: str, base: str = "") -> str:
    """Return *url* absolute and percent-encoded, its host in ASCII; empty when it cannot be.

    Args:
        url: As somebody wrote it. Relative addresses are resolved against *base*.
        base: An absolute address, or empty when there is none to resolve against.

    Returns:
        An http or https URL, or ``""`` for any other scheme, a host that cannot exist, a user
        name or password, and a relative address without a *base*. What is already in order
        comes back unchanged.
    """
    if _IN_ORDER.fullmatch(url):
        return url
    parts = _split(url, base)
    if parts is None or parts.scheme not in {"http", "https"} or "@" in parts.netloc:
        return ""  # with "@", readers do not agree on which part is the host
    host = _ascii_host(parts.hostname or "")
    try:
        port = "" if parts.port is None else f":{parts.port}"
    except ValueError:  # not a number, or above 65535
        return ""
    if not host:
        return ""
    return (
        f"{parts.scheme}://{host}{port}{encode(parts.path, _PATH_SAFE)}"
        + (f"?{encode(parts.query, _QUERY_SAFE)}" if parts.query else "")
        + (f"#{encode(parts.fragment, _QUERY_SAFE)}" if parts.fragment else "")
    )


def link_url(url: str, base: str = "") -> str:
    """Return *url* as :func:`web_url` does, but let ``mailto:`` pass too: for links in articles."""
    if _IN_ORDER.fullmatch(url):
        return url
    parts = _split(url, base)
    if parts is not None and parts.scheme == "mailto" and parts.path:
        query = f"?{encode(parts.query, _QUERY_SAFE)}" if parts.query else ""
        return f"mailto:{encode(parts.path, _PATH_SAFE)}{query}"
    return web_url(url, base)


def encode(text: str, safe: str = _URI_SAFE) -> str:
    """Percent-encode what is not in *safe* (and not a letter, digit, or escape already)."""
    return quote(_LONE_PERCENT.sub("%25", text), safe=safe, errors="ignore")


def _split(url: str, base: str) -> SplitResult | None:
    """Return the parts of *url* resolved against *base*; ``None`` when no one can read it."""
    url = _REMOVED.sub("", url)
    if not url:  # for urljoin, nothing is the base itself
        return None
    try:
        return urlsplit(urljoin(base, url))
    except ValueError:  # a broken IPv6 address, or a host that normalises to a delimiter
        return None


def _ascii_host(host: str) -> str:
    """Return *host* in lower-case ASCII (RFC 5891), or ``""`` when no such host can exist.

    Compatible with what browsers do (UTS 46, non-transitional): ``ß`` stays itself. Python's own
    ``idna`` codec would turn it into ``ss``, which can be somebody else's host.
    """
    if ":" in host:
        try:
            address = ipaddress.IPv6Address(host)
        except ValueError:
            return ""
        return "" if address.scope_id else f"[{address}]"  # a scope means nothing to others
    folded = unicodedata.normalize("NFKC", host).lower().replace("\u3002", ".")
    folded = unicodedata.normalize("NFKC", folded)
    if not folded.isprintable():  # a lone surrogate, or nothing that a person could see
        return ""
    labels = (
        label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")
        for label in folded.split(".")
    )
    ascii_host = ".".join(labels)
    fits = len(ascii_host) <= _MAX_HOST_LENGTH and _HOST.fullmatch(ascii_host)
    return ascii_host if fits else ""
