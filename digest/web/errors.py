"""Pages for what cannot be done: the same layout, one sentence, never a traceback."""

from __future__ import annotations

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from digest.web.responses import page

WORDS = {
    404: "page_not_found",
    405: "page_method",
    410: "page_gone",
    413: "page_too_large",
}
"""By status: the phrase for the heading; with ``_text`` added, for the sentence below."""

log = structlog.get_logger("digest")


def refuse(request: Request, status: int, headers: dict[str, str] | None = None) -> Response:
    """Return the page for *status*; plain text where even the layout cannot be made."""
    try:
        phrase = WORDS.get(status, "page_error" if status >= 500 else "page_method")  # noqa: PLR2004 - 5xx
        return page(
            request, "error.html", status_code=status, headers=headers, phrase=phrase, status=status
        )
    except Exception:  # whatever broke the page may break its error page too
        log.exception("error page failed")
        return PlainTextResponse("Something went wrong.\n", status, headers)


def on_http_error(request: Request, error: Exception) -> Response:
    """Answer an :class:`HTTPException` with its page."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    return refuse(request, error.status_code, dict(error.headers or {}))


def on_trouble(request: Request, error: Exception) -> Response:
    """Answer trouble that is foreseen, such as a database that is busy: try again soon."""
    log.error("request failed", reason=str(error))
    return refuse(request, 503, {"Retry-After": "30"})


def on_failure(request: Request, _error: Exception) -> Response:
    """Answer what nobody foresaw; :class:`~digest.web.guard.Guard` writes it to the log."""
    return refuse(request, 500)
