"""Where articles come from."""

from __future__ import annotations

from typing import Annotated, Literal

from digest.config import values
from digest.config.tables.base import Table
from digest.config.values import Expects


class SourceConfig(Table):
    """``[sources.<name>]``: where articles come from."""

    kind: Annotated[Literal["folder"], Expects('"folder"')] = "folder"
    path: values.Path = "articles"
    language: values.OptionalLanguage = ""
    """Of articles that do not say; empty: the publication's."""

    topics: values.Topics = ()
    """Added to each article's own."""

    furniture: values.Lines = ()
    """Further lines of pasted pages that do not belong to the article, exactly as they stand."""

    keep: values.Lines = ()
    """Lines that are never taken for page furniture."""
