"""What is published, and where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from digest.config import values
from digest.config.tables.base import Table
from digest.config.values import Expects, check_line, check_url


def check_published_path(value: str) -> str:
    """Return *value* if it names a document below the published folder."""
    value = check_line(value)
    parts = value.split("/")
    if any(part in {"", ".", ".."} for part in parts) or set(value) & set("?#\\"):
        raise ValueError(f"{value!r} must be a path below the feeds, such as old/rss.xml")
    return value


def check_new_place(value: str) -> str:
    """Return *value* if it is a path below the published folder, or a URL elsewhere."""
    return check_url(value) if ":" in value else check_published_path(value)


PublishedPath = Annotated[str, AfterValidator(check_published_path)]
NewPlace = Annotated[str, AfterValidator(check_new_place)]


class PublishConfig(Table):
    """``[publish]``: where feeds are written."""

    folder: values.Path = "feeds"
    url: values.OptionalBaseUrl = ""
    """Where :attr:`folder` is reachable; empty: ``feeds/`` below the publication's URL."""

    every_minutes: Annotated[
        int, Field(ge=1, le=1440), Expects("a whole number of minutes, 1 to 1440")
    ] = 5
    topic_feeds: Annotated[bool, Expects("true or false")] = False
    """Whether each topic gets a feed of its own, ``topics/<topic>/``, like ``main`` otherwise."""

    watch: Annotated[bool, Expects("true or false")] = True
    """Whether ``digest run`` watches the folders of articles, and publishes what is saved at once;
    else it looks at them every 30 seconds."""

    moved: Annotated[
        Mapping[PublishedPath, NewPlace],
        Expects('a table such as { "old/rss.xml" = "world/rss.xml" }'),
    ] = Field(default_factory=dict)
    """Documents that have another address now: path below :attr:`url` → path, or URL."""

    gone: Annotated[
        tuple[PublishedPath, ...],
        Field(strict=False),
        Expects('a list of paths such as ["old/rss.xml"]'),
    ] = ()
    """Documents that are no more and were not replaced."""


class FeedConfig(Table):
    """``[feeds.<name>]``: a selection of articles in three formats."""

    kind: Annotated[
        Literal["articles", "issues"],
        Expects('"articles", or "issues" (each entry an issue of a briefing)'),
    ] = "articles"
    briefing: values.OptionalName = ""
    """Whose issues, with :attr:`kind` ``issues``."""

    title: values.OptionalLine = ""
    """Empty: the publication's title, with the feed's name unless it is ``main``."""

    description: values.Text = ""
    """Empty: the publication's."""

    topics: values.Topics = ()
    """Only articles with one of these; empty: all."""

    exclude_topics: values.Topics = ()
    authors: values.Lines = ()
    """Only articles by one of these; empty: all."""

    languages: Annotated[
        tuple[values.Language, ...],
        Field(strict=False),
        Expects('a list of language tags such as ["en", "de-CH"]'),
    ] = ()
    """Only articles in one of these, ``de`` for ``de-CH`` too; empty: all."""

    pinned: Annotated[bool, Expects("true or false")] = False
    """Only pinned articles."""

    language: values.OptionalLanguage = ""
    """What the feed says of itself; empty: the publication's."""

    sources: values.Names = ()
    """Only articles from these; empty: all."""

    entries: Annotated[
        int, Field(ge=1, le=1000), Expects("a whole number of articles, 1 to 1000")
    ] = 50
    """How many the current document holds, as long as there are as many; see :attr:`archive`."""

    min_days: Annotated[int, Field(ge=0, le=3650), Expects("a whole number of days, 0 to 3650")] = 0
    """What is newer than this stays, however many there are."""

    max_bytes: Annotated[
        int, Field(ge=0, le=100_000_000), Expects("a whole number of bytes, 0 for no limit")
    ] = 2_000_000
    """Of the current document in any format; the oldest leave first, whatever the others say."""

    archive: Annotated[bool, Expects("true or false")] = True
    """Whether what leaves the current document goes into archive documents (RFC 5005)."""

    archive_entries: Annotated[
        int, Field(ge=0, le=1000), Expects("a whole number of articles, 1 to 1000, or 0")
    ] = 0
    """Of an archive document; they leave the current one together. 0: as :attr:`entries`."""

    content: values.Content = "full"

    podcast: Annotated[bool, Expects("true or false")] = False
    """Whether podcast programs shall take the feed for a podcast: the keys below count then."""

    podcast_guid: values.OptionalLine = ""
    """Empty: made from the feed's address, as the podcast namespace says."""

    podcast_author: values.OptionalLine = ""
    """Empty: the publication's author."""

    podcast_owner_name: values.OptionalLine = ""
    podcast_owner_email: values.OptionalAddress = ""
    podcast_image: values.Logo = ""
    """Empty: the publication's logo."""

    podcast_categories: values.Lines = ()
    """Apple's, the finer one after " > "."""

    podcast_explicit: Annotated[bool, Expects("true or false")] = False
    podcast_type: Annotated[Literal["episodic", "serial"], Expects('"episodic" or "serial"')] = (
        "episodic"
    )
    podcast_locked: Annotated[bool, Expects("true or false")] = False
    podcast_medium: Annotated[
        Literal["podcast", "music", "video", "film", "audiobook", "newsletter", "blog"],
        Expects('"podcast", "music", "video", "film", "audiobook", "newsletter", or "blog"'),
    ] = "podcast"

    @property
    def page_entries(self) -> int:
        """How many articles leave the current document together."""
        return self.archive_entries or self.entries if self.archive else 1
