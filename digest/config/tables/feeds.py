"""What is published, and where."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from digest.config import values
from digest.config.tables.base import Table
from digest.config.values import Expects


class PublishConfig(Table):
    """``[publish]``: where feeds are written."""

    folder: values.Path = "feeds"
    url: values.OptionalBaseUrl = ""
    """Where :attr:`folder` is reachable; empty: ``feeds/`` below the publication's URL."""

    every_minutes: Annotated[
        int, Field(ge=1, le=1440), Expects("a whole number of minutes, 1 to 1440")
    ] = 5


class FeedConfig(Table):
    """``[feeds.<name>]``: a selection of articles in three formats."""

    title: values.OptionalLine = ""
    """Empty: the publication's title, with the feed's name unless it is ``main``."""

    description: values.Text = ""
    """Empty: the publication's."""

    topics: values.Topics = ()
    """Only articles with one of these; empty: all."""

    exclude_topics: values.Topics = ()
    language: values.OptionalLanguage = ""
    """What the feed says of itself; empty: the publication's."""

    sources: values.Names = ()
    """Only articles from these; empty: all."""

    entries: Annotated[
        int, Field(ge=1, le=1000), Expects("a whole number of articles, 1 to 1000")
    ] = 50
    content: values.Content = "full"
