"""What all forms of readers have in common."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request

from digest.steps import readers

MAX_FIELDS = 500
MAX_VALUE_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form, each with all its values."""

    fields: dict[str, list[str]]

    def first(self, name: str) -> str:
        """Return the first value of the field; empty when there is none."""
        return next(iter(self.fields.get(name, [])), "")

    def all(self, name: str) -> list[str]:
        """Return all values of the field."""
        return self.fields.get(name, [])


async def form_of(request: Request, *, is_lenient: bool = False) -> Form:
    """Return the form that *request* carries, urlencoded or multipart; files count as nothing.

    Args:
        request: The request.
        is_lenient: Whether a body that is no form counts as an empty one.

    Raises:
        HTTPException: if the body is no form.
    """
    fields: dict[str, list[str]] = {}
    try:
        async with request.form(max_files=10, max_fields=MAX_FIELDS) as found:
            for name, value in found.multi_items():
                if isinstance(value, str):
                    fields.setdefault(name, []).append(value[:MAX_VALUE_CHARACTERS])
    except HTTPException as error:
        # Too much is too much for the lenient, too.
        if not is_lenient or error.status_code != 400:  # noqa: PLR2004 - bad request
            raise
    return Form(fields)


def network_of(request: Request) -> str:
    """Return the network that the reader asks from."""
    return readers.network_of(request.state.client_ip)
