"""Colours that can be read: contrast as WCAG 2.2 counts it, and what to do when it is too low."""

from __future__ import annotations

import colorsys
import re

MINIMUM_CONTRAST = 4.5
"""What WCAG 2.2 asks of body text at level AA (success criterion 1.4.3)."""

_HEX_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_STEPS = 100


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two ``#rrggbb`` colours, from 1.0 (equal) to 21.0.

    WCAG 2.2, "contrast ratio". The order of the two does not matter.

    Raises:
        ValueError: if either is not of the form ``#rrggbb``.
    """
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def readable_on(colour: str, background: str, minimum: float = MINIMUM_CONTRAST) -> str:
    """Return *colour*, made as much darker or lighter as *background* needs to be read on.

    A colour that has the *minimum* contrast already comes back unchanged, in lower case. Else it
    keeps hue and saturation, and its lightness moves towards black or white, whichever stands out
    more, by the smallest of a hundred steps that is enough. A *minimum* out of reach gives that
    black or white.

    Raises:
        ValueError: if either colour is not of the form ``#rrggbb``.
    """
    target = max("#000000", "#ffffff", key=lambda extreme: contrast(extreme, background))
    shades = (_shade(colour, target == "#ffffff", step / _STEPS) for step in range(_STEPS))
    return next((each for each in shades if contrast(each, background) >= minimum), target)


def mix(colour: str, other: str, share: float) -> str:
    """Return *colour* with *share* (0.0 to 1.0) of *other* mixed in, as ``#rrggbb``.

    Raises:
        ValueError: if either colour is not of the form ``#rrggbb``.
    """
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _shade(colour: str, is_lighter: bool, share: float) -> str:  # noqa: FBT001 - one of two ways
    """Return *colour* with its lightness (HLS) moved by *share* of the way to white or black."""
    channels = _channels(colour)
    if not share:
        return mix(colour, colour, 0)
    hue, lightness, saturation = colorsys.rgb_to_hls(*(each / 255 for each in channels))
    lightness += ((1.0 if is_lighter else 0.0) - lightness) * share
    shade = colorsys.hls_to_rgb(hue, lightness, saturation)
    return "#" + "".join(f"{round(each * 255):02x}" for each in shade)


def _channels(colour: str) -> tuple[int, int, int]:
    if not _HEX_COLOUR.fullmatch(colour):
        raise ValueError(f"{colour!r} is not a colour of the form #rrggbb")
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    """Return the relative luminance (WCAG 2.2) of *colour*, from 0.0 (black) to 1.0 (white)."""
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    """Undo the sRGB transfer function (IEC 61966-2-1)."""
    low_end = 0.04045
    return channel / 12.92 if channel <= low_end else ((channel + 0.055) / 1.055) ** 2.4
