"""How lines make paragraphs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.syndication.layout import Line, blocks, paragraphs, width, wrap_width


def read(text: str) -> list[str]:
    groups = blocks([Line(n, raw.rstrip()) for n, raw in enumerate(text.split("\n"), 1)])
    full = wrap_width(groups)
    return ["/".join(p.lines) for group in groups for p in paragraphs(group, full)]


def wrap(words: list[str], columns: int) -> str:
    lines = [""]
    for word in words:
        if lines[-1] and len(lines[-1]) + 1 + len(word) > columns:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return "\n".join(lines)


def test_empty_lines_part_paragraphs() -> None:
    assert read("a\n\n \n\tb\n\n") == ["a", "b"]


def test_every_line_is_a_paragraph_where_lines_are_long_or_uneven() -> None:
    long = (
        "This line is so long that no mail program would have left it like that, and so it is one. "
    )
    assert read(f"{long * 2}\nShort one.\n{long}") == [
        (long * 2).strip(),
        "Short one.",
        long.strip(),
    ]
    uneven = (
        "This is a line of sixty columns, more or less, and ends here.\nSo is this.\nAnd this, too."
    )
    assert read(uneven) == uneven.split("\n")


def test_sentences_that_each_fill_a_line_are_no_wrapped_text() -> None:
    text = "\n".join(["This sentence is just as long as all of the others are, it is."] * 4)
    assert read(text) == text.split("\n")


@pytest.mark.parametrize("columns", [60, 72, 80, 98])
def test_hard_wrapped_text_is_joined(columns: int) -> None:
    words = (
        "the quick brown fox jumps over a lazy dog and does not look back, which is " * 6
    ).split()
    assert read(f"{wrap(words, columns)}\n\n{wrap(words, columns)}") == [" ".join(words)] * 2


@given(st.lists(st.sampled_from(["a", "word", "sentence,", "another"]), min_size=60, max_size=90))
def test_whatever_the_words_wrapping_is_undone(words: list[str]) -> None:
    assert read(wrap(words, 72)) == [" ".join(words)]


def test_in_wrapped_text_a_break_that_was_not_needed_was_meant() -> None:
    words = (
        "the quick brown fox jumps over a lazy dog and does not look back while it is " * 3
    ).split()
    body = wrap(words, 72)
    assert read(f"{body} end.\nA heading\n{body}") == [
        " ".join([*words, "end."]),
        "A heading",
        " ".join(words),
    ]


def test_in_wrapped_text_items_and_indents_start_anew() -> None:
    words = (
        "the quick brown fox jumps over a lazy dog and does not look back while it is " * 3
    ).split()
    body, joined = wrap(words, 72), " ".join(words)
    indented = "\n".join("  " + line for line in body.split("\n"))
    assert read(f"{body}\n- an item that\n  goes on\n- another\n\n{body}\n    {body}") == [
        joined,
        "- an item that goes on",
        "- another",
        joined,
        joined,
    ]
    assert read(f"{body}\n\n{indented}") == [joined, joined]


def test_an_address_on_the_web_does_not_widen_the_text() -> None:
    words = (
        "the quick brown fox jumps over a lazy dog and does not look back while it is " * 3
    ).split()
    link = "https://e.example/" + "x" * 150
    assert read(f"{wrap(words, 72)}\n\n{wrap(words, 72)}\n{link}")[0] == " ".join(words)


def test_east_asian_text_is_joined_without_spaces() -> None:
    line = "水车又转起来了邻居们说从那以后他们睡得更差了水车又转起来了邻居"
    assert width(line) == 62
    assert read(f"{line}\n{line}\n结束。") == [f"{line}{line}结束。"]


def test_short_lines_together_are_verse() -> None:
    assert read("Turn, wheel, turn\nThe river is late\nAnd so am I.") == [
        "Turn, wheel, turn/The river is late/And so am I."
    ]
    assert read("Turn.\nThe river is late") == ["Turn.", "The river is late"]
    assert read("- Turn\n- The river") == ["- Turn", "- The river"]
    assert read("Turn\n" + "river " * 20) == ["Turn", ("river " * 20).strip()]


def test_paragraphs_know_their_line() -> None:
    groups = blocks([Line(7, ""), Line(8, "a"), Line(9, ""), Line(10, "b")])
    assert [p.number for group in groups for p in paragraphs(group, 0)] == [8, 10]
