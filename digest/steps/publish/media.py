"""Pictures and enclosures: copied into the published folder under names that say what they hold."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

from digest import files
from digest.config import Config
from digest.errors import Problem
from digest.store import articles as stored
from digest.store.articles import Media
from digest.store.engine import Store

MEDIA_FOLDER = "media"


def copy_media(
    store: Store, config: Config, root: Path, target: Path
) -> tuple[list[str], list[Problem]]:
    """Copy what articles brought along and is not there yet.

    Return the copied files' names, relative to *target*, and a problem for each that could not be.

    Raises:
        OSError: if one cannot be written.
    """
    with store.read() as tx:
        names = stored.media_names(tx)
    missing = names - _present(target / MEDIA_FOLDER) if names else set()
    if not missing:
        return [], []
    with store.read() as tx:
        media = [item for item in stored.all_media(tx) if item.name in missing]
    copied, problems = [], []
    for item in media:
        if _copy(item, config, root, target):
            copied.append(f"{MEDIA_FOLDER}/{item.name}")
        else:
            reason = f"{item.path} is gone or has changed, so {item.name} cannot be published"
            problems.append(Problem(item.source, reason, severity="warning"))
    return copied, problems


def _present(folder: Path) -> set[str]:
    try:
        return set(os.listdir(folder))  # noqa: PTH208 - names are all that is asked for
    except FileNotFoundError:
        return set()


def _copy(item: Media, config: Config, root: Path, target: Path) -> bool:
    settings = config.sources.get(item.source)
    origin = files.inside(root / settings.path, PurePosixPath(item.path)) if settings else None
    # Its name says what it holds: a file that has changed since is not published under it.
    place = target / MEDIA_FOLDER / item.name
    return bool(origin and origin.is_file() and files.copy_checked(origin, place, item.sha256))
