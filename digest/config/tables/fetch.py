"""How other people's servers are asked."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from digest.config.tables.base import Table
from digest.config.values import Expects

_PLACE = re.compile(r"(?P<host>[^\s/@:\[\]]+|\[[0-9A-Fa-f:.]+\])(:(?P<port>[0-9]{1,5}))?")
_MAX_PORT = 65_535


def check_allowed(value: tuple[str, ...]) -> tuple[str, ...]:
    """Return *value*, hosts with or without a port, as URLs name them."""
    for item in value:
        match = _PLACE.fullmatch(item)
        if not match or int(match["port"] or 0) > _MAX_PORT:
            raise ValueError(
                f'{item!r} must be a host, with or without a port, such as "10.0.0.5:8080"'
            )
    return tuple(item.lower() for item in value)


class FetchConfig(Table):
    """``[fetch]``: whatever Digest fetches from, or sends to, an address that others chose."""

    allow: Annotated[
        tuple[str, ...],
        Field(strict=False),
        AfterValidator(check_allowed),
        Expects('a list of hosts such as ["intranet", "10.0.0.5:8080"]'),
    ] = ()
    """Hosts that may be connected to though they are not public, or on other ports than 80 and
    443: ``host`` or ``host:port``."""
