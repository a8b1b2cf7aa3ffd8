"""Pictures and recordings of the published folder, where it lies below the site.

The feeds themselves are answered from memory: see :mod:`digest.web.feeds`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePosixPath

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from digest import files
from digest.steps.publish import MEDIA_FOLDER
from digest.syndication.served import MEDIA
from digest.web.negotiation import http_date, is_not_modified
from digest.wiring import Service

FOR_GOOD = MEDIA["Cache-Control"]

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}")
"""Of a picture or recording: never a hidden file, never a path."""

_RANGES = re.compile(
    r"bytes=[ \t]*(\d{1,18}-\d{0,18}|-\d{1,18})([ \t]*,[ \t]*(\d{1,18}-\d{0,18}|-\d{1,18}))*"
)


def routes(service: Service) -> list[BaseRoute]:
    """Return what answers below ``[publish] url``, if that is below the site."""
    config = service.config
    if not config.publish.url.startswith(config.web.url):
        return []
    prefix = "/" + config.publish.url.removeprefix(config.web.url)
    folder = service.root / config.publish.folder / MEDIA_FOLDER
    return [Route(f"{prefix}{MEDIA_FOLDER}/{{name}}", partial(_media, folder=folder))]


def _media(request: Request, *, folder: Path) -> Response:
    """Return a file, or the range of it that is asked for (RFC 9110, 14)."""
    name = request.path_params["name"]
    path = files.inside(folder, PurePosixPath(name)) if _NAME.fullmatch(name) else None
    if path is None or not path.is_file():
        raise HTTPException(404)
    modified = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
    # Its name begins with the hash of its content: another content is another name.
    headers = {
        "Cache-Control": FOR_GOOD,
        "ETag": f'"{name}"',
        "Last-Modified": http_date(modified),
        "Access-Control-Allow-Origin": "*",
    }
    asked = request.headers
    has_copy = is_not_modified(
        asked.get("if-none-match"), asked.get("if-modified-since"), [name], modified
    )
    if has_copy:
        return Response(status_code=304, headers=headers)
    _drop_idle_range(request)
    return FileResponse(path, headers=headers, content_disposition_type="inline")


def _drop_idle_range(request: Request) -> None:
    """Take a range off *request* where it has no meaning: what was asked for is the whole file.

    RFC 9110, 14.2: with any other method than GET, in other units than bytes, or if it is none.
    """
    asked = request.headers.get("range")
    if asked is None or (request.method == "GET" and _RANGES.fullmatch(asked)):
        return
    request.scope["headers"] = [
        (name, value) for name, value in request.scope["headers"] if name != b"range"
    ]
