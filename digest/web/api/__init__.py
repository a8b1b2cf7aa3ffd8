"""The API, version 1, at ``/api/v1``: JSON for programs that hold a token.

While there is no token that is good, there is no API: everything answers 404.
"""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from digest.web.api import articles, issues, openapi, people
from digest.web.api.door import Door
from digest.web.api.problems import ProblemError
from digest.wiring import Service

BASE = "api/v1"
OPERATIONS = (*articles.OPERATIONS, *people.OPERATIONS, *issues.OPERATIONS)

_UNLIMITED = 2**40
"""Bodies are limited where they are read, so that it is told as everything else is."""


def routes(service: Service) -> list[BaseRoute]:
    """Return the API."""
    door = Door(service)

    async def described(_request: Request) -> Response:
        try:
            await door.require_open()
        except ProblemError as problem:
            return problem.response()
        return JSONResponse(
            openapi.document(
                OPERATIONS,
                title=service.config.publication.title,
                url=f"{service.config.web.url}{BASE}",
            )
        )

    app = Starlette(
        routes=[
            Route("/openapi.json", described, methods=["GET"]),
            *(
                Route(item.path, door.endpoint(item), methods=[item.method], name=item.name)
                for item in OPERATIONS
            ),
        ],
        exception_handlers={HTTPException: _on_http_error},
    )
    app.router.redirect_slashes = False
    app.state.door = door
    return [Mount(f"/{BASE}", app=app, max_body_size=_UNLIMITED)]


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    try:
        await request.app.state.door.require_open()
    except ProblemError as problem:
        return problem.response()
    words = {404: "there is nothing here", 405: "this cannot be done here"}
    detail = words.get(error.status_code, error.detail)
    return ProblemError(error.status_code, detail, headers=dict(error.headers or {})).response()
