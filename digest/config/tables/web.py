"""The pages that readers come to."""

from __future__ import annotations

from digest.config import values
from digest.config.tables.base import Table


class WebConfig(Table):
    """``[web]``: the pages that readers come to from mails."""

    url: values.OptionalBaseUrl = ""
    """Base of the unsubscribe, preferences, and view pages; empty: the publication's URL."""
