"""The page that tells the keys."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from digest.web.desk.frame import Area, page, screen


def show(request: Request) -> Response:
    """Show which keys do what."""
    return page(request, "keys.html", title="Keys")


AREA = Area("keys", "Keys", "/keys", is_listed=False, routes=(screen("/keys", show),))
