"""A finished mail with holes: what differs from reader to reader is filled in, nothing else.

Pure. All that costs time (templates, encoding, folding) is done once, in ``message.build``; a mail
for one reader is one join of bytes. Because the holes have a fixed width and an alphabet that
quoted-printable leaves alone, the result is the same as if the mail had been built around the
values.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from digest.errors import MessageError
from digest.mail.address import MAX_ADDRESS_OCTETS, Address

TO = "to"
"""The cut for the recipient's address."""

MESSAGE_ID = "message_id"
"""The cut for the Message-ID, with its angle brackets."""

SLOT_LENGTH = 40
"""Characters of a placeholder and of every value that takes its place."""

MAX_MESSAGE_ID_LOCAL = 64

MIN_SHARED_OCTETS = 1024
"""From this length on a literal is worth handing on as it is, instead of copying it."""

_VALUE = re.compile("[A-Za-z0-9_-]{40}")
_MESSAGE_ID = re.compile("<[A-Za-z0-9_-]+(?:[.][A-Za-z0-9_-]+)*@([a-z0-9.-]+)>")
_SLOT_NAME = re.compile("[a-z][a-z0-9_]{0,39}")
_MAGIC = b"DGSK\x01"
_CHECKSUM = struct.Struct(">I")
_COUNT = struct.Struct(">H")
_LENGTH = struct.Struct(">I")


def is_value(text: str) -> bool:
    """Return whether *text* can be filled into a slot: 40 letters, digits, ``-`` or ``_``."""
    return _VALUE.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A mail for all readers of one variant of an issue.

    The mail is ``literals[0] + value of cuts[0] + literals[1] + ... + literals[-1]``.

    Raises:
        MessageError: if the parts do not fit each other.
    """

    literals: tuple[bytes, ...]
    """Encoded pieces, always one more than there are :attr:`cuts`."""

    cuts: tuple[str, ...]
    """What stands between them: :data:`TO` and :data:`MESSAGE_ID` once each, else slot names."""

    message_id_domain: str
    """The domain that every Message-ID filled in must have."""

    _template: list[bytes] = field(init=False, repr=False, compare=False)
    _layout: tuple[bytes | _Run, ...] = field(init=False, repr=False, compare=False)
    _slots: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the parts, and lay out what :meth:`fill` copies."""
        if len(self.literals) != len(self.cuts) + 1:
            raise MessageError("the skeleton has not one piece more than it has cuts")
        if self.cuts.count(TO) != 1 or self.cuts.count(MESSAGE_ID) != 1:
            raise MessageError("the skeleton needs exactly one place for To and for Message-ID")
        template = [b""] * (2 * len(self.cuts) + 1)
        template[::2] = self.literals
        object.__setattr__(self, "_template", template)
        object.__setattr__(self, "_layout", tuple(_runs(template, self.cuts)))
        object.__setattr__(self, "_slots", frozenset(self.cuts) - {TO, MESSAGE_ID})

    @property
    def slots(self) -> frozenset[str]:
        """Names of the slots that :meth:`fill` needs a value for."""
        return self._slots

    @property
    def size_bytes(self) -> int:
        """Octets of the largest mail this can become, before a DKIM signature."""
        message_id = MAX_MESSAGE_ID_LOCAL + len(f"<@{self.message_id_domain}>")
        slots = SLOT_LENGTH * (len(self.cuts) - 2)
        return sum(map(len, self.literals)) + MAX_ADDRESS_OCTETS + message_id + slots

    def fill(
        self,
        recipient: Address,
        message_id: str,
        values: Mapping[str, str],
        *,
        smtputf8: bool = False,
    ) -> bytes:
        """Return the mail for *recipient*: CRLF lines, not dot-stuffed.

        *values* has a value for each of :attr:`slots`; more are ignored. *smtputf8* says that the
        relay offers SMTPUTF8.

        Raises:
            MessageError: if a value is missing or is not ``[A-Za-z0-9_-]{40}``, *message_id* is
                not ``<...@message_id_domain>``, or *recipient* needs SMTPUTF8 and the relay does
                not offer it (ask ``recipient.needs_smtputf8`` first: that is a refusal, 5.6.7).
        """
        return self.join(self.resolve(recipient, message_id, values, smtputf8=smtputf8))

    def resolve(
        self,
        recipient: Address,
        message_id: str,
        values: Mapping[str, str],
        *,
        smtputf8: bool = False,
    ) -> dict[str, bytes]:
        """Return what stands in every cut, checked as :meth:`fill` promises."""
        if recipient.needs_smtputf8 and not smtputf8:
            raise MessageError(
                "5.6.7 the recipient's address is not ASCII and the relay does not offer SMTPUTF8"
            )
        match = _MESSAGE_ID.fullmatch(message_id)
        if (
            match is None
            or match[1] != self.message_id_domain
            or match.start(1) > MAX_MESSAGE_ID_LOCAL + 2
        ):
            raise MessageError(f"{message_id!r} is not a Message-ID of {self.message_id_domain}")
        resolved = {TO: str(recipient).encode(), MESSAGE_ID: message_id.encode("ascii")}
        for name in self._slots:
            value = values.get(name)
            if value is None:
                raise MessageError(f"the mail has a slot {name!r} that no value was given for")
            if not _VALUE.fullmatch(value):
                raise MessageError(
                    f"the value for the slot {name!r} is not 40 letters, digits, - or _"
                )
            resolved[name] = value.encode("ascii")
        return resolved

    def join(self, resolved: Mapping[str, bytes]) -> bytes:
        """Return the mail with *resolved*, which came from :meth:`resolve`."""
        pieces = self._template.copy()
        pieces[1::2] = [resolved[name] for name in self.cuts]
        return b"".join(pieces)

    def parts(self, resolved: Mapping[str, bytes]) -> list[bytes]:
        """Return what :meth:`join` does, in pieces.

        Long literals are pieces of their own, the same objects each time: whoever looks through
        them need do so only once, and they are never copied.
        """
        return [
            run if isinstance(run, bytes) else run.fill(resolved)  # the rest is short
            for run in self._layout
        ]

    def to_bytes(self) -> bytes:
        """Return the skeleton for keeping in a database: versioned, with a checksum.

        Lengths are big-endian: magic, CRC-32 of the rest, then the domain, the number of cuts, the
        cuts' names, and the literals, each with its length before it.
        """
        body = b"".join(
            (
                _sized(self.message_id_domain.encode("ascii")),
                _COUNT.pack(len(self.cuts)),
                *(_sized(name.encode("ascii")) for name in self.cuts),
                *(_sized(literal) for literal in self.literals),
            )
        )
        return _MAGIC + _CHECKSUM.pack(zlib.crc32(body)) + body

    @classmethod
    def from_bytes(cls, data: bytes) -> Skeleton:
        """Return the skeleton that :meth:`to_bytes` wrote.

        Raises:
            MessageError: if *data* is damaged, or was written by a newer version of Digest.
        """
        if not data.startswith(_MAGIC[:-1]):
            raise MessageError("this is not the skeleton of a mail")
        if not data.startswith(_MAGIC):
            raise MessageError("the skeleton was written by another version of Digest: update it")
        start = len(_MAGIC) + _CHECKSUM.size
        body = data[start:]
        if data[len(_MAGIC) : start] != _CHECKSUM.pack(zlib.crc32(body)):
            raise MessageError("the skeleton is damaged: restore the database from a backup")
        reader = _Reader(body)
        domain = reader.sized().decode("ascii")
        count = reader.count()
        cuts = tuple(reader.sized().decode("ascii") for _ in range(count))
        return cls(tuple(reader.sized() for _ in range(count + 1)), cuts, domain)


