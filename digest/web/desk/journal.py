"""What was done at the desk: who, when, what."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from digest.steps import desk
from digest.web.desk.frame import Area, page, screen, service_of

_PAGE = 50


def show(request: Request) -> Response:
    """Show the log, newest first."""
    query = request.query_params
    text = query.get("before", "")
    before = int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0  # noqa: PLR2004 - a BIGINT
    who, about = query.get("who", ""), query.get("about", "")
    with service_of(request).store.read() as tx:
        found = desk.what_was_done(tx, before=before, who=who, about=about, limit=_PAGE + 1)
    return page(
        request,
        "log.html",
        title="Log",
        actions=found[:_PAGE],
        more=found[_PAGE - 1].id if len(found) > _PAGE else 0,
        who=who,
        about=about,
    )


AREA = Area("log", "Log", "/log", key="l", routes=(screen("/log", show),))
