# ruff: noqa: RUF001 - the words of many languages
"""Which lines of a pasted page belong to the page and not to the article.

A line is matched as a whole, never a part of it: a sentence or heading that only contains "share"
or "subscribe" stays. The phrases are in :mod:`digest.syndication.furniture_phrases`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from digest.syndication.furniture_phrases import PHRASES

MAX_LINE_CHARS = 120
"""No line of furniture is longer."""

_BULLET = re.compile(r"[-*•‣▪◦–]\s")
_DIGIT = re.compile(r"\d")
_NUMBER = r"\d[\d.,]*\s?[km]?"
_NETWORK = (
    "facebook|face ?book|фейсбу[кц]|פייסבוק|فيسبوك|twitter|твиттер|твіттер|טוויטר|تويتر|x"
    "|linkedin|whatsapp|וואטסאפ|واتساب|telegram|телеграм|טלגרם|تيليجرام|instagram|אינסטגרם"
    "|إنستغرام|pinterest|reddit|messenger|viber|вайбер|bluesky|mastodon|threads|youtube|tiktok"
    "|flipboard|pocket|line|weibo|微博|wechat|微信|朋友圈|qq|hatena|はてなブックマーク|vk|вконтакте"
    r"|google news|e-?mail|correo|mail|social media|x\.com|x ?\(twitter\)"
)
_AND = r"\s?[,/&|+]\s?|\s(?:and|or|und|oder|et|ou|y|e|i|o|та|и|en)\s|\s"
# Slavic languages decline the names: "na Facebooku".
_ENDING = "[a-zа-яіц]{0,3}"
_NETWORKS = f"(?:{_NETWORK}){_ENDING}(?:(?:{_AND})(?:{_NETWORK}){_ENDING}){{0,4}}"
_GAPS = {"#": _NUMBER, "*": ".{1,60}", "@": _NETWORKS}
_BRACKETS = {"(": ")", "[": "]", "{": "}"}
_KEPT_AT_ENDS = frozenset("?()[]{}#*@'")


class _Wildcard(NamedTuple):
    """A phrase with a gap."""

    pattern: re.Pattern[str]
    rule: str


class _Index:
    """Phrases, found in the time that one look-up takes, however many there are."""

    def __init__(self, phrases: list[tuple[str, str]]) -> None:
        """Take pairs of phrase and rule."""
        self.exact: dict[str, str] = {}
        self.gapped: dict[str, list[_Wildcard]] = {}
        """By how their lines begin: two characters, fewer if a gap comes first; ``#``: a digit."""

        self.open: dict[str, list[_Wildcard]] = {}
        """Those that begin with a gap, by the two characters that their lines end in."""

        for phrase, rule in phrases:
            plain = _normal(phrase)
            if not plain:
                continue
            if not re.search("[#*@]", plain):
                self.exact.setdefault(plain, rule)
                continue
            pieces = (_GAPS.get(piece, re.escape(piece)) for piece in re.split("([#*@])", plain))
            wildcard = _Wildcard(re.compile("".join(pieces)), rule)
            if plain[0] in "*@":
                self.open.setdefault(plain[-2:], []).append(wildcard)
            else:
                beginning = "#" if plain[0] == "#" else re.split("[#*@]", plain[:2])[0]
                self.gapped.setdefault(beginning, []).append(wildcard)

    def find(self, line: str) -> str:
        """Return the rule whose phrase is all of *line* (normalised), or ``""``."""
        if line in self.exact:
            return self.exact[line]
        likely = [*self.gapped.get(line[:2], ()), *self.open.get(line[-2:], ())]
        likely += self.gapped.get("#" if _DIGIT.match(line) else line[:1], ())
        return next((known.rule for known in likely if known.pattern.fullmatch(line)), "")


def _normal(line: str) -> str:
    """Return *line* without what varies: capitals, forms of characters, marks around it."""
    line = unicodedata.normalize("NFKC", line).casefold().replace("’", "'")
    line = re.sub(r"\s+", " ", line).strip()
    while True:
        bare = line
        if _BRACKETS.get(bare[:1]) == bare[-1:]:
            bare = bare[1:-1]
        while bare and _is_mark(bare[0]):
            bare = bare[1:]
        while bare and _is_mark(bare[-1]):
            bare = bare[:-1]
        if bare == line:
            return line
        line = bare


def _is_mark(char: str) -> bool:
    return char not in _KEPT_AT_ENDS and unicodedata.category(char)[0] in "SZPC"


@lru_cache(maxsize=64)
def _index(phrases: tuple[str, ...]) -> _Index:
    return _Index([(phrase, "configured phrase") for phrase in phrases])


@lru_cache(maxsize=1)
def _known() -> _Index:
    """Return the built-in phrases, made ready: that takes as long as reading some articles."""
    return _Index(
        [
            (phrase, f"{rule} ({language})")
            for rule, languages in PHRASES.items()
            for language, joined in languages.items()
            for phrase in joined.split("|")
        ]
    )


@dataclass(frozen=True, slots=True)
class Furniture:
    """What counts as furniture: the built-in phrases, and what the operator says of them.

    In phrases, ``#`` stands for a number, ``*`` for 1 to 60 characters, and ``@`` for the names of
    social networks.
    """

    extra: tuple[str, ...] = ()
    """Phrases that are furniture, too."""

    keep: tuple[str, ...] = ()
    """Phrases that never are; they win."""

    def rule(self, line: str) -> str:
        """Return which rule takes *line* (like ``"share line (en)"``), or ``""`` if it stays."""
        line = line.strip()
        if not line or len(line) > MAX_LINE_CHARS or _BULLET.match(line):
            return ""
        line = _normal(line)
        if not line or _index(self.keep).find(line):
            return ""
        return _index(self.extra).find(line) or _known().find(line)
