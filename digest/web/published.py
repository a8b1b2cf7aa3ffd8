"""Pictures and recordings of the published folder, where it lies below the site.

The feeds' documents are answered before, from memory; see :mod:`digest.web.feeds`.
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path, PurePosixPath

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from digest import files
from digest.steps.publish import MEDIA_FOLDER
from digest.wiring import Service

FOR_GOOD = "public, max-age=31536000, immutable"

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}")
"""Of a picture or recording: never a hidden file, never a path."""


def routes(service: Service) -> list[BaseRoute]:
    """Return what answers below ``[publish] url``, if that is below the site."""
    config = service.config
    if not config.publish.url.startswith(config.web.url):
        return []
    prefix = "/" + config.publish.url.removeprefix(config.web.url)
    folder = service.root / config.publish.folder / MEDIA_FOLDER
    return [Route(f"{prefix}{MEDIA_FOLDER}/{{name}}", partial(_media, folder=folder))]


def _media(request: Request, *, folder: Path) -> Response:
    """Answer with the file of that name, or parts of it; the name holds a hash of the content."""
    name = request.path_params["name"]
    path = files.inside(folder, PurePosixPath(name)) if _NAME.fullmatch(name) else None
    if path is None or not path.is_file():
        raise HTTPException(404)
    return FileResponse(
        path, headers={"Cache-Control": FOR_GOOD}, content_disposition_type="inline"
    )