class _Run:
    """Short literals and the cuts between them."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._cuts: list[tuple[int, str]] = []

    def add(self, piece: bytes, cut: str | None) -> None:
        """Add *piece*, or the place of *cut* where that is given."""
        if cut is not None:
            self._cuts.append((len(self._pieces), cut))
        self._pieces.append(piece)

    def fill(self, resolved: Mapping[str, bytes]) -> bytes:
        pieces = self._pieces.copy()
        for place, name in self._cuts:
            pieces[place] = resolved[name]
        return b"".join(pieces)


def _runs(template: list[bytes], cuts: tuple[str, ...]) -> Iterator[bytes | _Run]:
    """Yield long literals alone, and all that stands between two of them as one run."""
    run: _Run | None = None
    for place, piece in enumerate(template):
        if len(piece) >= MIN_SHARED_OCTETS:
            if run is not None:
                yield run
            run = None
            yield piece
        else:
            run = run or _Run()
            run.add(piece, cuts[place // 2] if place % 2 else None)
    if run is not None:
        yield run


def check_slots(slots: Mapping[str, str]) -> None:
    """Make sure that *slots* (name to placeholder) can be cut out of a mail.

    Raises:
        MessageError: if a name or placeholder has the wrong form, or two placeholders are equal.
    """
    for name, placeholder in slots.items():
        if not _SLOT_NAME.fullmatch(name) or name in {TO, MESSAGE_ID}:
            raise MessageError(f"{name!r} cannot be the name of a slot: take lower-case letters")
        if (
            len(placeholder) != SLOT_LENGTH
            or not placeholder.isascii()
            or not placeholder.isalnum()
        ):
            raise MessageError(f"the placeholder of the slot {name!r} is not 40 letters and digits")
    if len(set(slots.values())) != len(slots):
        raise MessageError("two slots have the same placeholder")


def cut(message: bytes, markers: Mapping[bytes, str], domain: str) -> Skeleton:
    """Cut *message* at every occurrence of *markers* (octets to the name of the cut).

    Raises:
        MessageError: if a marker does not occur, or is left over in another case: something on its
            way (a template, an inliner) changed it, and the link it belongs to would be dead.
    """
    pieces = one_of(markers).split(message)
    skeleton = Skeleton(
        tuple(pieces[::2]), tuple(markers[marker] for marker in pieces[1::2]), domain
    )
    rest = b"\n".join(skeleton.literals).lower()
    for marker, name in markers.items():
        if name not in skeleton.cuts:
            raise MessageError(
                f"the placeholder of the slot {name!r} stands nowhere in the mail: "
                "use it in the templates, or do not declare the slot"
            )
        if marker.lower() in rest:
            raise MessageError(
                f"a placeholder of the slot {name!r} was changed on its way into the mail: "
                "do not change the case of links in the templates"
            )
    return skeleton


def one_of(markers: Iterable[bytes]) -> re.Pattern[bytes]:
    """Return the pattern that finds any of *markers*, as its group 1; nothing if there is none."""
    return re.compile(b"(" + (b"|".join(map(re.escape, markers)) or b"(?!)") + b")")


def _sized(data: bytes) -> bytes:
    return _LENGTH.pack(len(data)) + data


class _Reader:
    """Takes apart what :meth:`Skeleton.to_bytes` put together; the checksum is right by then."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def count(self) -> int:
        (number,) = _COUNT.unpack_from(self._data, self._at)
        self._at += _COUNT.size
        return int(number)

    def sized(self) -> bytes:
        (length,) = _LENGTH.unpack_from(self._data, self._at)
        start = self._at + _LENGTH.size
        self._at = start + length
        return self._data[start : self._at]
