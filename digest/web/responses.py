"""What endpoints answer with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ParamSpec, TypeVar, cast

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from digest.steps.site import Site
from digest.wiring import Service

P = ParamSpec("P")
T = TypeVar("T")

PRIVATE = "private, no-store"
"""Cache-Control of what is meant for one reader."""


def service_of(request: Request) -> Service:
    """Return the publication that *request* is for."""
    return cast("Service", request.app.state.service)


def site_of(request: Request) -> Site:
    """Return the site that *request* is for."""
    return cast("Site", request.app.state.site)


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what *function* returns, run where it may block: all that uses the store does."""
    return await run_in_threadpool(function, *args, **kwargs)


async def only_post(_: Request) -> Response:
    """Answer a look at an address that only takes what is sent to it (RFC 9110, 15.5.6)."""
    raise HTTPException(405, headers={"Allow": "POST"})


def page(
    request: Request,
    template: str,
    /,
    *,
    status_code: int = 200,
    headers: Mapping[str, str] | None = None,
    language: str = "",
    **context: object,
) -> Response:
    """Return the page *template* (below ``templates/web/``) filled with *context*.

    Nobody may keep it (``no-store``), unless *headers* say otherwise: pages made here are for one
    reader. The template extends ``web/base.html`` and sees what
    :meth:`digest.rendering.pages.PageRenderer.render` says. *language* (BCP 47) is what the page
    speaks; empty: the publication's.

    Raises:
        TemplateError: if the template is missing or broken.
    """
    html = site_of(request).render(template, language, **context)
    all_headers = {"Cache-Control": PRIVATE, **(headers or {})}
    return HTMLResponse(html, status_code, all_headers)


def redirect(request: Request, path: str, status_code: int = 303) -> Response:
    """Send the reader to *path* below the site's base, by a relative address.

    *path* is ours, never taken from the request (security.md 11).
    """
    return RedirectResponse(site_of(request).frame().link(path), status_code)
