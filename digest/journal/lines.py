"""The lines of the journal as text: a group of facts, its checksum, and where it stands.

Pure. See :mod:`digest.journal` for what they mean.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from digest.model.facts import Fact

_CHECKSUM_DIGITS = 8
_TAIL = re.compile(rb"[0-9]+(:[0-9]+)?")

_FACTS: TypeAdapter[tuple[Fact, ...]] = TypeAdapter(
    tuple[Annotated[Fact, Field(discriminator="kind")], ...]
)


@dataclass(frozen=True, slots=True)
class Group:
    """The facts of one transaction."""

    position: int
    facts: tuple[Fact, ...]
    base: int | None = None
    """Where the database stood, if not at the position before."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a line says of where it stands; both 0: there is no line."""

    position: int = 0
    base: int = 0
    """Where the database stood that it comes from."""


def place_of(line: bytes) -> Place:
    """Return where *line* stands; its checksum is not looked at."""
    try:
        position, _, base = _parts(line)[2].partition(b":")
    except ValueError:
        return Place()
    return Place(int(position), int(base) if base else int(position) - 1)


def encode(group: Group) -> bytes:
    """Return the line for *group*, with its line end. The inverse of :func:`decode`."""
    body = _FACTS.dump_json(group.facts)
    tail = b" %d" % group.position
    if group.base is not None:
        tail += b":%d" % group.base
    return b"%s %08x%s\n" % (body, zlib.crc32(body + tail), tail)


def decode(line: bytes) -> Group:
    """Return the group that *line* says.

    Raises:
        ValueError: if it is not whole, or tells facts that this Digest does not know.
    """
    body, checksum, tail = _parts(line)
    if zlib.crc32(body + b" " + tail) != checksum:
        raise ValueError("the checksum is wrong")
    position, _, base = tail.partition(b":")
    try:
        return Group(int(position), _FACTS.validate_json(body), int(base) if base else None)
    except ValidationError as error:
        raise ValueError("it tells facts that this Digest does not know") from error


def _parts(line: bytes) -> tuple[bytes, int, bytes]:
    parts = line.removesuffix(b"\n").rsplit(b" ", 2)
    if not line.endswith(b"\n") or len(parts) != 3 or not _TAIL.fullmatch(parts[2]):  # noqa: PLR2004 - body, checksum, position
        raise ValueError("it is not whole")
    if len(parts[1]) != _CHECKSUM_DIGITS:
        raise ValueError("it has no checksum")
    return parts[0], int(parts[1], 16), parts[2]
