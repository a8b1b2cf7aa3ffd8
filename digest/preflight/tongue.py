"""What language a text is in, as far as its commonest words tell. Pure.

Not to name any of the world's languages, but to notice that an article in one stands in a briefing
in another.
"""

# ruff: noqa: RUF001 - Cyrillic looks like Latin to the linter

from __future__ import annotations

import re
from collections import Counter

_WORDS = {
    "en": "the of and to in is that for it was on with as be by are this from at has have not",
    "de": "der die und das ist nicht ein eine zu den mit von auf für im sich dem auch es werden",
    "fr": "le la les des et est une un dans que pour qui sur pas au du par plus avec ce sont",
    "es": "el la los las de y que en un una es por con para del se no su al como más",
    "it": "il la di che e un una per non sono del della con è gli le si da nel dei",
    "nl": "de het een en van is dat op te zijn voor met niet aan er ook als bij door naar",
    "pt": "o a os as de e que em um uma é por com para do da não se no ao",
    "uk": "і в на що не з у та до за це як по він від але для про є його",
    "ru": "и в не на что с по как это он к но из за от для о его было так",
}
_OF_WORD = {
    word: {code for code, words in _WORDS.items() if word in words.split()}
    for words in _WORDS.values()
    for word in words.split()
}
_SCRIPTS = (
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
)
_SHARING = {"ar": {"ar", "fa", "ur", "ps", "ckb"}, "he": {"he", "yi"}, "zh": {"zh", "ja"}}
_WORD = re.compile(r"[^\W\d_]+")

_LEAST_WORDS = 25
"""Shorter texts tell too little."""

_MOST_CHARACTERS = 20_000
_LEAST_SHARE = 0.12
"""Of all words that must be a language's commonest."""

_AHEAD = 1.5
"""How many times as many as of the next language."""


def language_of(text: str) -> str:
    """Return the language of *text* (two letters), or empty when it cannot be told."""
    words = [word.casefold() for word in _WORD.findall(text[:_MOST_CHARACTERS])]
    letters = sum(map(len, words))
    for code, script in _SCRIPTS:
        if letters and len(script.findall(text[:_MOST_CHARACTERS])) > letters / 2:
            return code
    if len(words) < _LEAST_WORDS:
        return ""
    counts = Counter(code for word in words for code in _OF_WORD.get(word, ()))
    ranked = [*counts.most_common(2), ("", 0), ("", 0)]
    (best, most), (_, next_most) = ranked[0], ranked[1]
    if most < _LEAST_SHARE * len(words) or most < _AHEAD * next_most:
        return ""
    return best


def agrees(told: str, wanted: str) -> bool:
    """Return whether a text in *told* fits where *wanted* is spoken (BCP 47; empty: not known)."""
    one, other = (code.partition("-")[0].lower() for code in (told, wanted))
    return not one or not other or one == other or other in _SHARING.get(one, set())
