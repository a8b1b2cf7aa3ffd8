"""The frame of all screens of the desk: routes with a role, pages, forms, what was done."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import quote
from zoneinfo import ZoneInfo

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from digest.model import Role
from digest.steps import desk
from digest.steps.desk import Guest
from digest.web.desk.assets import Assets
from digest.web.desk.door import SAID, cookie, drop, keep, mac
from digest.web.desk.telling import Telling
from digest.wiring import Service

MAX_FIELDS = 500
MAX_CHARACTERS = 100_000
MAX_SAID = 500
"""Browsers take cookies of 4 kB."""

TOKEN = "token"  # noqa: S105 - the name of a form's field

Form = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Station:
    """A path of the desk with what answers there."""

    path: str
    method: str
    answer: Callable[..., Response]
    role: Role | None
    """Who may; ``None``: as the area says."""

    is_open: bool = False
    """Whether it answers those who are not signed in, too."""


def screen(
    path: str,
    answer: Callable[[Request], Response],
    *,
    role: Role | None = None,
    is_open: bool = False,
) -> Station:
    """Return the route of a screen: GET, which changes nothing."""
    return Station(path, "GET", answer, role, is_open)


def action(
    path: str,
    answer: Callable[[Request, Form], Response],
    *,
    role: Role | None = None,
    is_open: bool = False,
) -> Station:
    """Return the route of an action: POST of a form that has the session's token."""
    return Station(path, "POST", answer, role, is_open)


@dataclass(frozen=True, slots=True)
class Area:
    """A part of the desk: one entry of its navigation, and the screens behind it."""

    name: str
    title: str
    path: str
    """Where its entry leads."""

    routes: tuple[Station, ...]
    key: str = ""
    """The letter that leads there after ``g``; empty: none."""

    role: Role = Role.EDITOR
    """Who sees it, and may use what has no role of its own."""

    is_listed: bool = True
    """Whether it stands in the navigation."""

    badge: Callable[[Service], int] | None = None
    """How many things there wait for a person; ``None``: none is shown."""

    def made(self) -> list[BaseRoute]:
        """Return the routes as Starlette takes them, each with its checks around it."""
        return [
            Route(item.path, _checked(item, self), methods=[item.method]) for item in self.routes
        ]


def _checked(station: Station, area: Area) -> Callable[[Request], object]:
    wanted = station.role or area.role

    async def endpoint(request: Request) -> Response:
        guest: Guest | None = request.state.guest
        request.state.area = area.name
        if not station.is_open:
            if guest is None:
                return _to_entrance(request)
            if not guest.role.includes(wanted):
                raise HTTPException(403)
        if station.method == "GET":
            return cast("Response", await run_in_threadpool(station.answer, request))
        form = await form_of(request)
        # Who signs in has no session yet: entrance.py checks a token of its own.
        if guest is not None and not is_token(request, first(form, TOKEN)):
            raise HTTPException(403)
        if guest is None and not station.is_open:  # pragma: no cover - answered above
            raise HTTPException(403)
        return cast("Response", await run_in_threadpool(station.answer, request, form))

    return endpoint


def _to_entrance(request: Request) -> Response:
    if request.method != "GET":
        return RedirectResponse("/enter", 303)
    path = request.scope["path"]
    query = request.scope["query_string"].decode("latin-1")
    where = f"{path}?{query}" if query else path
    return RedirectResponse("/enter" if where == "/" else f"/enter?to={quote(where)}", 303)


async def form_of(request: Request) -> Form:
    """Return the form that *request* carries; files count as nothing.

    Raises:
        HTTPException: if the body is no form.
    """
    fields: Form = {}
    async with request.form(max_files=1, max_fields=MAX_FIELDS) as found:
        for name, value in found.multi_items():
            if isinstance(value, str):
                fields.setdefault(name, []).append(value[:MAX_CHARACTERS])
    return fields


def first(form: Form, name: str) -> str:
    """Return the first value of the field, with line ends as we write them; empty: none."""
    return next(iter(form.get(name, [])), "").replace("\r\n", "\n")


def token_of(request: Request) -> str:
    """Return the token that forms of this session carry."""
    return mac(request.state.secret, "form")


def is_token(request: Request, token: str) -> bool:
    """Return whether *token* is the one of this session."""
    return bool(request.state.secret) and hmac.compare_digest(
        token.encode(), token_of(request).encode()
    )


