"""A Maildir on this machine: what is new is dealt with, and then moved to what was seen."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from pathlib import Path

import structlog

from digest.errors import DigestError
from digest.mail.reports import Arrival

_AT_A_TIME = 500

log = structlog.get_logger("digest")


def read_new(
    folder: Path, take: Callable[[Arrival], bool], *, max_bytes: int, skip: Collection[str] = ()
) -> tuple[int, set[str]]:
    """Have every new mail in *folder* dealt with, oldest first.

    A mail is moved to ``cur`` once *take* has returned true. Else it stays, and the next look finds
    it again; so it does when the process ends in between.

    Args:
        folder: The Maildir, with ``new`` and ``cur``.
        take: Deals with one mail.
        max_bytes: Of a larger mail only the beginning is read.
        skip: Names of files to leave alone.

    Returns:
        How many were, and the names of those for which *take* returned false, or that may not be
        read.

    Raises:
        DigestError: if the folder cannot be read or changed.
    """
    try:
        with os.scandir(folder / "new") as entries:
            found = sorted(e.name for e in entries if e.is_file(follow_symlinks=False))
        count, left = 0, set[str]()
        for name in [name for name in found if name not in skip][:_AT_A_TIME]:
            place = folder / "new" / name
            try:
                with place.open("rb") as file:
                    data = file.read(max_bytes)
            except FileNotFoundError:
                continue  # Another program took it meanwhile.
            except PermissionError as error:
                log.error("mail not taken", file=str(place), reason=error.strerror)  # noqa: TRY400 - the sentence says it all
                left.add(name)
                continue
            if not take(Arrival(data, "maildir")):
                left.add(name)
                continue
            # Seen; the flags stand after the last colon.
            place.rename(folder / "cur" / f"{name.partition(':')[0]}:2,S")
            count += 1
    except FileNotFoundError as error:
        raise DigestError(
            f"[feedback.maildir] path: {folder} is no Maildir: {error.filename} is missing"
        ) from error
    except OSError as error:
        raise DigestError(f"the Maildir {folder} cannot be read: {error.strerror}") from error
    return count, left
