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
