"""The desk as one ASGI app, and which screens it has.

To add screens, write a module ``digest/web/desk/<area>.py`` with ::

    AREA = Area("issues", "Issues", "/issues", key="i", role=Role.EDITOR, routes=(
        screen("/issues", show_all),
        screen("/issues/{briefing}/{number:int}/cancel", ask_cancel, role=Role.OPERATOR),
        action("/issues/{briefing}/{number:int}/cancel", cancel, role=Role.OPERATOR),
    ))

and name it in :data:`AREAS`. A *screen* is a function of the request that answers GET with
:func:`~digest.web.desk.frame.page`, with a template in ``templates/desk/`` that extends
``desk/base.html``; it changes nothing. An *action* is a function of the request and its form that
answers POST; it calls the same step as its command and ends with
:func:`~digest.web.desk.frame.done`, which writes the log and leads back to a screen. What cannot be
undone has a screen at the same path that asks first (:func:`~digest.web.desk.frame.ask`). Both run
in a thread and may use the store. Any :class:`~digest.errors.DigestError` becomes a page that says
what it says.

Who asks is checked before: that somebody is signed in, has the role, and that what is sent comes
from a form of ours (:mod:`.door`, :mod:`.frame`).
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import ASGIApp

from digest.errors import DigestError
from digest.rendering import bundled_templates
from digest.rendering.pages import PageRenderer
from digest.web.desk import articles, coming, entrance, help_page, journal, review, today
from digest.web.desk.assets import Assets
from digest.web.desk.door import Door
from digest.web.desk.errors import on_failure, on_http_error, on_trouble
from digest.web.desk.frame import Area
from digest.web.headers import SecurityHeaders
from digest.web.proxies import SeeThroughProxies
from digest.wiring import Service

AREAS: Sequence[Area] = (
    today.AREA,
    coming.AREA,
    articles.AREA,
    review.AREA,
    journal.AREA,
    help_page.AREA,
    entrance.AREA,
)
"""What the desk has, in the order of its navigation."""

MAX_BODY_BYTES = 256 * 1024
"""Of a form: an introduction can be long."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        "frame-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    # Not "no-referrer": then browsers do not say either which site a form comes from.
    "Referrer-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def make_desk(service: Service) -> ASGIApp:
    """Return the ASGI app of the desk of *service*."""
    renderer = PageRenderer((bundled_templates(),), "desk/")
    assets = Assets(renderer)
    app = Starlette(
        routes=[
            Route("/-/{name}", assets.answer, methods=["GET"]),
            *(route for area in AREAS for route in area.made()),
        ],
        exception_handlers={
            HTTPException: on_http_error,
            DigestError: on_trouble,
            Exception: on_failure,
        },
        max_body_size=MAX_BODY_BYTES,
    )
    app.router.redirect_slashes = False
    app.state.service = service
    app.state.renderer = renderer
    app.state.assets = assets
    app.state.areas = AREAS
    return SeeThroughProxies(
        SecurityHeaders(Door(app, app, service), HEADERS),
        service.config.web.trusted_proxies,
        base="/",
    )
