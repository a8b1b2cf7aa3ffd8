"""How people subscribe by themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from digest.config import values
from digest.config.tables.base import Table
from digest.config.values import Expects


class SignupConfig(Table):
    """``[signup]``: the form, the mails that belong to it, and what is taken at most."""

    welcome: Annotated[bool, Expects("true or false")] = True
    """Whether those who confirmed get a mail that says so, with a link to the latest issue."""

    confirm_within_days: Annotated[
        int, Field(ge=1, le=30), Expects("a whole number of days, 1 to 30")
    ] = 7
    """How long the link in a confirmation mail works."""

    origins: values.Origins = ()
    """Other sites with a form that need no second click here, and may be returned to."""

    per_network_an_hour: Annotated[
        int, Field(ge=1, le=100_000), Expects("a whole number of requests, 1 to 100000")
    ] = 20
    """From one network: /24 of IPv4, /56 of IPv6."""

    per_domain_an_hour: Annotated[
        int, Field(ge=1, le=100_000), Expects("a whole number of requests, 1 to 100000")
    ] = 200
    """For addresses of one domain."""

    an_hour: Annotated[
        int, Field(ge=1, le=1_000_000), Expects("a whole number of requests, 1 to 1000000")
    ] = 1000
    """In all."""

    keep_days: Annotated[int, Field(ge=1, le=365), Expects("a whole number of days, 1 to 365")] = 30
    """How long what was asked for is kept: also addresses that nobody confirmed."""

    @property
    def confirm_within(self) -> timedelta:
        """How long the link in a confirmation mail works."""
        return timedelta(days=self.confirm_within_days)
