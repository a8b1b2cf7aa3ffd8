"""What readers are told is said whole in every language there is."""

from __future__ import annotations

import string

import pytest

from digest.rendering.page_phrases import PAGE_PHRASES, page_catalogue
from digest.rendering.phrases import PHRASES
from digest.rendering.reader_phrases import READER_PHRASES
from digest.rendering.wording import Wording, language_name


def slots(text: str) -> set[str]:
    """Return the names that *text* is filled with."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", READER_PHRASES)
def test_every_language_says_the_same(language: str) -> None:
    phrases = READER_PHRASES[language]
    assert phrases.keys() == READER_PHRASES["en"].keys()
    for key, text in phrases.items():
        assert slots(text) == slots(READER_PHRASES["en"][key]), key
        assert text == text.strip()


def test_no_phrase_of_readers_hides_another() -> None:
    assert not READER_PHRASES["en"].keys() & (PHRASES["en"].keys() | PAGE_PHRASES["en"].keys())


def test_a_language_without_them_speaks_english() -> None:
    for language in ("ja", "pt-BR"):
        wording = Wording(language, "UTC", page_catalogue())
        assert wording.phrase("subscribe_title") == "Subscribe"


@pytest.mark.parametrize(
    ("code", "name"), [("en", "English"), ("de", "Deutsch"), ("fr", "Français"), ("x-y", "English")]
)
def test_a_language_is_called_what_its_speakers_call_it(code: str, name: str) -> None:
    assert language_name(code) == name
