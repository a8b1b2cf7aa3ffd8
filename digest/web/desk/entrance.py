"""Signing in and out, and one's own account."""

from __future__ import annotations

import hmac
import secrets

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from digest.model import Role
from digest.steps import desk, readers
from digest.web.desk.door import BROWSER, FORM, SESSION, cookie, drop, keep, mac
from digest.web.desk.frame import (
    TOKEN,
    Area,
    Form,
    action,
    first,
    guest_of,
    page,
    screen,
    service_of,
)

_DEVICE_DAYS = 180


def show(request: Request) -> Response:
    """Show the form that one signs in with."""
    if request.state.guest is not None:
        return RedirectResponse("/", 303)
    return _form(request, to=request.query_params.get("to", ""))


def enter(request: Request, form: Form) -> Response:
    """Sign in."""
    proof = mac(cookie(request, FORM), "enter")
    if not cookie(request, FORM) or not hmac.compare_digest(
        first(form, TOKEN).encode(), proof.encode()
    ):
        return _form(request, to=first(form, "to"), problem="old", status_code=403)
    service = service_of(request)
    fresh = secrets.token_urlsafe(desk.SECRET_BYTES), secrets.token_urlsafe(desk.SECRET_BYTES)
    entry = desk.enter(
        service.store,
        first(form, "name"),
        first(form, "password"),
        network=readers.network_of(request.state.client_ip),
        device=cookie(request, BROWSER),
        secrets=fresh,
        now=service.clock.now(),
    )
    if entry.guest is None:
        minutes = max(1, round(entry.wait.total_seconds() / 60)) if entry.wait else 0
        return _form(
            request,
            to=first(form, "to"),
            name=first(form, "name"),
            problem="wait" if entry.wait else "wrong",
            minutes=minutes,
            status_code=429 if entry.wait else 401,
        )
    response = RedirectResponse(_safe(first(form, "to")), 303)
    keep(request, response, SESSION, fresh[0])
    keep(request, response, BROWSER, fresh[1], days=_DEVICE_DAYS)
    drop(request, response, FORM)
    return response


def show_account(request: Request) -> Response:
    """Show who one is here."""
    guest = guest_of(request)
    with service_of(request).store.read() as tx:
        found = desk.done_by(tx, guest.name)
    return page(request, "account.html", title="Your account", actions=found)


def leave(request: Request, form: Form) -> Response:
    """Sign out, here or everywhere."""
    service, guest = service_of(request), guest_of(request)
    everywhere = first(form, "everywhere") == "yes"
    desk.leave(
        service.store,
        request.state.secret,
        guest,
        everywhere=everywhere,
        now=service.clock.now(),
    )
    response = RedirectResponse("/enter", 303)
    drop(request, response, SESSION)
    return response


def _form(
    request: Request,
    *,
    to: str,
    name: str = "",
    problem: str = "",
    minutes: int = 0,
    status_code: int = 200,
) -> Response:
    if request.state.guest is not None:
        raise HTTPException(403)
    secret = cookie(request, FORM) or secrets.token_urlsafe(desk.SECRET_BYTES)
    response = page(
        request,
        "enter.html",
        title="Sign in",
        status_code=status_code,
        to=to if to != _safe("") and _safe(to) == to else "",
        name=name,
        problem=problem,
        minutes=minutes,
        form_token=mac(secret, "enter"),
        is_new=not desk.anybody(service_of(request).store),
    )
    keep(request, response, FORM, secret)
    return response


def _safe(to: str) -> str:
    """Return *to* if it is a path of ours, else the first screen (security.md 11)."""
    is_ours = to.startswith("/") and not to.startswith(("//", "/\\", "/enter"))
    return to if is_ours and to.isascii() and to.isprintable() and "\\" not in to else "/"


AREA = Area(
    "account",
    "Account",
    "/account",
    role=Role.EDITOR,
    is_listed=False,
    routes=(
        screen("/enter", show, is_open=True),
        action("/enter", enter, is_open=True),
        screen("/account", show_account),
        action("/leave", leave),
    ),
)
