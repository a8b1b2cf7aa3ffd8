"""The pages that readers come to."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from digest.config import values
from digest.config.tables.base import Table
from digest.config.values import Expects


class WebConfig(Table):
    """``[web]``: the pages that readers come to from mails."""

    url: values.OptionalBaseUrl = ""
    """Base of the site's pages, also of unsubscribing and preferences; empty: the publication's."""

    site: Annotated[
        Literal["served", "static"],
        Expects('"served" (by digest run) or "static" (files beside the feeds as well)'),
    ] = "served"
    """``static``: publishing writes all pages into the feeds' folder, which is then the site."""

    listen: values.OptionalListen = ""
    """Where ``digest run`` serves the pages, as ``host:port``; empty: it serves none."""

    trusted_proxies: values.Networks = ()
    """Addresses and networks of reverse proxies whose ``X-Forwarded-For`` and ``-Proto`` count."""

    metrics_from: values.Networks = ("127.0.0.1", "::1")
    """Addresses and networks that may read ``/metrics``."""

    census_days: Annotated[
        int, Field(ge=0, le=3650), Expects("a whole number of days, 0 to 3650; 0 for none")
    ] = 90
    """How long it is kept how many read the feeds; 0: nobody counts."""

    private_feeds: Annotated[bool, Expects("true or false")] = False
    """Whether subscribers can have a feed of their own (`digest subscribers feed`)."""

    api_requests_a_minute: Annotated[
        int, Field(ge=1, le=100_000), Expects("a whole number of requests, 1 to 100000")
    ] = 300
    """What each token of the API may ask (`digest tokens`)."""
