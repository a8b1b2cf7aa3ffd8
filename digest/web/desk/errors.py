"""Pages for what cannot be done at the desk: what is wrong, and the way back."""

from __future__ import annotations

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from digest.errors import DigestError, NotFoundError, StoreError
from digest.web.desk.frame import page

WORDS = {
    403: (
        "Not for you",
        "Your role does not include this, or the form is old: load the page again, and retry.",
    ),
    404: ("Nothing here", "There is no such page at the desk."),
    405: ("Nothing here", "This address takes only what a form sends."),
    413: ("Too much", "That is more than the desk takes at once."),
}

log = structlog.get_logger("digest")


def _refuse(request: Request, status: int, title: str, text: str) -> Response:
    try:
        return page(request, "error.html", title=title, status_code=status, text=text)
    except Exception:  # whatever broke the page may break its error page too
        log.exception("error page failed")
        return PlainTextResponse("Something went wrong.\n", status)


def on_http_error(request: Request, error: Exception) -> Response:
    """Answer an :class:`HTTPException` with its page."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    title, text = WORDS.get(error.status_code, ("That cannot be done", "Go back and try again."))
    return _refuse(request, error.status_code, title, text)


def on_trouble(request: Request, error: Exception) -> Response:
    """Answer trouble that is foreseen with what it says: it is written for the operator."""
    assert isinstance(error, DigestError)  # noqa: S101 - registered for nothing else
    if isinstance(error, NotFoundError):
        return _refuse(request, 404, "Nothing here", str(error))
    if isinstance(error, StoreError):
        log.error("request failed", reason=str(error))
        return _refuse(request, 503, "Not now", str(error))
    return _refuse(request, 409, "That cannot be done", str(error))


def on_failure(request: Request, _error: Exception) -> Response:
    """Answer what nobody foresaw; :class:`~digest.web.desk.door.Door` writes it to the log."""
    return _refuse(request, 500, "Something went wrong", "The log says what. Nothing else is lost.")
