"""Where the service keeps what it knows, and what it says while running."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from digest.config import values
from digest.config.tables.base import Table
from digest.config.values import Expects


class DatabaseConfig(Table):
    """``[database]``: where everything is kept."""

    url: Annotated[values.DatabaseUrl, Field(repr=False)] = "sqlite:///state/digest.sqlite3"
    """``sqlite:///path`` or ``postgresql://…``; a password in it only by environment."""

    journal_days: Annotated[
        int, Field(ge=1, le=3650), Expects("a whole number of days, 1 to 3650")
    ] = 30
    """How long the journal beside the database keeps what happened: how old a backup may be that
    is restored."""


class SecretsConfig(Table):
    """``[secrets]``: the key that signs links."""

    key_file: values.Path = "state/secret.key"
    """Made at first start; see ``digest/keyfile.py`` for what it holds."""

    key: values.Secret = None
    """Instead of the file; by environment only (``DIGEST_SECRETS__KEY``)."""


class LogConfig(Table):
    """``[log]``: what is said while running."""

    level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Expects('"debug", "info", "warning", or "error"'),
    ] = "info"
    format: Annotated[
        Literal["console", "json"], Expects('"console" (for people) or "json" (a line each)')
    ] = "console"
