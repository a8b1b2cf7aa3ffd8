"""WebSub: telling others at once what is new."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from digest.config.tables.base import Table
from digest.config.values import Expects, check_url


def check_hubs(value: tuple[str, ...]) -> tuple[str, ...]:
    """Return *value*, absolute http(s) URLs, each once."""
    return tuple(dict.fromkeys(check_url(item) for item in value))


class WebSubConfig(Table):
    """``[websub]``: the hubs that feeds name, and what the one of our own takes."""

    hub: Annotated[Literal["", "self"], Expects('"self" (digest run is a hub), or "" for none')] = (
        ""
    )
    """``self``: the web server is a hub for the feeds, at ``hub`` below the site."""

    hubs: Annotated[
        tuple[str, ...],
        Field(strict=False),
        AfterValidator(check_hubs),
        Expects('a list of URLs such as ["https://hub.example.org/"]'),
    ] = ()
    """Hubs of others, which are told when a feed has changed."""

    max_subscriptions: Annotated[
        int, Field(ge=1, le=1_000_000), Expects("a whole number of subscriptions, 1 to 1000000")
    ] = 10_000
    max_per_host: Annotated[
        int, Field(ge=1, le=1_000_000), Expects("a whole number of subscriptions, 1 to 1000000")
    ] = 300
    """Of :attr:`max_subscriptions`, whose callbacks are on one host."""

    drop_after_days: Annotated[
        int, Field(ge=1, le=30), Expects("a whole number of days, 1 to 30")
    ] = 3
    """A subscriber that took nothing for so long is given up."""

    connections: Annotated[
        int, Field(ge=1, le=100), Expects("a whole number of connections, 1 to 100")
    ] = 10
    """How many subscribers are sent to at once; as many others can be asked meanwhile."""

    @property
    def drop_after(self) -> timedelta:
        """:attr:`drop_after_days` as a duration."""
        return timedelta(days=self.drop_after_days)
