"""Fitting: an issue too long for mail programs is shown with less of its articles. Pure.

Gmail cuts off what is above some 102 KB, and with it the way to leave (email.md, C1). So an issue
gives way in steps, the smallest that will do: pictures go, then full texts become summaries, then
articles become headlines. Each step takes from the last article first and from the lead last. No
article is cut in two, and none is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Generic, TypeVar

from markupsafe import Markup

from digest.model import Article, IssueContent, Section
from digest.rendering.content import without_pictures
from digest.rendering.wording import reading_minutes

MAX_BYTES = 100_000
"""Of the mail as it is sent, and of its HTML as it is unpacked."""

_PICTURE = re.compile(r"<img\b", re.IGNORECASE)

Made = TypeVar("Made")


class Loss(Enum):
    """What an article gives up, in the order that it does."""

    PICTURE = "pictures"
    TEXT = "texts"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Fitting:
    """What was left out of a mail: sequence numbers of articles, in reading order."""

    without_pictures: tuple[int, ...] = ()
    as_summary: tuple[int, ...] = ()
    """Those whose text the mail would have had whole."""

    as_headline: tuple[int, ...] = ()
    """Those that had more than a headline."""

    is_enough: bool = True
    """Whether the mail fits now. If not, all that can be left out is."""

    def __bool__(self) -> bool:
        """Return whether there is anything to say."""
        return self != Fitting()

    def __str__(self) -> str:
        """Return it for people: ``3 articles as headlines``; empty: nothing was done."""
        parts = [
            (len(self.without_pictures), "without pictures", "without pictures"),
            (len(self.as_summary), "as a summary", "as summaries"),
            (len(self.as_headline), "as a headline", "as headlines"),
        ]
        told = ", ".join(
            f"1 article {one}" if number == 1 else f"{number} articles {several}"
            for number, one, several in parts
            if number
        )
        enough = "" if self.is_enough else "still too long for Gmail"
        return "; ".join(part for part in (told, enough) if part)

    def of(self, sequence: int) -> str:
        """Return how the article with that number is shown: ``as a headline``; empty: as usual."""
        if sequence in self.as_headline:
            return "as a headline"
        if sequence in self.as_summary:
            return "as a summary"
        return "without pictures" if sequence in self.without_pictures else ""

    def to_text(self) -> str:
        """Return it for keeping in a database: JSON, or empty when nothing was done."""
        if not self:
            return ""
        kept = {
            "without_pictures": self.without_pictures,
            "as_summary": self.as_summary,
            "as_headline": self.as_headline,
            "is_enough": self.is_enough,
        }
        return json.dumps(kept, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> Fitting:
        """Return what :meth:`to_text` wrote."""
        if not text:
            return cls()
        kept = json.loads(text)
        return cls(
            without_pictures=tuple(kept["without_pictures"]),
            as_summary=tuple(kept["as_summary"]),
            as_headline=tuple(kept["as_headline"]),
            is_enough=kept["is_enough"],
        )


class Ladder:
    """The steps in which one issue can be shown with less, each a little less than the last."""

    def __init__(
        self,
        content: IssueContent,
        *,
        full_content: bool = False,
        has_pictures: bool = True,
        go_on: str = "…",
    ) -> None:
        """Lay out the steps.

        Args:
            content: The issue with all that it has.
            full_content: Whether its articles stand in it whole.
            has_pictures: Whether its pictures take room; a mail of plain text has none.
            go_on: What the link to the rest of an article says where it became a summary.
        """
        self._content = content
        self._go_on = go_on
        self._is_html, self._has_texts = has_pictures, full_content
        told = _told(content)
        last_first = told[::-1]
        steps: list[tuple[Loss, Article]] = []
        if has_pictures:
            shown = (item for item in last_first if _has_picture(item, full_content=full_content))
            steps += [(Loss.PICTURE, item) for item in shown]
        if full_content:
            whole = (item for item in last_first if item.content_html or item.content_text)
            steps += [(Loss.TEXT, item) for item in whole]
        steps += [(Loss.ALL, item) for item in last_first]
        self._steps = tuple(steps)
        self._told = tuple(told)

    def least_bytes(self, content: IssueContent) -> int:
        """Return what a mail of *content*, one of our steps, has at the very least.

        Both its parts have every title and address, and its plain text the texts it has whole.
        """
        parts = 2 if self._is_html else 1
        size = sum(
            parts * (len(item.title.encode()) + len(item.url.encode())) for item in content.articles
        )
        if not self._has_texts:
            return size
        return size + sum(len(item.content_text.encode()) for item in _told(content))

    def __len__(self) -> int:
        """Return how many steps down there are."""
        return len(self._steps)

    def at(self, step: int) -> tuple[IssueContent, Fitting]:
        """Return the issue *step* steps down, and what it lost; 0 is the issue as it was given."""
        lost: dict[Loss, set[str]] = {loss: set() for loss in Loss}
        for loss, article in self._steps[:step]:
            lost[loss].add(article.uid)
        headlines = lost[Loss.ALL]
        texts = lost[Loss.TEXT] - headlines
        pictures = lost[Loss.PICTURE] - headlines
        fitting = Fitting(
            without_pictures=self._numbers(pictures),
            as_summary=self._numbers(texts),
            as_headline=self._numbers(headlines),
        )
        if not step:
            return self._content, fitting
        shown = {
            item.uid: self._lessened(
                item, no_picture=item.uid in pictures, no_text=item.uid in texts
            )
            for item in self._told
        }
        return self._rearranged(shown, headlines, texts), fitting

    def _numbers(self, uids: set[str]) -> tuple[int, ...]:
        return tuple(item.sequence for item in self._told if item.uid in uids)

    def _lessened(self, article: Article, *, no_picture: bool, no_text: bool) -> Article:
        if no_picture:
            html = without_pictures(article.content_html)
            article = replace(article, image=None, content_html=html)
        if no_text:
            # Written as an article's own text, so that every template shows it.
            html = Markup('<p>{}</p><p><a href="{}">{}</a></p>').format(
                article.summary, article.url, self._go_on
            )
            article = replace(article, content_html=str(html), content_text=article.summary)
        return article

    def _rearranged(
        self, shown: Mapping[str, Article], headlines: set[str], texts: set[str]
    ) -> IssueContent:
        """Return the issue of articles as they are *shown*, those of *headlines* among the rest.

        Headlines are the last in reading order, so that the order stays.
        """
        content = self._content
        lead = content.lead
        sections = (
            Section(
                section.title,
                tuple(shown[item.uid] for item in section.articles if item.uid not in headlines),
            )
            for section in content.sections
        )
        return replace(
            content,
            lead=None if lead is None or lead.uid in headlines else shown[lead.uid],
            sections=tuple(section for section in sections if section.articles),
            more=(*(item for item in self._told if item.uid in headlines), *content.more),
            minutes={
                **content.minutes,
                **{
                    item.uid: reading_minutes(item.content_text)
                    for item in self._told
                    if item.uid in texts
                },
            },
        )


@dataclass(frozen=True, slots=True)
class Fitted(Generic[Made]):
    """A mail that was made as long as it may be."""

    content: IssueContent
    made: Made
    fitting: Fitting


def fit(
    ladder: Ladder,
    make: Callable[[IssueContent], Made],
    size_of: Callable[[Made], int],
    most: int = MAX_BYTES,
) -> Fitted[Made]:
    """Return the mail of *ladder*'s issue with as much as *most* bytes have room for.

    *make* is called once if all fits, else at most twice and once more for each halving of the
    steps; what is too long by its words alone is not made. If nothing fits, the mail has headlines
    only, and its fitting says that it is not enough.
    """

    def tried(step: int) -> Fitted[Made] | None:
        """Return the mail that many steps down; ``None``: it is too long."""
        content, fitting = ladder.at(step)
        if ladder.least_bytes(content) > most:
            return None
        made = make(content)
        return Fitted(content, made, fitting) if size_of(made) <= most else None

    found = tried(0)
    if found is not None:
        return found
    too_high, low = 0, len(ladder)
    content, fitting = ladder.at(low)
    found = Fitted(content, make(content), fitting)
    if size_of(found.made) > most:
        return replace(found, fitting=replace(fitting, is_enough=False))
    while low - too_high > 1:
        middle = (too_high + low) // 2
        candidate = tried(middle)
        if candidate is not None:
            low, found = middle, candidate
        else:
            too_high = middle
    return found


def _told(content: IssueContent) -> list[Article]:
    """Return the articles that are more than headlines, in reading order."""
    lead = [content.lead] if content.lead else []
    return [*lead, *(item for section in content.sections for item in section.articles)]


def _has_picture(article: Article, *, full_content: bool) -> bool:
    if article.image is not None:
        return True
    return full_content and _PICTURE.search(article.content_html) is not None


def lines_of(fittings: Mapping[str, Fitting]) -> Sequence[str]:
    """Return a line for each variant (by its name) that something was left out of."""
    is_one = len(fittings) == 1
    return [
        str(fitting) if is_one else f"{name}: {fitting}"
        for name, fitting in fittings.items()
        if fitting
    ]
