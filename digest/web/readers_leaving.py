"""Leaving: the link that every mail carries, for mail programs (RFC 8058) and for people."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from digest.model import Subscription
from digest.steps import readers
from digest.steps.readers import Left
from digest.web.readers_forms import form_of, network_of
from digest.web.responses import PRIVATE, in_thread, page, service_of
from digest.wiring import Service

ONE_CLICK = "List-Unsubscribe"
"""The field by which a mail program says that its user pressed "unsubscribe"."""


def routes(_service: Service) -> list[BaseRoute]:
    """Return the pages for leaving."""
    return [
        Route("/unsubscribe", show_help, methods=["GET"]),
        Route("/unsubscribe/{token}", show, methods=["GET"]),
        Route("/unsubscribe/{token}", leave, methods=["POST"]),
        Route("/resubscribe", undo, methods=["POST"]),
    ]


def show_help(request: Request) -> Response:
    """Show how to leave without a link."""
    return page(request, "readers/links.html", token="", problem="unknown")


def show(request: Request) -> Response:
    """Show the button; nothing is changed."""
    service, token = service_of(request), request.path_params["token"]
    found = readers.left_by(service.store, service.keyring, token, now=service.clock.now())
    if found is None:
        return _unknown(request)
    return page(
        request,
        "readers/leave.html",
        language=found.subscriber.language,
        briefing=title_of(service, found),
        token=token,
    )


async def leave(request: Request) -> Response:
    """End the subscription. Answers 200 however often, and never sends anybody elsewhere."""
    service, token = service_of(request), request.path_params["token"]
    form = await form_of(request, is_lenient=True)
    is_one_click = bool(form.first(ONE_CLICK))
    left = await in_thread(
        readers.unsubscribe_by_token,
        service.store,
        service.keyring,
        token,
        method="one-click" if is_one_click else "page",
        now=service.clock.now(),
        network=network_of(request),
    )
    if left is None:
        return _unknown(request)
    if is_one_click:
        return PlainTextResponse("Unsubscribed.\n", headers={"Cache-Control": PRIVATE})
    return page(
        request,
        "readers/left.html",
        language=left.language,
        briefing=title_of(service, left),
        undo=left.undo,
    )


async def undo(request: Request) -> Response:
    """Take back what was pressed by mistake."""
    service, form = service_of(request), await form_of(request)
    back = await in_thread(
        readers.undo,
        service.store,
        service.keyring,
        form.first("token"),
        now=service.clock.now(),
        network=network_of(request),
    )
    if back is None:
        return page(request, "readers/links.html", status_code=410, token="", problem="stale")
    return page(
        request,
        "readers/done.html",
        language=back.language,
        phrase="undone",
        hint="",
        briefing=title_of(service, back),
    )


def title_of(service: Service, found: Left | Subscription) -> str:
    """Return the title of a subscription's briefing, or its name if it is no longer there."""
    settings = service.config.briefings.get(found.briefing)
    return settings.title if settings else found.briefing


def _unknown(request: Request) -> Response:
    return page(request, "readers/links.html", status_code=404, token="", problem="unknown")
