"""Takes out of the published folder what is left of feeds that are published no more.

Nobody would keep it: it would show for good what was withdrawn or corrected since.
"""

from __future__ import annotations

import shutil
from collections.abc import Container, Iterator
from contextlib import suppress
from pathlib import Path

from digest.config import FORMATS, MAIN_FEED, TOPIC_FOLDER, Config
from digest.errors import Problem
from digest.steps.publish.documents import ALL_NAMES, ARCHIVE_FOLDER, LINK


def remove_ended(target: Path, feeds: Container[str]) -> tuple[str, ...]:
    """Remove the documents and archives of all feeds below *target* that are not among *feeds*.

    Only what publishing wrote: pages of the site, and files of others, stay. Return the names of
    the feeds that were removed.

    Raises:
        OSError: if something cannot be removed.
    """
    removed = []
    for name, folder in _published(target):
        if name in feeds:
            continue
        removed.append(name)
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
    return tuple(removed)


def farewell(name: str, config: Config) -> Problem:
    """Return what is to be said of the feed called *name*, which has ended just now."""
    answered = {*config.publish.moved, *config.publish.gone}
    silent = [path for path in _paths(name) if path not in answered]
    what = f"the feed {name} is no more, and its documents were removed"
    if not silent:
        return Problem("publish", f"{what}; who asks for them is told so", severity="note")
    hint = (
        f"{what}. So that readers' programs know, name its documents in publish.gone, or in "
        f"publish.moved where another feed takes its place: {', '.join(silent)}"
    )
    return Problem("publish", hint, severity="warning")


def _paths(name: str) -> list[str]:
    return [path if name == MAIN_FEED else f"{name}/{path}" for path in FORMATS]


def _published(target: Path) -> Iterator[tuple[str, Path]]:
    """Yield the folders of feeds, by the feeds' names."""
    for parent, prefix in ((target, ""), (target / TOPIC_FOLDER, f"{TOPIC_FOLDER}/")):
        with suppress(FileNotFoundError, NotADirectoryError):
            for folder in sorted(parent.iterdir()):
                if (folder / LINK).is_symlink():
                    yield prefix + folder.name, folder