def service_of(request: Request) -> Service:
    """Return the publication whose desk it is."""
    return cast("Service", request.app.state.service)


def guest_of(request: Request) -> Guest:
    """Return who asks; there is somebody on all screens that are not open."""
    guest: Guest | None = request.state.guest
    if guest is None:
        raise HTTPException(403)
    return guest


def may(request: Request, role: Role) -> bool:
    """Return whether who asks may do what *role* may."""
    guest: Guest | None = request.state.guest
    return guest is not None and guest.role.includes(role)


def page(
    request: Request,
    template: str,
    /,
    *,
    title: str,
    status_code: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: object,
) -> Response:
    """Return the page *template* (below ``templates/desk/``) called *title*.

    It sees ``title``, ``guest``, ``areas`` (those of the navigation, each with ``title``, ``path``,
    ``key``, ``count``), ``here`` (the area's name), ``token`` for forms, ``tell`` (see
    :class:`~digest.web.desk.telling.Telling`), ``publication``, ``is_operator``, and *context*.

    Raises:
        TemplateError: if the template is missing or broken.
    """
    service = service_of(request)
    guest: Guest | None = request.state.guest
    assets = cast("Assets", request.app.state.assets)
    areas = [
        {
            "name": area.name,
            "title": area.title,
            "path": area.path,
            "key": area.key,
            "count": area.badge(service) if area.badge else 0,
        }
        for area in cast("tuple[Area, ...]", request.app.state.areas)
        if guest and area.is_listed and guest.role.includes(area.role)
    ]
    said = _said(request)
    html = request.app.state.renderer.asset(
        template,
        title=title,
        guest=guest,
        is_operator=may(request, Role.OPERATOR),
        areas=areas,
        here=getattr(request.state, "area", ""),
        token=token_of(request) if guest else "",
        tell=Telling(service.clock.now(), ZoneInfo(service.config.publication.timezone)),
        publication=service.config.publication.title,
        said=said,
        stylesheet=assets.link("desk.css"),
        script=assets.link("desk.js"),
        icon=assets.link("icon.svg"),
        **context,
    )
    response = HTMLResponse(html, status_code, dict(headers or {}))
    if said:
        drop(request, response, SAID)
    return response


def ask(  # noqa: PLR0913 - each is a part of the page
    request: Request,
    *,
    title: str,
    text: str,
    button: str,
    back: str,
    facts: tuple[tuple[str, str], ...] = (),
    fields: Mapping[str, str] | None = None,
    command: str = "",
    reason: str = "",
) -> Response:
    """Return the page that asks before something is done that cannot be undone.

    Args:
        request: The request; the form goes to the same path, by POST.
        title: The question.
        text: What happens then.
        button: What the button says: the verb.
        back: The path of the screen to go back to.
        facts: What it is about: names with values.
        fields: Hidden fields of the form.
        command: The command that does the same.
        reason: What a field for a reason (called ``reason``) is labelled; empty: there is none.
    """
    return page(
        request,
        "confirm.html",
        title=title,
        text=text,
        button=button,
        back=back,
        facts=facts,
        fields=dict(fields or {}),
        command=command,
        reason=reason,
        path=request.scope["path"],
    )


def done(
    request: Request, to: str, said: str, *, did: str, about: str, detail: str = ""
) -> Response:
    """Write down what was done, and lead to the screen at *to*, which says *said*.

    *to* is a path of ours. *did* is a word or two ("withdraw"), *about* names to what ("daily/12"),
    without personal data; *detail* is for people.
    """
    service = service_of(request)
    desk.record(service.store, guest_of(request).name, did, about, detail, now=service.clock.now())
    response = RedirectResponse(to, 303)
    text = base64.urlsafe_b64encode(said[:MAX_SAID].encode()).decode()
    keep(request, response, SAID, f"{text}.{mac(request.state.secret, text)}")
    return response


def _said(request: Request) -> str:
    """Return what :func:`done` said, if it was said in this session."""
    text, _, proof = cookie(request, SAID).partition(".")
    if not text or not request.state.secret:
        return ""
    if not hmac.compare_digest(proof.encode(), mac(request.state.secret, text).encode()):
        return ""
    return base64.urlsafe_b64decode(text).decode()
