"""Reading JSON that anybody may have written: whatever is not as it should be counts as missing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from digest.mail.webhooks.hook import UnreadableError

MAX_EVENTS = 10_000
"""In one request; services send hundreds."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_SECONDS = 100_000_000_000
_MAX_TEXT = 100_000

Fields = Mapping[str, Any]


def parse(data: bytes | str) -> object:
    """Return the value that the JSON *data* (UTF-8) stands for.

    Raises:
        UnreadableError: if it is not JSON, or nested too deeply.
    """
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise UnreadableError("it is not JSON") from None


def parse_fields(data: bytes | str) -> Fields:
    """Return the JSON object *data*.

    Raises:
        UnreadableError: if it is no JSON object.
    """
    found = parse(data)
    if not isinstance(found, dict):
        raise UnreadableError("it is not a JSON object")
    return found


def parse_list(data: bytes) -> list[Fields]:
    """Return the JSON objects of *data*: one, or a list of some.

    Raises:
        UnreadableError: if it is something else, or there are more than :data:`MAX_EVENTS`.
    """
    found = parse(data)
    items = found if isinstance(found, list) else [found]
    objects: list[Fields] = [item for item in items if isinstance(item, dict)]
    if len(objects) < len(items):
        raise UnreadableError("it is neither a JSON object nor a list of them")
    if len(objects) > MAX_EVENTS:
        raise UnreadableError(f"it has more than {MAX_EVENTS} events")
    return objects


def text(fields: object, *path: str) -> str:
    """Return the text, or the whole number as text, that is at *path*; empty when there is none."""
    for name in path:
        fields = fields.get(name) if isinstance(fields, dict) else None
    if isinstance(fields, int) and not isinstance(fields, bool):
        return str(fields)
    if not isinstance(fields, str):
        return ""
    # No database takes NUL or a lone surrogate.
    return fields[:_MAX_TEXT].replace("\0", "?").encode("utf-8", "replace").decode()


def inner(fields: object, *path: str) -> Fields:
    """Return the object at *path*; empty when there is none."""
    for name in path:
        fields = fields.get(name) if isinstance(fields, dict) else None
    return fields if isinstance(fields, dict) else {}


def listed(fields: object, *path: str) -> list[Fields]:
    """Return the objects in the list at *path*; none when there is no such list."""
    found = inner(fields, *path[:-1]).get(path[-1])
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def moment(seconds: str) -> datetime:
    """Return when *seconds* since 1970 had passed.

    Raises:
        UnreadableError: if it is no such number.
    """
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) < len(str(_MAX_SECONDS))):
        raise UnreadableError("it does not say when it was signed")
    return _EPOCH + timedelta(seconds=int(seconds))


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
