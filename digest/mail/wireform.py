"""A skeleton as it goes over the wire: what all its mails share is looked through once.

Pure. Whether line ends are whole and which lines begin with a dot is the same for every reader,
since no value of a cut has a line end in it or begins with a dot (see ``Skeleton.resolve``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from digest.errors import MessageError
from digest.mail.envelope import Body, body_of
from digest.mail.skeleton import TO, Skeleton

_ANY = b"x"
"""Stands for a value: not empty, without a line end, and not a dot."""


class WireForm:
    """Fills the mails of one skeleton in, ready for the wire."""

    def __init__(self, skeleton: Skeleton) -> None:
        """Look through what the mails of *skeleton* share.

        Raises:
            MessageError: if a CR or LF stands alone in it; ``message.build`` makes none like that.
        """
        mail = skeleton.join(dict.fromkeys(skeleton.cuts, _ANY))
        try:
            sample = body_of(mail)
        except ValueError as error:
            raise MessageError(f"The mail {error}") from None
        literals = [part.replace(b"\n.", b"\n..") for part in skeleton.literals]
        if literals[0].startswith(b"."):
            literals[0] = b"." + literals[0]
        if not mail.endswith(b"\n"):
            literals[-1] += b"\r\n"
        self._skeleton = replace(skeleton, literals=tuple(literals))
        self._dots = sample.wire_bytes - sample.size_bytes
        self._is_ascii = sample.is_ascii

    def body(self, resolved: Mapping[str, bytes], head: bytes = b"") -> Body:
        """Return the mail with *resolved* in its cuts, and before it *head*.

        The same as ``body_of(head + skeleton.join(resolved))``; long literals are the same objects
        each time.

        Args:
            resolved: What stands in the cuts, from ``Skeleton.resolve``.
            head: More fields, such as a signature: ASCII, whole CRLF lines, none with a dot first.
        """
        pieces = self._skeleton.parts(resolved)
        if head:
            pieces.insert(0, head)
        length = sum(map(len, pieces))
        is_ascii = self._is_ascii and resolved[TO].isascii()
        return Body(tuple(pieces), length - self._dots, length, is_ascii)
