"""The public pages: whatever :class:`digest.steps.site.Site` has at an address."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from digest.web.responses import site_of
from digest.wiring import Service

FIXED = "public, max-age=31536000, immutable"


def routes(_service: Service) -> list[BaseRoute]:
    """Return what answers every address that no other area has."""
    return [Route("/{path:path}", show, methods=["GET"])]


def show(request: Request) -> Response:
    """Answer with the page at the request's path."""
    answer = site_of(request).answer(request.path_params["path"])
    if answer is None:
        raise HTTPException(404)
    return Response(answer.body, answer.status, media_type=answer.media_type)
