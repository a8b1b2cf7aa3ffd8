"""Colours as style sheets write them, as ``#rrggbb``. Pure."""

from __future__ import annotations

import re

_NAMES = {
    "black": "#000000",
    "silver": "#c0c0c0",
    "gray": "#808080",
    "grey": "#808080",
    "white": "#ffffff",
    "maroon": "#800000",
    "red": "#ff0000",
    "purple": "#800080",
    "fuchsia": "#ff00ff",
    "green": "#008000",
    "lime": "#00ff00",
    "olive": "#808000",
    "yellow": "#ffff00",
    "navy": "#000080",
    "blue": "#0000ff",
    "teal": "#008080",
    "aqua": "#00ffff",
}
"""The sixteen of CSS 2.1."""

_LONG = re.compile(r"#([0-9a-f]{6})(?:[0-9a-f]{2})?")
_SHORT = re.compile(r"#([0-9a-f])([0-9a-f])([0-9a-f])[0-9a-f]?")
_RGB = re.compile(
    r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})\s*(?:[,/]\s*([\d.]+%?)\s*)?\)"
)


def colour_of(text: str) -> str:
    """Return the colour in *text* (a value of ``color`` or ``background``) as ``#rrggbb``.

    Empty when there is none, or one that is seen through in part or cannot be told
    (``transparent``, ``inherit``, a gradient).
    """
    value = text.strip().lower()
    if not value or "gradient" in value:
        return ""
    if found := _RGB.search(value):
        *channels, alpha = found.groups()
        if alpha not in {None, "1", "1.0", "100%"}:
            return ""
        return "#" + "".join(f"{min(int(each), 255):02x}" for each in channels)
    return next((colour for word in value.split() if (colour := _of_word(word))), "")


def _of_word(word: str) -> str:
    if long := _LONG.fullmatch(word):
        return f"#{long[1]}"
    if short := _SHORT.fullmatch(word):
        return "#" + "".join(each * 2 for each in short.groups())
    return _NAMES.get(word, "")
