"""Takes out of the published folder what is left of feeds that are published no more.

Nobody would keep it: it would show for good what was withdrawn or corrected since.
"""

from __future__ import annotations

import shutil
from collections.abc import Container, Iterator
from contextlib import suppress
from pathlib import Path

from digest.config import TOPIC_FOLDER
from digest.steps.publish.documents import ALL_NAMES, ARCHIVE_FOLDER, LINK


def remove_ended(target: Path, feeds: Container[str]) -> None:
    """Remove the documents and archives of all feeds below *target* that are not among *feeds*.

    Only what publishing wrote: pages of the site, and files of others, stay.

    Raises:
        OSError: if something cannot be removed.
    """
    for name, folder in _published(target):
        if name in feeds:
            continue
        # First of all the link: with it, all documents are gone at once.
        (folder / LINK).unlink()
        for state in folder.glob(f"{LINK}-*"):
            shutil.rmtree(state)
        for document in ALL_NAMES:
            (folder / document).unlink(missing_ok=True)
        with suppress(FileNotFoundError):
            shutil.rmtree(folder / ARCHIVE_FOLDER)
        with suppress(OSError):
            folder.rmdir()


def _published(target: Path) -> Iterator[tuple[str, Path]]:
    """Yield the folders of feeds, by the feeds' names."""
    for parent, prefix in ((target, ""), (target / TOPIC_FOLDER, f"{TOPIC_FOLDER}/")):
        with suppress(FileNotFoundError, NotADirectoryError):
            for folder in sorted(parent.iterdir()):
                if (folder / LINK).is_symlink():
                    yield prefix + folder.name, folder
