"""Where articles come from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from digest.config import values
from digest.config.source_rules import Rewrite, Wanted, parse_rewrite, parse_topic, parse_wanted
from digest.config.tables.base import Table
from digest.config.values import Expects

_OF_FOLDERS = ("path", "furniture", "keep")
_OF_UPSTREAM = (
    "url",
    "include",
    "exclude",
    "topic_map",
    "rewrite",
    "max_articles",
    "review",
    "full_text",
    "backfill_days",
    "min_interval_seconds",
    "max_interval_seconds",
)
_OF_PUSHES = ("include", "exclude", "topic_map", "rewrite", "review")

_Seconds: TypeAlias = Annotated[
    int, Field(ge=60, le=604_800), Expects("a whole number of seconds, 60 to 604800")
]


def _each(parse: Callable[[str], object]) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    def check(lines: tuple[str, ...]) -> tuple[str, ...]:
        for line in lines:
            parse(line)
        return lines

    return check


class SourceConfig(Table):
    """``[sources.<name>]``: where articles come from."""

    kind: Annotated[
        Literal["folder", "feed", "page", "push"],
        Expects('"folder", "feed", "page", or "push"'),
    ] = "folder"
    title: values.OptionalLine = ""
    """What readers are told where its articles are from; empty: what it calls itself."""

    path: values.Path = "articles"
    language: values.OptionalLanguage = ""
    """Of articles that do not say; empty: what the feed says, else the publication's."""

    topics: values.Topics = ()
    """Added to each article's own."""

    furniture: values.Lines = ()
    """Further lines of pasted pages that do not belong to the article, exactly as they stand."""

    keep: values.Lines = ()
    """Lines that are never taken for page furniture."""

    url: values.OptionalUrl = ""
    """Of the feed, or the page."""

    include: Annotated[values.Lines, AfterValidator(_each(parse_wanted))] = ()
    """Only articles with one of these words are taken; empty: all."""

    exclude: Annotated[values.Lines, AfterValidator(_each(parse_wanted))] = ()
    topic_map: Annotated[values.Lines, AfterValidator(_each(parse_topic))] = ()
    rewrite: Annotated[values.Lines, AfterValidator(_each(parse_rewrite))] = ()
    max_articles: Annotated[
        int, Field(ge=0, le=10_000), Expects("a whole number of articles, 0 to 10000")
    ] = 0
    """Of each look the newest so many; 0: all."""

    review: Annotated[bool, Expects("true or false")] = False
    """Whether new articles wait until somebody lets them in."""

    full_text: Annotated[bool, Expects("true or false")] = False
    """Whether the page is fetched where the feed has a summary only."""

    backfill_days: Annotated[
        int, Field(ge=0, le=3650), Expects("a whole number of days, 0 to 3650")
    ] = 2
    """What was published longer ago when it is first seen is not mailed."""

    min_interval_seconds: _Seconds = 600
    max_interval_seconds: _Seconds = 43_200

    @model_validator(mode="after")
    def _check(self) -> Self:
        allowed = {
            "folder": _OF_FOLDERS,
            "push": _OF_PUSHES,
        }.get(self.kind, _OF_UPSTREAM)
        others = {*_OF_FOLDERS, *_OF_UPSTREAM} - {*allowed}
        stray = sorted(name for name in others & self.model_fields_set if self._differs(name))
        if stray:
            raise ValueError(f'has {stray[0]}, which a source of kind "{self.kind}" does not have')
        if self.kind in {"feed", "page"} and not self.url:
            raise ValueError("needs a url")
        if self.max_interval_seconds < self.min_interval_seconds:
            raise ValueError("has a max_interval_seconds below its min_interval_seconds")
        return self

    def _differs(self, name: str) -> bool:
        return bool(getattr(self, name) != type(self).model_fields[name].default)

    @property
    def is_upstream(self) -> bool:
        """Whether others write it, and it has to be asked for news."""
        return self.kind in {"feed", "page"}

    @property
    def backfill(self) -> timedelta:
        """How old an article may be at first sight to be mailed."""
        return timedelta(days=self.backfill_days)

    def wanted(self) -> tuple[tuple[Wanted, ...], tuple[Wanted, ...]]:
        """Return the words of which an article must have one, and those it must not have."""
        include = tuple(parse_wanted(line) for line in self.include)
        return include, tuple(parse_wanted(line) for line in self.exclude)

    def topics_map(self) -> dict[str, str]:
        """Return their topics in small letters to ours; ``*`` for all that are not named."""
        return dict(parse_topic(line) for line in self.topic_map)

    def rewrites(self) -> tuple[Rewrite, ...]:
        """Return what is changed in each article, in order."""
        return tuple(parse_rewrite(line) for line in self.rewrite)
