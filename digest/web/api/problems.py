"""What goes wrong, told as RFC 9457 has it: ``application/problem+json``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from starlette.responses import JSONResponse, Response

from digest.errors import AddressError, DigestError, NotFoundError, StoreError
from digest.steps.gather import PushError, Why
from digest.web.responses import PRIVATE

MEDIA_TYPE = "application/problem+json"
BUSY_SECONDS = "30"
"""When to come back after the database could not be used."""

_STATUS_OF = {
    Why.PRECONDITION: 412,
    Why.TAKEN: 409,
    Why.LEFT_OUT: 422,
    Why.REFUSED: 409,
    Why.EMPTY: 422,
    Why.REUSED: 422,
}


@dataclass(frozen=True, slots=True)
class Field:
    """What is wrong with one field."""

    pointer: str
    """Where it is in the body (RFC 6901), ``/image/url``; a parameter by its name."""

    detail: str


@dataclass(slots=True)
class ProblemError(Exception):
    """Ends a request with a problem."""

    status: int
    detail: str
    fields: Sequence[Field] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        """Return the answer."""
        body: dict[str, object] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }
        if self.fields:
            body["errors"] = [
                {"pointer": item.pointer, "detail": item.detail} for item in self.fields
            ]
        headers = {"Cache-Control": PRIVATE, **self.headers}
        return JSONResponse(body, self.status, headers, media_type=MEDIA_TYPE)


def problem_of(error: DigestError) -> ProblemError:
    """Return how trouble that is foreseen is told."""
    if isinstance(error, PushError):
        pointed = {Why.EMPTY: "/content_html", Why.TAKEN: "/url", Why.REUSED: "Idempotency-Key"}
        pointer = pointed.get(error.why)
        fields = [Field(pointer, str(error))] if pointer else []
        return ProblemError(_STATUS_OF[error.why], str(error), fields)
    if isinstance(error, StoreError):
        # What the database says of itself is for the log.
        reason = "the publication's database cannot be used now; try again"
        return ProblemError(503, reason, headers={"Retry-After": BUSY_SECONDS})
    if isinstance(error, NotFoundError):
        # Without the list of what there is: it may be names of other people.
        return ProblemError(404, f"there is no such {error.kind}")
    if isinstance(error, AddressError):
        return ProblemError(422, str(error), [Field("/email", str(error))])
    return ProblemError(409, str(error))
