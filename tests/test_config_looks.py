"""``[publication]``: what mails look like (email.md C8)."""

from __future__ import annotations

import pytest

from digest.config import load
from digest.config.fonts import STACKS
from digest.errors import ConfigError

BASE = """
[publication]
title = "Gazette"
url = "https://gazette.example/"
id = "tag:gazette.example,2026"
"""


def reasons(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(BASE + text)
    return str(caught.value)


def test_without_a_word_about_it_mails_look_like_a_morning_paper() -> None:
    value = load(BASE).publication_value()
    assert (value.theme, value.logo_width) == ("broadsheet", 180)
    assert (value.heading_font, value.text_font) == ("", "")


def test_what_is_set_reaches_the_templates() -> None:
    settings = (
        'theme = "plain"\nlogo_width = 222\nheading_font = "georgia"\n'
        "text_font = \"Charter, 'Bitstream Charter', serif\"\n"
    )
    value = load(BASE + settings).publication_value()
    assert (value.theme, value.logo_width) == ("plain", 222)
    assert value.heading_font == STACKS["georgia"]
    assert value.text_font == "Charter, 'Bitstream Charter', serif"


@pytest.mark.parametrize("name", sorted(STACKS))
def test_every_named_typeface_ends_in_a_general_one(name: str) -> None:
    """And what stands for it can be set as it is shown."""
    shown = load(f'{BASE}text_font = "{name}"').publication.text_font
    assert shown.rpartition(", ")[2] in {"serif", "sans-serif", "monospace"}
    assert load(f'{BASE}text_font = "{shown}"').publication.text_font == shown


@pytest.mark.parametrize(
    "font",
    ["comic", "Charter", "Charter, Georgia", "x; color: red, serif", "url(a), serif", ", serif"],
)
def test_what_is_no_typeface_is_refused_with_those_that_are(font: str) -> None:
    told = reasons(f'heading_font = "{font}"')
    assert "publication.heading_font" in told
    assert "georgia, times, palatino" in told


@pytest.mark.parametrize(
    ("line", "told"),
    [("logo_width = 20", "40 to 480 pixels"), ('theme = "My Theme"', "publication.theme")],
)
def test_other_mistakes_are_named_by_their_key(line: str, told: str) -> None:
    assert told in reasons(line)
