"""Today: what went out, what is due next, and what needs a person."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from digest.web.desk.frame import Area, page, screen


def show(request: Request) -> Response:
    """Show the day."""
    return page(request, "today.html", title="Today")


AREA = Area("today", "Today", "/", key="t", routes=(screen("/", show),))
