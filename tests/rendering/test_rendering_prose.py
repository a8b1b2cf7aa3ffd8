"""Plain text that people can read (email.md F4)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.rendering.prose import LINE_WIDTH, closed_up, paragraphs, shorten, underline, wrap

words = st.lists(st.text("abcdefgh.,-", min_size=1, max_size=20), max_size=60)


@given(words)
def test_wrapping_keeps_every_word_and_no_line_is_too_wide(parts: list[str]) -> None:
    wrapped = wrap(" ".join(parts))
    assert wrapped.split() == parts
    assert all(len(line) <= LINE_WIDTH for line in wrapped.split("\n"))


@pytest.mark.parametrize(
    ("text", "width", "indent", "expected"),
    [
        ("one two three", 8, "", "one two\nthree"),
        ("one\n\ntwo", 8, "", "one\n\ntwo"),
        ("one two three", 10, "> ", "> one two\n> three"),
        ("- one two three", 9, "", "- one two\n  three"),
        ("12. one two", 8, "", "12. one\n    two"),
        ("  nested two", 8, "", "  nested\n  two"),
        ("see https://courier.example/long", 10, "", "see\nhttps://courier.example/long"),
        ("", 10, "", ""),
        ("   ", 10, "", ""),
    ],
)
def test_wrapping_respects_lists_indents_and_urls(
    text: str, width: int, indent: str, expected: str
) -> None:
    assert wrap(text, width, indent) == expected


def test_scripts_without_spaces_break_at_their_width_but_not_before_punctuation() -> None:
    assert wrap("海は静かだった。港の", 10) == "海は静かだ\nった。港の"
    assert wrap("海は静か。港", 8) == "海は静\nか。港"
    assert wrap("海は静「港」", 8) == "海は静\n「港」"


def test_combining_marks_take_no_column() -> None:
    assert wrap("e\u0301" * 8 + " x", 10) == "e\u0301" * 8 + " x"


def test_paragraphs_are_parted_by_empty_lines_and_lose_their_line_breaks() -> None:
    assert paragraphs("\n one\ntwo\n \t\n\nthree \n") == ["one two", "three"]
    assert paragraphs(" \n\n ") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("short", "short"),
        ("two\nlines", "two lines"),
        ("one two three four", "one two…"),
        ("one two, three", "one two…"),
        ("exactly 12ch", "exactly 12ch"),
        ("one two thr four", "one two thr…"),
        ("unbreakablelongword", "unbreakable…"),
    ],
)
def test_a_shortened_text_ends_at_a_word(text: str, expected: str) -> None:
    assert shorten(text, 12) == expected


@given(st.text(), st.integers(2, 50))
def test_a_shortened_text_is_never_longer_than_asked(text: str, characters: int) -> None:
    assert len(shorten(text, characters)) <= characters


def test_a_heading_is_underlined_over_its_whole_width() -> None:
    assert underline("World") == "World\n====="
    assert underline("海", "-") == "海\n--"
    assert underline("x" * 100).endswith("\n" + "=" * LINE_WIDTH)


def test_gaps_that_the_layout_left_close_up() -> None:
    assert closed_up("\n\none  \n\n\n \n\ntwo\n\n") == "one\n\ntwo\n"
