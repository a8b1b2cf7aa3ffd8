"""Typefaces of mails: families that readers have already, for none is ever fetched. Pure."""

from __future__ import annotations

import re

_ARABIC_SERIF, _ARABIC_SANS = "'Noto Naskh Arabic'", "'Noto Sans Arabic'"

# The first family of each is one that Word has: Outlook takes no other.
STACKS = {
    "georgia": f"Georgia, 'Times New Roman', 'Noto Serif', {_ARABIC_SERIF}, serif",
    "times": f"'Times New Roman', Times, 'Noto Serif', {_ARABIC_SERIF}, serif",
    "palatino": (
        "'Palatino Linotype', Palatino, 'Book Antiqua', Georgia, 'Noto Serif', "
        f"{_ARABIC_SERIF}, serif"
    ),
    "system": (
        "'Segoe UI', -apple-system, BlinkMacSystemFont, Roboto, 'Helvetica Neue', Arial, sans-serif"
    ),
    "helvetica": f"Arial, 'Helvetica Neue', Helvetica, 'Noto Sans', {_ARABIC_SANS}, sans-serif",
    "verdana": f"Verdana, 'DejaVu Sans', Geneva, {_ARABIC_SANS}, sans-serif",
    "trebuchet": f"'Trebuchet MS', 'Segoe UI', Tahoma, {_ARABIC_SANS}, sans-serif",
    "monospace": "Consolas, Menlo, 'DejaVu Sans Mono', 'Courier New', monospace",
}
"""CSS ``font-family`` by the name that settings call it."""

_GENERIC = ("serif", "sans-serif", "monospace")
_FAMILY = re.compile(r"-?\w[\w -]*")


def check_font(value: str) -> str:
    """Return the CSS ``font-family`` that *value* stands for; empty stays empty.

    *value* is one of :data:`STACKS`, or families parted by commas that end in a generic one.
    """
    value = value.strip()
    if not value or value in STACKS:
        return STACKS.get(value, "")
    families = [item.strip().strip("'\"").strip() for item in value.split(",")]
    if families[-1] not in _GENERIC or not all(map(_FAMILY.fullmatch, families)):
        raise ValueError(
            f"{value!r} must be one of {', '.join(STACKS)}, or families that end in a general one: "
            '"Charter, Georgia, serif"'
        )
    return ", ".join(f"'{item}'" if " " in item else item for item in families)
