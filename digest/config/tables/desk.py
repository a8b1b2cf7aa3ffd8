"""The desk of operators and editors."""

from __future__ import annotations

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from digest.config import values
from digest.config.tables.base import Table
from digest.config.tables.sending import LOOPBACK
from digest.config.values import Expects


class DeskConfig(Table):
    """``[desk]``: the web app of those who run the publication. On once it has an account."""

    listen: values.OptionalListen = "127.0.0.1:8026"
    """Where ``digest run`` serves the desk, as ``host:port``; empty: not at all."""

    url: values.OptionalBaseUrl = ""
    """Its address behind a reverse proxy with https, a host of its own; empty: none but loopback.
    """

    idle_minutes: Annotated[
        int, Field(ge=5, le=1440), Expects("a whole number of minutes, 5 to 1440")
    ] = 120
    """After so long without a request one has to sign in again."""

    session_hours: Annotated[
        int, Field(ge=1, le=168), Expects("a whole number of hours, 1 to 168")
    ] = 12
    """After so long one has to sign in again in any case."""

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        host = self.listen.rpartition(":")[0].strip("[]")
        if self.listen and host not in LOOPBACK and not self.url:
            raise ValueError(
                "the desk answers on this machine only, unless url says the https address that a "
                "reverse proxy has for it"
            )
        if self.url:
            parts = urlsplit(self.url)
            if parts.scheme != "https" or parts.path != "/":
                raise ValueError('url must be https and a host of its own: "https://desk.example/"')
        return self
