"""How a mail speaks: phrases, dates, bylines, and the direction of writing, in one language."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time
from babel.lists import format_list
from babel.numbers import format_decimal

from digest.model import Article
from digest.rendering.catalogues import FALLBACK, NUMBER, Catalogues, in_context
from digest.rendering.phrases import PHRASES

_WORDS_A_MINUTE = 230  # Brysbaert 2019: 238 for English non-fiction; other languages are near.
_CHARACTERS_A_MINUTE = 500  # Scripts written without spaces between words.

_CJK = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


class Wording:
    """The words of one mail: its language, and the zone that its times are told in."""

    def __init__(
        self,
        language: str,
        timezone: str,
        catalogue: Catalogues = PHRASES,
        minutes: Mapping[str, int] | None = None,
    ) -> None:
        """Speak *language* (BCP 47) in phrases of *catalogue*; tell times in *timezone* (IANA).

        *minutes* says by uid how long articles take to read whose text is not here.

        A language without a catalogue speaks English; one that Babel does not know has English
        dates too.

        Raises:
            ZoneInfoNotFoundError: if there is no such zone.
        """
        self.language = language
        self._locale = _locale(language)
        self._zone = ZoneInfo(timezone)
        self._minutes = minutes or {}
        spoken = self._locale.language
        self._phrases = catalogue[spoken if spoken in catalogue else FALLBACK]

    @property
    def direction(self) -> Literal["ltr", "rtl"]:
        """The direction that the language is written in, as HTML's ``dir`` wants it."""
        return direction(self.language)

    def phrase(self, key: str, **values: object) -> str:
        """Return the phrase called *key* with *values* filled in.

        The value called ``count``, a whole number, decides which form it takes: "1 article".

        Raises:
            ValueError: if there is no such phrase; the message names those there are.
        """
        if key not in self._phrases:
            raise ValueError(f"there is no phrase {key!r}; there is {', '.join(self._phrases)}")
        phrase, number = self._phrases[key], values.get(NUMBER)
        text = phrase.for_number(number) if isinstance(number, int) else phrase
        return text.format(**values)

    def translated(self, text: str, context: str) -> str:
        """Return what the language says for the English *text* of *context*; that if nothing."""
        return self._phrases.get(in_context(context, text), text)

    def listed(self, names: Sequence[str]) -> str:
        """Return ``A, B, and C``."""
        return format_list(list(names), locale=self._locale)

    def number(self, number: int) -> str:
        """Return *number* as the language writes it: ``100,000``."""
        return format_decimal(number, locale=self._locale)

    def local_date(self, moment: datetime) -> str:
        """Return the day of *moment* in our zone, with its weekday."""
        return self.full_date(moment.astimezone(self._zone).date())

    def full_date(self, day: date) -> str:
        """Return *day* with its weekday: ``Tuesday, November 24, 2026``."""
        return format_date(day, "full", locale=self._locale)

    def when(self, article: Article, day: date) -> str:
        """Return when *article* was published, as a reader on *day* needs to know it.

        The time on *day* itself, else the date, with the year where it is another one.
        """
        at = article.published_at.astimezone(self._zone)
        if at.date() == day:
            told = format_time(at.timetz(), "short", locale=self._locale)
        else:
            told = self._date(at.date(), with_year=at.year != day.year)
        # CLDR puts U+202F before "AM"; fonts of older mail clients show a box for it.
        return told.replace("\u202f", "\u00a0")

    def day(self, moment: datetime) -> str:
        """Return the date of *moment* in the zone, with its year: ``November 24, 2026``."""
        return self._date(moment.astimezone(self._zone).date(), with_year=True)

    def _date(self, day: date, *, with_year: bool) -> str:
        if with_year:
            return format_date(day, "long", locale=self._locale)
        return str(format_skeleton("MMMMd", day, locale=self._locale))

    def byline(self, article: Article) -> str:
        """Return ``By A, B, and C · Origin``, without what the article does not say.

        Readers are always told where what others wrote is from; our own has no origin.
        """
        names = [author.name for author in article.authors if author.name]
        # Many a feed names itself as the author of everything.
        others = [name for name in names if name.casefold() != article.origin.casefold()]
        by = self.phrase("by", authors=format_list(others, locale=self._locale)) if others else ""
        return " \N{MIDDLE DOT} ".join(filter(None, (by, article.origin)))

    def reading_time(self, article: Article) -> str:
        """Return ``4 min read``, counted from the article's text; at least one minute."""
        minutes = self._minutes.get(article.uid) or reading_minutes(article.content_text)
        return self.phrase("reading_time", minutes=minutes)


def direction(language: str) -> Literal["ltr", "rtl"]:
    """Return the direction that *language* (BCP 47) is written in; ``ltr`` for one unknown."""
    return "rtl" if _locale(language).text_direction == "rtl" else "ltr"


def language_name(language: str) -> str:
    """Return what *language* (BCP 47) is called in that language itself."""
    name = _locale(language).get_display_name() or language
    return name[0].upper() + name[1:]


def reading_minutes(text: str) -> int:
    """Return how many minutes an adult needs to read *text*, at least 1."""
    unspaced = len(_CJK.findall(text))
    words = len(_CJK.sub(" ", text).split())
    return max(1, round(words / _WORDS_A_MINUTE + unspaced / _CHARACTERS_A_MINUTE))


def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale(FALLBACK)
