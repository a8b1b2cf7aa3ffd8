"""The desk's style sheet, script, and icon: our own files, kept by browsers as long as they fit."""

from __future__ import annotations

import hashlib

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from digest.rendering.pages import PageRenderer

_TYPES = {"desk.css": "text/css", "desk.js": "text/javascript", "icon.svg": "image/svg+xml"}


class Assets:
    """Knows the files, and at which address each is."""

    def __init__(self, renderer: PageRenderer) -> None:
        """Read them."""
        self._bodies = {name: renderer.asset(name).encode() for name in _TYPES}

    def link(self, name: str) -> str:
        """Return where the file is; another address when it is another file."""
        return f"/-/{name}?{hashlib.sha256(self._bodies[name]).hexdigest()[:12]}"

    async def answer(self, request: Request) -> Response:
        """Answer with the file that the path names. Nothing in it is secret."""
        name = request.path_params["name"]
        if name not in self._bodies:
            raise HTTPException(404)
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(self._bodies[name], media_type=_TYPES[name], headers=headers)
