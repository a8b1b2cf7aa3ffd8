"""The preview's pages."""

from __future__ import annotations

import mimetypes
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from digest import tokens
from digest.errors import DigestError
from digest.rendering.fit import MAX_BYTES
from digest.rendering.wording import Wording
from digest.steps.compose import Composition, Rendition
from digest.steps.compose.proofs import SAMPLE_READER, SAMPLE_SUBSCRIPTION, proofs_of
from digest.tokens import Purpose
from digest.web.preview.desk import PreviewDesk
from digest.web.preview.staging import Stage, View, headers_of, in_scheme, policy_of

PUBLISHED = "/published/"
"""Where files of the publication's own folder are, so that pictures show before all is uploaded."""

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "frame-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_FRESH = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
_TYPES = {"css": "text/css", "js": "text/javascript"}


def make_preview(desk: PreviewDesk) -> ASGIApp:
    """Return the ASGI app that shows what *desk* has."""
    app = Starlette(
        routes=[
            Route("/", begin, methods=["GET"]),
            Route("/favicon.ico", icon, methods=["GET"]),
            Route("/-/events", events, methods=["GET"]),
            Route("/-/preview.{kind}", asset, methods=["GET"]),
            Route(PUBLISHED + "{path:path}", published, methods=["GET"]),
            Route("/{briefing}", shell, methods=["GET"]),
            Route("/{briefing}/mail", mail, methods=["GET"]),
            Route("/{briefing}/text", text, methods=["GET"]),
        ]
    )
    app.state.desk = desk
    return _OnlyHere(app)


class _OnlyHere:
    """Answers only those who name this machine: a page elsewhere whose name leads here does not."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            host = urlsplit(f"//{Request(scope).headers.get('host', '')}").hostname
            if host not in _HOSTS:
                refusal = PlainTextResponse("This is for this machine only.\n", 403)
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)


def begin(request: Request) -> Response:
    """Lead to the first briefing."""
    names = list(_desk(request).service.config.briefings)
    if not names:
        return PlainTextResponse("There is no briefing in the settings.\n", 404)
    return RedirectResponse(f"/{names[0]}", 307)


def icon(_request: Request) -> Response:
    """Answer that there is none: browsers ask by themselves."""
    return Response(status_code=204)


async def events(request: Request) -> Response:
    """Tell of every change, as server-sent events."""
    desk = _desk(request)

    async def told() -> AsyncIterator[str]:
        async for version in desk.changes():
            yield f"data: {version}\n\n"

    headers = {**_FRESH, "X-Accel-Buffering": "no"}
    return StreamingResponse(told(), media_type="text/event-stream", headers=headers)


def asset(request: Request) -> Response:
    """Answer with the style sheet or the script."""
    kind = request.path_params["kind"]
    if kind not in _TYPES:
        raise HTTPException(404)
    body = _desk(request).service.page_renderer.asset(f"preview/preview.{kind}")
    return Response(body, media_type=_TYPES[kind], headers=_FRESH)


def published(request: Request) -> Response:
    """Answer with a file of the folder that is published."""
    service = _desk(request).service
    folder = (service.root / service.config.publish.folder).resolve()
    path = (folder / request.path_params["path"]).resolve()
    if not path.is_relative_to(folder) or not path.is_file():
        raise HTTPException(404)
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return FileResponse(Path(path), media_type=kind, headers=_FRESH)


def shell(request: Request) -> Response:
    """Show the issue with all that is known of it around."""
    desk, name, stage = _desk(request), _briefing(request), _stage(request)
    config = desk.service.config
    found = desk.draft(name)
    values: dict[str, object] = {
        "name": name,
        "briefings": {key: item.title for key, item in config.briefings.items()},
        "stage": stage,
        "view": str(stage.view),
        "version": desk.version,
        "trouble": desk.trouble,
        "error": str(found) if isinstance(found, DigestError) else "",
        "reason": found if isinstance(found, str) else "",
        "sender": config.briefings[name].from_name,
        "issue": None,
        "wording": _wording(desk, name),
    }
    if isinstance(found, Composition):
        values["issue"] = _issue(desk, found, stage)
    html = desk.service.page_renderer.asset("preview/shell.html", **values)
    return HTMLResponse(html, headers={**_FRESH, "Content-Security-Policy": _POLICY})


def mail(request: Request) -> Response:
    """Answer with the mail's HTML, as the stage has it."""
    desk, stage = _desk(request), _stage(request)
    composition, rendition = _rendition(request)
    if not rendition.mail.html:
        said = _wording(desk, composition.briefing).phrase("preview_text_only")
        return PlainTextResponse(said, headers=_FRESH)
    html = rendition.mail.html.replace(composition.slot, _token(desk))
    html = html.replace(desk.service.config.publish.url, PUBLISHED)
    headers = {**_FRESH, "Content-Security-Policy": policy_of(has_images=stage.has_images)}
    return HTMLResponse(in_scheme(html, is_dark=stage.is_dark), headers=headers)


def text(request: Request) -> Response:
    """Answer with the mail's plain text."""
    composition, rendition = _rendition(request)
    body = rendition.mail.text.replace(composition.slot, _token(_desk(request)))
    return PlainTextResponse(body, headers=_FRESH)


def _issue(desk: PreviewDesk, found: Composition, stage: Stage) -> dict[str, object]:
    """Return what the page tells of an issue."""
    number = min(stage.variant, len(found.renditions) - 1)
    rendition = found.renditions[number]
    service = desk.service
    proof = proofs_of(service.config, service.keyring, found, service.clock.now())[number]
    return {
        "number": found.number,
        "subject": rendition.subject,
        "preheader": rendition.mail.preheader,
        "variants": [item.name for item in found.renditions],
        "variant": number,
        "articles": [item.title for item in rendition.content.articles],
        "waiting": [item.title for item in found.plan.waiting],
        "size": rendition.skeleton.size_bytes,
        "most": MAX_BYTES,
        "fitting": str(rendition.fitting),
        "counts_clicks": service.config.briefings[found.briefing].click_counts,
        "share": min(100, round(100 * rendition.skeleton.size_bytes / MAX_BYTES)),
        "findings": desk.findings(found),
        "headers": headers_of(proof.message) if stage.view is View.HEADERS else [],
        "text": proof.text if stage.view is View.TEXT else "",
        "reader": SAMPLE_READER,
    }


def _wording(desk: PreviewDesk, name: str) -> Wording:
    """Return what editors of the briefing are spoken to with: its own language."""
    service = desk.service
    briefing = service.config.briefings[name]
    return Wording(briefing.language, briefing.timezone, service.page_renderer.phrases)


def _desk(request: Request) -> PreviewDesk:
    return cast("PreviewDesk", request.app.state.desk)


def _stage(request: Request) -> Stage:
    return Stage.of(dict(request.query_params))


def _briefing(request: Request) -> str:
    name: str = request.path_params["briefing"]
    if name not in _desk(request).service.config.briefings:
        raise HTTPException(404)
    return name


def _rendition(request: Request) -> tuple[Composition, Rendition]:
    found = _desk(request).draft(_briefing(request))
    if not isinstance(found, Composition):
        raise HTTPException(404)
    return found, found.renditions[min(_stage(request).variant, len(found.renditions) - 1)]


def _token(desk: PreviewDesk) -> str:
    return tokens.make(desk.service.keyring, Purpose.UNSUBSCRIBE, SAMPLE_SUBSCRIPTION)
