"""Files of the published folder, where it lies below the site: feeds, pictures, recordings."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path, PurePosixPath

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from digest import files
from digest.config import MAIN_FEED
from digest.steps.publish import MEDIA_FOLDER
from digest.wiring import Service

DOCUMENTS = {
    "rss.xml": "application/rss+xml; charset=utf-8",
    "atom.xml": "application/atom+xml; charset=utf-8",
    "feed.json": "application/feed+json; charset=utf-8",
}
LIST = ("feeds.opml", "text/x-opml; charset=utf-8")
FOR_GOOD = "public, max-age=31536000, immutable"
FOR_NOW = "public, max-age=60"

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}")
"""Of a picture or recording: never a hidden file, never a path."""


def routes(service: Service) -> list[BaseRoute]:
    """Return what answers below ``[publish] url``, if that is below the site."""
    config = service.config
    if not config.publish.url.startswith(config.web.url):
        return []
    prefix = "/" + config.publish.url.removeprefix(config.web.url)
    folder = service.root / config.publish.folder
    documents = {LIST[0]: LIST[1]}
    for feed in config.feeds:
        base = "" if feed == MAIN_FEED else f"{feed}/"
        documents |= {f"{base}{name}": kind for name, kind in DOCUMENTS.items()}
    return [
        *(
            Route(prefix + name, partial(_document, folder=folder, name=name, media_type=kind))
            for name, kind in documents.items()
        ),
        Route(f"{prefix}{MEDIA_FOLDER}/{{name}}", partial(_media, folder=folder / MEDIA_FOLDER)),
    ]


def _document(_request: Request, *, folder: Path, name: str, media_type: str) -> Response:
    return _file(folder, name, media_type, FOR_NOW)


def _media(request: Request, *, folder: Path) -> Response:
    name = request.path_params["name"]
    if not _NAME.fullmatch(name):
        raise HTTPException(404)
    # Its name holds the hash of its content.
    return _file(folder, name, None, FOR_GOOD)


def _file(folder: Path, name: str, media_type: str | None, caching: str) -> Response:
    path = files.inside(folder, PurePosixPath(name))
    if path is None or not path.is_file():
        raise HTTPException(404)
    return FileResponse(
        path,
        media_type=media_type,
        headers={"Cache-Control": caching},
        content_disposition_type="inline",
    )
