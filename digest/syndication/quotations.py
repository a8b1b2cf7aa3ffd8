# ruff: noqa: RUF001 - quotation marks are what this is about
"""Which paragraphs of a plain text are quotations, and who speaks.

A paragraph that is nothing but a quotation becomes one on the page; a pull quote, too: one
quotation and who said it, set without a full stop (``…,” says A. Name``), often without its
opening mark, which pages draw as an ornament. A paragraph in which narration and quotation mix
stays as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from digest.syndication.sentences import ends_in_punctuation

_PAIRS = {
    # Opening mark → what may close it: English, German, French, Danish, East Asian, typewriter.
    "“": "”",
    "„": "“”",
    "«": "»",
    "»": "«",
    "「": "」",
    "『": "』",
    '"': '"',
    "”": "”",  # Swedish and Finnish
}
_CLOSERS = '”“»«」』"'
_MAX_SPEAKER_CHARS = 100
_MAX_SPEAKER_WORDS = 10
_MIN_QUOTED_WORDS = 3
_VERBS = (
    "says|said|adds|added|tells|told|notes|noted|explains|explained|writes|wrote|argues|"
    "argued|recalls|recalled|stated|states|concluded|warned|warns|insists|insisted|sagt|"
    "sagte|erklärt|erklärte|betont|betonte|meint|meinte|schreibt|dit|déclare|a déclaré|"
    "affirme|a affirmé|explique|a expliqué|dice|dijo|afirma|afirmó|explica|explicó|señala|"
    "ha detto|spiega|ha spiegato|diz|disse|afirmou|explicou|zegt|zei|aldus|vertelt|mówi|"
    "powiedział|powiedziała|twierdzi|каже|сказав|сказала|говорить|зазначив|зазначила|заявив|"
    "заявила|говорит|сказал|заявил|отметил|отметила|يقول|تقول|قال|قالت|אומר|אומרת|אמר|אמרה|说|"
    "說|表示"
)
_DASH = re.compile(r"\s*(?:[—–―]+|--?(?=\s))\s*")
_VERB_FIRST = re.compile(rf"(?:{_VERBS})\s+(.+)", re.IGNORECASE)
_VERB_LAST = re.compile(rf"(.+?)\s+(?:{_VERBS})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Quotation:
    """A quotation as it stands in the text: nothing is added to it or taken away."""

    text: str
    """With its marks."""

    attribution: str = ""
    """What follows it, as written: ``says A. Name``; empty when the speaker is not named."""

    speaker: str = ""
    """The part of :attr:`attribution` that names the speaker."""


def read_quotation(text: str) -> Quotation | None:
    """Return the quotation that *text* is and nothing else, or None."""
    text = text.strip()
    if _is_whole(text):
        return Quotation(text)
    return _attributed(text)


def read_speaker(text: str) -> Quotation | None:
    """Return an attribution that is a paragraph of its own (``— A. Name``), or None.

    The result's ``text`` is empty.
    """
    dash = _DASH.match(text)
    if not dash or not _is_attribution(text[dash.end() :]):
        return None
    return Quotation("", text.strip(), text[dash.end() :].strip())


def opens(text: str) -> bool:
    """Say whether a quotation starts with *text* and does not end in it.

    So begin all but the last of several quoted paragraphs.
    """
    closing = _PAIRS.get(text[:1], "")
    return bool(closing) and not any(mark in text[1:] for mark in closing)


def _is_whole(text: str) -> bool:
    closing = _PAIRS.get(text[:1], "")
    bare = text.rstrip(".,;!?")
    if not closing or len(bare) < 2 or bare[-1] not in closing:  # noqa: PLR2004 - the two marks
        return False
    inside = bare[1:-1]
    return bool(inside.strip()) and not any(mark in inside for mark in (text[0], *closing))


def _attributed(text: str) -> Quotation | None:
    found = [(text.rfind(mark), mark) for mark in _CLOSERS if mark in text[1:]]
    if not found:
        return None
    end, mark = max(found)
    quoted, tail = text[: end + 1], text[end + 1 :]
    inside = quoted[1:-1]
    closes_opening = mark in _PAIRS.get(quoted[0], "")
    opening_lost = not any(opening in quoted[:-1] for opening in _PAIRS)
    if not closes_opening and not opening_lost:
        return None
    if any(other in inside for other in {mark, quoted[0]} & set(_CLOSERS + "“„«»「『")):
        return None
    if len(inside.split()) < _MIN_QUOTED_WORDS and not re.search(
        "[\u3040-\u30ff\u4e00-\u9fff]", inside
    ):
        return None
    comma = "," if tail.lstrip().startswith(",") else ""
    tail = tail.strip().removeprefix(",").strip()
    speaker = _speaker(tail)
    return Quotation(quoted + comma, tail, speaker) if speaker else None


def _speaker(tail: str) -> str:
    dash = _DASH.match(tail)
    if dash:
        name = tail[dash.end() :].strip()
        return name if _is_attribution(name) else ""
    match = _VERB_FIRST.fullmatch(tail) or _VERB_LAST.fullmatch(tail)
    return match[1] if match and _is_attribution(match[1]) else ""


def _is_attribution(name: str) -> bool:
    name = name.strip()
    if not name or len(name) > _MAX_SPEAKER_CHARS or len(name.split()) > _MAX_SPEAKER_WORDS:
        return False
    return name[0].isalpha() and not ends_in_punctuation(name)
