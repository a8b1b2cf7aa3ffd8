"""What all tables of config.toml share."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Table(BaseModel):
    """Base of all tables: unchangeable, and without keys that nobody reads."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
