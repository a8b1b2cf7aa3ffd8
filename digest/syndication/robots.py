"""What a site asks of programs in its robots.txt (RFC 9309). Pure.

The standard library has a parser for it, but one that knows neither ``*`` nor ``$`` in paths, takes
the first rule that fits for the right one, and reads the clock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from digest.syndication.urls import encode

PRODUCT = "digest"
"""By what name we look for rules that are for us alone."""

MAX_BYTES = 500 * 1024
"""What must be read at least, and all that is (section 2.5)."""

_MAX_RULES = 10_000
_MAX_WILDCARDS = 20
_PATH_SAFE = "/:@!$&'()*+,;=-._~%?"


@dataclass(frozen=True, slots=True)
class _Rule:
    path: str
    is_allowed: bool
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Rules:
    """What one site asks of us."""

    rules: tuple[_Rule, ...] = ()
    delay_seconds: float = 0.0
    """Between two questions (``Crawl-delay``, which no standard has); 0 when it does not say."""

    def allow(self, url: str) -> bool:
        """Tell whether *url* may be fetched: the longest rule that fits decides, else yes."""
        parts = urlsplit(url)
        path = _normal(parts.path or "/") + (f"?{_normal(parts.query)}" if parts.query else "")
        if path == "/robots.txt":
            return True
        found = [rule for rule in self.rules if rule.pattern.match(path)]
        if not found:
            return True
        # Of two that are alike the one that allows counts.
        return max(found, key=lambda rule: (len(rule.path), rule.is_allowed)).is_allowed


NOTHING = Rules((_Rule("/", is_allowed=False, pattern=re.compile("/")),))
"""What a site asks whose robots.txt cannot be had now: to stay away (section 2.3.1.4)."""


def read_robots(data: bytes, product: str = PRODUCT) -> Rules:
    """Return what the robots.txt *data* asks of the program called *product*.

    Groups for it by name count together; only where there are none do those for ``*``.
    """
    text = data[:MAX_BYTES].decode("utf-8", "replace").removeprefix("\ufeff")
    groups: dict[str, list[tuple[str, str]]] = {}
    names: list[str] = []
    is_open = False  # whether names are still being collected
    for line in text.splitlines():
        key, colon, value = line.partition("#")[0].partition(":")
        key, value = key.strip().lower(), value.strip()
        if not colon:
            continue
        if key in {"user-agent", "useragent"}:
            names = [*names, _name(value)] if is_open else [_name(value)]
            is_open = True
            groups.setdefault(names[-1], [])
        elif key in {"allow", "disallow", "crawl-delay"}:
            is_open = False
            for name in names:
                groups[name].append((key, value))
    lines = groups.get(product.lower(), groups.get("*", []))
    return Rules(tuple(_rules(lines[:_MAX_RULES])), _delay(lines))


def _name(value: str) -> str:
    """Return a product token without what programs put behind it (section 2.2.1)."""
    match = re.match(r"[A-Za-z_-]+|\*", value)
    return match[0].lower() if match else ""


def _rules(lines: list[tuple[str, str]]) -> list[_Rule]:
    return [
        _Rule(_normal(value), key == "allow", _pattern(_normal(value)))
        for key, value in lines
        if key != "crawl-delay" and value and value.count("*") <= _MAX_WILDCARDS
    ]


def _pattern(path: str) -> re.Pattern[str]:
    is_end = path.endswith("$")
    pieces = [re.escape(piece) for piece in re.split(r"\*+", path.removesuffix("$"))]
    # What lies between two pieces is the least that will do: with possessive groups, linear.
    whole = "".join(f"(?>.*?{piece})" if index else piece for index, piece in enumerate(pieces))
    if is_end and len(pieces) > 1:
        whole = "".join(
            f"(?>.*?{piece})" if 0 < index < len(pieces) - 1 else piece if not index else ""
            for index, piece in enumerate(pieces)
        )
        return re.compile(f"{whole}.*{pieces[-1]}$", re.DOTALL)
    return re.compile(f"{whole}$" if is_end else whole, re.DOTALL)


def _normal(path: str) -> str:
    """Return *path* in one spelling: what may stand as it is is not escaped, all other is."""
    written = re.sub(
        "%([0-9A-Fa-f]{2})",
        lambda match: chr(int(match[1], 16)) if _is_plain(match[1]) else match[0].upper(),
        path,
    )
    return encode(written, _PATH_SAFE)


def _is_plain(code: str) -> bool:
    char = chr(int(code, 16))
    return char.isascii() and (char.isalnum() or char in "-._~")


def _delay(lines: list[tuple[str, str]]) -> float:
    for key, value in lines:
        if key == "crawl-delay" and re.fullmatch(r"[0-9]{1,6}(?:\.[0-9]{1,3})?", value):
            return float(value)
    return 0.0
