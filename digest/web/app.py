"""The web app: the public site and what readers do there.

To add pages, write a module ``digest/web/<area>.py`` with ::

    def routes(service: Service) -> list[BaseRoute]:
        return [Route("/subscribe", subscribe, methods=["POST"])]

and name it in :data:`AREAS`. Paths are below the site's base path, which is taken off before. An
endpoint may be a plain function, which runs in a thread and may use the store at will, or
``async``, for what awaits a form; it then hands work with the store to
:func:`~digest.web.responses.in_thread`. It answers with :func:`~digest.web.responses.page`, with a
template in ``templates/web/<area>/`` that extends ``web/base.html``, or raises
:class:`~starlette.exceptions.HTTPException`, which becomes a page in the same layout.

What an endpoint finds: ``request.state.client_ip`` (the reader's address, proxies seen through),
``request.state.is_https``, and ``request.app.state.service`` and ``.site``. Security headers, the
limit on bodies, and error pages are there for all. GET and HEAD never change anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from digest.errors import DigestError
from digest.steps.site import Site
from digest.web import (
    api,
    approval,
    callbacks,
    clicks,
    health,
    hub,
    metrics,
    pages,
    private_feeds,
    published,
    readers,
    webhooks,
)
from digest.web.census import Census
from digest.web.errors import on_failure, on_http_error, on_trouble
from digest.web.feeds import Feeds
from digest.web.guard import Guard
from digest.web.headers import SecurityHeaders
from digest.web.proxies import SeeThroughProxies
from digest.web.shelf import Shelf
from digest.wiring import Service

AREAS: Sequence[Callable[[Service], list[BaseRoute]]] = (
    health.routes,
    metrics.routes,
    hub.routes,
    callbacks.routes,
    webhooks.routes,
    published.routes,
    private_feeds.routes,
    readers.routes,
    approval.routes,
    clicks.routes,
    api.routes,
    pages.routes,
)
"""What each area of the app answers; the first route that fits counts, so ``pages`` is last."""

MAX_BODY_BYTES = 64 * 1024
"""Of a request: forms are small."""


def make_app(service: Service) -> ASGIApp:
    """Return the ASGI app that serves the publication of *service*."""
    site = Site(service.store, service.config, service.page_renderer, service.clock, has_forms=True)
    app = Starlette(
        routes=[route for area in AREAS for route in area(service)],
        exception_handlers={
            HTTPException: on_http_error,
            DigestError: on_trouble,
            Exception: on_failure,
        },
        max_body_size=MAX_BODY_BYTES,
    )
    # Starlette would make an absolute address of the Host header, which anybody can forge.
    app.router.redirect_slashes = False
    app.state.service = service
    app.state.site = site
    guarded = Guard(app, app)
    pages_and_forms = SeeThroughProxies(
        SecurityHeaders(guarded), service.config.web.trusted_proxies, base=site.frame().base
    )
    shelf = Shelf(service.root / service.config.publish.folder)
    census = Census(service.store, service.config, service.clock)
    counts = service.config.web.census_days > 0
    return Feeds(
        pages_and_forms, service.config, shelf, service.clock, poll=census if counts else None
    )
