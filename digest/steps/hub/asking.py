"""Taking a request: written down before it is answered, and dealt with later."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from digest.config import Config
from digest.store import hub, pings
from digest.store.engine import Store
from digest.syndication.network import Allowed
from digest.syndication.websub import HubRequestError, parse_request

MAX_UNCONFIRMED = 100
"""Requests from one network that wait for their callbacks: there are never many for long."""

_USED_UP = {
    "network": "too many requests from your network wait for their callbacks; try again soon",
    "site": "there are too many subscriptions for the host of hub.callback",
    "total": "this hub has as many subscriptions as it takes",
}
_BUSY, _TOO_MANY = 503, 429


def ask(store: Store, config: Config, form: Mapping[str, str], network: str, now: datetime) -> None:
    """Write down what *form*, sent from *network*, asks the hub for.

    Raises:
        HubRequestError: if it is refused; the message is for its sender.
        StoreError: if it cannot be written.
    """
    with store.read() as tx:
        topics = pings.topics(tx)
    wanted = parse_request(form, topics.__contains__, Allowed.of(config.fetch.allow))
    request = hub.Request(
        mode=wanted.mode,
        topic=wanted.topic,
        callback=wanted.callback,
        site=wanted.site,
        asked_at=now,
        network=network,
        secret=wanted.secret,
        lease=wanted.lease,
    )
    limits = config.websub
    budgets = hub.Budgets(limits.max_subscriptions, limits.max_per_host, MAX_UNCONFIRMED)
    with store.write() as tx:
        used_up = hub.add_request(tx, request, budgets)
    if used_up:
        raise HubRequestError(_USED_UP[used_up], _BUSY if used_up == "total" else _TOO_MANY)
