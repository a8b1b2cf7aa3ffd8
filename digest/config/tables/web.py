"""The pages that readers come to."""

from __future__ import annotations

from digest.config import values
from digest.config.tables.base import Table


class WebConfig(Table):
    """``[web]``: the pages that readers come to from mails."""

    url: values.OptionalBaseUrl = ""
    """Base of the site's pages, also of unsubscribing and preferences; empty: the publication's."""

    listen: values.OptionalListen = ""
    """Where ``digest run`` serves the pages, as ``host:port``; empty: it serves none."""

    trusted_proxies: values.Networks = ()
    """Addresses and networks of reverse proxies whose ``X-Forwarded-For`` and ``-Proto`` count."""

    metrics_from: values.Networks = ("127.0.0.1", "::1")
    """Addresses and networks that may read ``/metrics``."""
