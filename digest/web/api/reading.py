"""Request bodies, read strictly: one way to say a thing, and a bound on everything."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from digest.web.api.problems import Field, ProblemError

BODY_SECONDS = 20.0
"""How long a body may take to arrive."""

MAX_FIELDS_TOLD = 20

Model = TypeVar("Model", bound=BaseModel)


async def read_body(request: Request, media_types: Sequence[str], limit: int) -> bytes:
    """Return the body.

    Args:
        request: What it comes with.
        media_types: What it may be.
        limit: Bytes that it may have.

    Raises:
        ProblemError: if it is something else (415), too large (413), or too slow (408).
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in media_types:
        reason = f"the body must be {' or '.join(media_types)}: say so in Content-Type"
        raise ProblemError(415, reason)
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise ProblemError(415, "the body must not be compressed")
    length = request.headers.get("content-length", "")
    too_large = ProblemError(413, f"the body must not have more than {limit:,} bytes")
    if length.isdecimal() and (len(length) > len(str(limit)) or int(length) > limit):
        raise too_large
    parts, size = [], 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                size += len(part)
                if size > limit:
                    raise too_large
                parts.append(part)
    except TimeoutError:
        raise ProblemError(408, f"the body did not arrive within {BODY_SECONDS:.0f} s") from None
    return b"".join(parts)


def parse_json(data: bytes) -> object:
    """Return what *data* says.

    Raises:
        ProblemError: if it is no JSON, or some that may mean different things to different readers:
            a name twice, no number, too deep.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise ProblemError(400, "the body is not UTF-8") from None
    try:
        found: object = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except RecursionError:
        raise ProblemError(400, "the body is nested too deeply") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ProblemError(400, f"the body is no JSON: {error.msg} at {where}") from None
    except ValueError as error:
        raise ProblemError(400, f"the body is no JSON that is taken: {error}") from None
    return found


def validated(model: type[Model], data: bytes) -> Model:
    """Return the JSON *data* as *model* has it.

    Raises:
        ProblemError: naming each field that is wrong.
    """
    parse_json(data)
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        fields = [
            Field("".join(f"/{_escaped(part)}" for part in item["loc"]) or "", _said(item["msg"]))
            for item in found[:MAX_FIELDS_TOLD]
        ]
        first = fields[0]
        where = first.pointer.lstrip("/") or "the body"
        raise ProblemError(422, f"{where}: {first.detail}", fields) from None


def _said(message: str) -> str:
    return message.removeprefix("Value error, ")


def _escaped(part: int | str) -> str:
    """Return a part of a JSON Pointer (RFC 6901, section 3)."""
    return str(part)[:100].replace("~", "~0").replace("/", "~1")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object has a name twice")
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
