"""What editors do with the links in their mails: look at an issue, and let it go, hold, or drop it.

Who has the link may decide; it is signed, is one editor's own, and ends with the issue's use
(security.md 3). Link scanners open links: only the button changes anything (security.md 4).
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from digest.errors import DigestError
from digest.model import Decision
from digest.steps import approval
from digest.steps.approval import Asked
from digest.web.headers import FROZEN_POLICY
from digest.web.readers_forms import form_of
from digest.web.responses import PRIVATE, in_thread, page, service_of
from digest.wiring import Service


def routes(service: Service) -> list[BaseRoute]:
    """Return the pages for editors; none where no briefing has any."""
    if not any(briefing.approval_editors for briefing in service.config.briefings.values()):
        return []
    return [
        Route("/approve/{token}/issue", show_issue, methods=["GET"]),
        Route("/approve/{token}", show, methods=["GET"]),
        Route("/approve/{token}", decide, methods=["POST"]),
        Route("/approve/{token}/{wish}", show, methods=["GET"]),
    ]


def show(request: Request) -> Response:
    """Show the issue, and the button that the link was for; nothing is changed."""
    found = _asked(request)
    if found is None:
        return _unknown(request)
    wish = request.path_params.get("wish", "")
    if wish not in {"", *Decision}:
        raise HTTPException(404)
    return _page(request, found, wish=wish)


async def decide(request: Request) -> Response:
    """Do what the button says."""
    form = await form_of(request)
    found = await in_thread(_asked, request)
    if found is None:
        return _unknown(request)
    wanted = form.first("decision")
    if wanted not in set(Decision):
        raise HTTPException(422)
    service = service_of(request)
    try:
        await in_thread(
            approval.decide,
            service.store,
            found.issue.id,
            Decision(wanted),
            found.editor.email,
            now=service.clock.now(),
        )
    except DigestError as error:
        return _page(request, found, problem=str(error), status_code=409)
    again = await in_thread(_asked, request)
    return _page(request, again or found, done=wanted)


def show_issue(request: Request) -> Response:
    """Show the issue as readers get it, with links that are nobody's."""
    found = _asked(request)
    if found is None:
        return _unknown(request)
    service = service_of(request)
    with service.store.read() as tx:
        html, text = approval.preview_of(tx, service.keyring, found.issue)
    headers = {"Cache-Control": PRIVATE, "X-Robots-Tag": "noindex"}
    if not html:
        return PlainTextResponse(text, headers=headers)
    return HTMLResponse(html, headers={**headers, "Content-Security-Policy": FROZEN_POLICY})


def _asked(request: Request) -> Asked | None:
    service, token = service_of(request), request.path_params["token"]
    now = service.clock.now()
    return approval.look(service.store, service.config, service.keyring, token, now=now)


def _page(
    request: Request,
    found: Asked,
    *,
    wish: str = "",
    done: str = "",
    problem: str = "",
    status_code: int = 200,
) -> Response:
    service = service_of(request)
    briefing = service.config.briefing(found.issue.briefing)
    zone = ZoneInfo(briefing.timezone)
    release = found.release
    deadline = release.deadline_at if release else None
    return page(
        request,
        "approval/decide.html",
        status_code=status_code,
        language=briefing.language,
        briefing=briefing.title,
        issue=found.issue,
        articles=found.articles,
        findings=found.findings,
        release=release,
        send_at=f"{release.send_at.astimezone(zone):%H:%M, %Y-%m-%d}" if release else "",
        deadline=f"{deadline.astimezone(zone):%H:%M}" if deadline else "",
        zone=briefing.timezone,
        token=request.path_params["token"],
        wish=wish,
        done=done,
        problem=problem,
        is_over=found.issue.finished_at is not None,
    )


def _unknown(request: Request) -> Response:
    return page(request, "approval/unknown.html", status_code=404)
