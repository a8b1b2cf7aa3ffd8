"""Feeds of single subscribers, at addresses that only they have."""

from __future__ import annotations

from hashlib import sha256

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from digest.config import FORMATS, PRIVATE_FOLDER
from digest.steps.private_feed import private_feed
from digest.syndication import served
from digest.web.negotiation import is_not_modified
from digest.web.responses import service_of
from digest.wiring import Service

_TAG_DIGITS = 24
_UNLISTED = {"X-Robots-Tag": "noindex, nofollow"}


def routes(service: Service) -> list[BaseRoute]:
    """Return what answers for them, if the settings allow them."""
    if not service.config.web.private_feeds:
        return []
    return [Route(f"/{PRIVATE_FOLDER}/{{token}}/{{name}}", _answer, methods=["GET"])]


def _answer(request: Request) -> Response:
    service, name = service_of(request), request.path_params["name"]
    if name not in FORMATS:
        raise HTTPException(404)
    found = private_feed(
        service.store,
        service.config,
        service.keyring,
        request.path_params["token"],
        now=service.clock.now(),
    )
    if found is None:
        raise HTTPException(404)
    if found.documents is None:
        private = {"Cache-Control": "private, no-store", **_UNLISTED}
        return PlainTextResponse(served.ENDED, 410, private)
    documents = found.documents
    body = dict(zip(FORMATS, (documents.rss, documents.atom, documents.json), strict=True))[name]
    tag = sha256(body).hexdigest()[:_TAG_DIGITS]
    headers = {
        "Cache-Control": f"private, max-age={service.config.publish.every_minutes * 60}",
        "Content-Security-Policy": served.FIXED["Content-Security-Policy"],
        "Content-Type": served.MEDIA_TYPES[name],
        "ETag": f'"{tag}"',
        **_UNLISTED,
    }
    none_match = request.headers.get("if-none-match")
    # There is no moment at which it last changed: what its subscriber chose decides as well.
    if none_match is not None and is_not_modified(none_match, None, [tag], service.clock.now()):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers)
