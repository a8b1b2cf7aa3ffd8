"""Contrast as WCAG 2.2 counts it (email.md C3)."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.rendering.colour import MINIMUM_CONTRAST, contrast, mix, readable_on

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#777777", "#ffffff", 4.48),  # the well-known grey that just fails
        ("#767676", "#ffffff", 4.54),  # and the one that just passes
        ("#ff0000", "#FFFFFF", 4.0),
        ("#0000ff", "#ffffff", 8.59),
    ],
)
def test_contrast_is_what_published_tables_say(one: str, other: str, expected: float) -> None:
    assert contrast(one, other) == pytest.approx(expected, abs=0.005)


@given(colours, colours)
def test_contrast_does_not_depend_on_the_order(one: str, other: str) -> None:
    assert contrast(one, other) == contrast(other, one)


@given(colours, colours)
@example("#ffff00", "#ffffff")
@example("#8a1c1c", "#191817")
@example("#777777", "#777777")
def test_an_accent_can_be_read_on_any_ground(accent: str, ground: str) -> None:
    """email.md C3: whatever accent is configured, text in it has at least AA contrast."""
    assert contrast(readable_on(accent, ground), ground) >= MINIMUM_CONTRAST


def test_an_accent_that_can_be_read_stays_as_it_is() -> None:
    assert readable_on("#8A1C1C", "#ffffff") == "#8a1c1c"


def test_a_contrast_out_of_reach_gives_the_best_there_is() -> None:
    assert readable_on("#888888", "#777777", minimum=21) == "#000000"


def test_an_accent_changes_no_further_than_it_must() -> None:
    adapted = readable_on("#ff6600", "#ffffff")
    assert MINIMUM_CONTRAST <= contrast(adapted, "#ffffff") < MINIMUM_CONTRAST + 0.2


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, "#102030"), (1.0, "#ffffff"), (0.5, "#889098")]
)
def test_mixing_moves_each_channel_by_the_share(share: float, expected: str) -> None:
    assert mix("#102030", "#ffffff", share) == expected


@pytest.mark.parametrize("colour", ["red", "#fff", "#12345g", "#1234567", "", "rgb(0,0,0)"])
def test_what_is_not_a_hex_colour_is_refused_by_name(colour: str) -> None:
    with pytest.raises(ValueError, match="is not a colour of the form #rrggbb"):
        readable_on(colour, "#ffffff")
