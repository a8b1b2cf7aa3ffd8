# ruff: noqa: RUF001 - East Asian punctuation
"""Where sentences end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.syndication.sentences import (
    ends_in_punctuation,
    ends_sentence,
    sentence_ends,
    summarize,
)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three? Four…", ["One.", "Two!", "Three?", "Four…"]),
        ("He said “Go.” She went.", ["He said “Go.”", "She went."]),
        (
            "Antony J. Name met Mr. Roe of the U.S. Navy.",
            ["Antony J. Name met Mr. Roe of the U.S. Navy."],
        ),
        ("It cost 1.50 a piece, e.g. Two.", ["It cost 1.50 a piece, e.g. Two."]),
        ("Wait... he did. Then he left.", ["Wait... he did.", "Then he left."]),
        ("Plan B. It failed.", ["Plan B. It failed."]),
        ("It was Mr.", ["It was Mr."]),
        ("水车转了。他们睡了！", ["水车转了。", "他们睡了！"]),
        ("Am 4. Mai kam er um 4. Dann ging er.", ["Am 4. Mai kam er um 4.", "Dann ging er."]),
        ("No end", []),
    ],
)
def test_sentences_end_where_readers_see_it(text: str, sentences: list[str]) -> None:
    ends = sentence_ends(text)
    starts = [0, *ends]
    assert [text[a:b].strip() for a, b in zip(starts, ends, strict=False)] == sentences


@pytest.mark.parametrize("text", ["a.", "a!”", "a?)", "a…", "a. ", "水。」"])
def test_a_text_may_end_in_a_sentence(text: str) -> None:
    assert ends_sentence(text)
    assert ends_in_punctuation(text)


@pytest.mark.parametrize("text", ["a:", "a,", "a;”", "水、"])
def test_colons_and_commas_end_no_sentence_and_no_heading(text: str) -> None:
    assert not ends_sentence(text)
    assert ends_in_punctuation(text)


@pytest.mark.parametrize("text", ["a", "a”", "", "a-"])
def test_headings_end_in_words(text: str) -> None:
    assert not ends_in_punctuation(text)


def test_a_summary_is_the_whole_paragraph_if_that_is_short() -> None:
    text = "A sentence of some length. " * 15
    assert summarize(text.strip()) == text.strip()


def test_a_summary_ends_with_the_sentence_nearest_to_300_characters() -> None:
    text = "A sentence of some length. " * 40
    assert summarize(text) == ("A sentence of some length. " * 11).strip()


def test_a_summary_without_sentences_is_cut_between_words() -> None:
    assert summarize("word, " * 100) == ("word, " * 50).strip(" ,") + "…"
    assert summarize("x" * 500) == "x" * 300 + "…"


def test_a_very_short_first_sentence_is_no_summary() -> None:
    assert summarize("Yes. " + "word " * 100).startswith("Yes. word word")


@given(st.text(max_size=900))
def test_a_summary_is_the_beginning_of_its_text(text: str) -> None:
    summary = summarize(text)
    assert text.startswith(summary.removesuffix("…"))
    assert len(summary) <= 420
