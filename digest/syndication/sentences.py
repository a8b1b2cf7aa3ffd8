# ruff: noqa: RUF001 - quotation marks are what this is about
"""Where sentences end, as nearly as one can tell without understanding them."""

from __future__ import annotations

import re

SUMMARY_CHARS = 300
"""What a summary made from a paragraph is cut to."""

_WHOLE_CHARS = 420
"""A paragraph up to this length is left whole rather than cut near its end."""

_MIN_SUMMARY_CHARS = 80

_CLOSING_MARKS = "\"'”’»›“)\\]）」』"
_END = re.compile(rf"[.!?…؟।]+[{_CLOSING_MARKS}]*(?=\s|\Z)|[。！？][{_CLOSING_MARKS}]*")
_FINAL = re.compile(rf"[.!?…؟।。！？:：;,，、][{_CLOSING_MARKS}\s]{{0,9}}\Z")
_SENTENCE_FINAL = re.compile(rf"[.!?…؟।。！？][{_CLOSING_MARKS}\s]{{0,9}}\Z")
_SHORTENED = (
    "mr mrs ms dr st no prof gen gov sen rep col lt sgt capt jr sr vs etc inc ltd co corp dept est"
    " fig jan feb mar apr jun jul aug sep sept oct nov dec e.g i.e u.s u.k u.n a.m p.m ph.d"
    " bzw ca nr z.b d.h u.a hr fr abs bd m mme mlle av sra srta ud núm pág dott sig dra exmo"
    " ул г стр тов им проф акад див ред вул м с р т.д т.п ul im np tzw dr"
)
_ABBREVIATIONS = frozenset(_SHORTENED.split())
_GERMAN_MONTH = re.compile(
    r"\s*(?:Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember)\b"
)
"""After "4." this is a date, not a new sentence."""

_WORD_BEFORE = re.compile(r"([^\s\"'“”„«»‘’(\[]*)\Z")


def sentence_ends(text: str) -> list[int]:
    """Return the offsets behind each sentence of *text*; abbreviations and initials end none."""
    return [match.end() for match in _END.finditer(text) if _is_end(text, match)]


def _is_end(text: str, match: re.Match[str]) -> bool:
    following = text[match.end() :].lstrip()[:1] if match.end() < len(text) else ""
    if following.islower():
        return False
    if not match[0].startswith(".") or match[0].startswith(".."):
        return True
    before = _WORD_BEFORE.search(text, max(0, match.start() - 40), match.start())
    word = before[1] if before else ""
    if word.isdigit() and _GERMAN_MONTH.match(text, match.end()):
        return False
    initial = len(word) == 1 and word.isupper()
    return not (following and (initial or word.casefold() in _ABBREVIATIONS))


def ends_sentence(text: str) -> bool:
    """Say whether *text* ends as sentences do, quotation marks and brackets aside."""
    return bool(_SENTENCE_FINAL.search(text, max(0, len(text) - 12)))


def ends_in_punctuation(text: str) -> bool:
    """Say whether *text* ends as a heading does not: as a sentence, or with a comma or colon."""
    return bool(_FINAL.search(text, max(0, len(text) - 12)))


def summarize(paragraph: str) -> str:
    """Return the beginning of *paragraph*: whole if short, else to a sentence's end.

    Where no sentence ends in time, it is cut between words and ends in ``…``.
    """
    if len(paragraph) <= _WHOLE_CHARS:
        return paragraph
    head = paragraph[:_WHOLE_CHARS]
    # An end at the very edge might be none once the next word is seen: look at one char more.
    ends = [end for end in sentence_ends(paragraph[: _WHOLE_CHARS + 2]) if end <= _WHOLE_CHARS]
    fitting = [end for end in ends if end >= _MIN_SUMMARY_CHARS]
    if fitting:
        return paragraph[: min(fitting, key=lambda end: (abs(end - SUMMARY_CHARS), end))]
    head = paragraph[:SUMMARY_CHARS]
    words, _, _ = head.rpartition(" ")
    return (words or head).rstrip(" ,;:–—-") + "…"
