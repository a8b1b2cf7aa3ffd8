"""The public pages: whatever :class:`digest.steps.site.Site` has at an address."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from digest.steps.site import Answer
from digest.web.headers import FROZEN_POLICY, content_policy
from digest.web.responses import in_thread, site_of
from digest.wiring import Service

FIXED = "public, max-age=31536000, immutable"
FRESH = "public, max-age=60, stale-while-revalidate=600"
"""A page may be a minute old, so that a proxy in front takes the load of a rush."""

SMALL_BYTES = 512
"""What is smaller is not worth compressing."""


def routes(_service: Service) -> list[BaseRoute]:
    """Return what answers every address that no other area has."""
    return [Route("/{path:path}", show, methods=["GET"])]


async def show(request: Request) -> Response:
    """Answer with what stands at the request's path."""
    site, path = site_of(request), request.path_params["path"]
    answer = site.at_hand(path) or await in_thread(site.answer, path)
    if answer is None:
        raise HTTPException(404)
    headers = {"Cache-Control": FIXED if answer.is_fixed else FRESH, "Vary": "Accept-Encoding"}
    if answer.location:
        return Response(status_code=answer.status, headers={**headers, "Location": answer.location})
    if answer.is_frozen_mail:
        headers["Content-Security-Policy"] = FROZEN_POLICY
    elif answer.media_from:
        headers["Content-Security-Policy"] = content_policy(answer.media_from)
    headers["ETag"] = etag = f'W/"{answer.digest}"'
    if answer.is_page and etag in _tags(request):
        return Response(status_code=304, headers=headers)
    body = _encoded(request, answer, headers)
    headers["Content-Type"] = answer.media_type
    return Response(body, answer.status, headers)


def _tags(request: Request) -> set[str]:
    """Return the entity tags that the reader has (RFC 9110, section 13.1.2)."""
    told = request.headers.get("if-none-match", "")
    return {tag.strip() for tag in told.split(",")}


def _encoded(request: Request, answer: Answer, headers: dict[str, str]) -> bytes:
    """Return the body, compressed if the reader takes that; *headers* then say so."""
    if len(answer.body) < SMALL_BYTES or "gzip" not in request.headers.get("accept-encoding", ""):
        return answer.body
    headers["Content-Encoding"] = "gzip"
    return answer.compressed
