"""The whole site as files, for any host that serves a folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from html import escape
from pathlib import Path, PurePosixPath

from digest import files
from digest.clock import Clock
from digest.config import Config
from digest.rendering.pages import PageRenderer
from digest.steps.site.pages import Pages
from digest.steps.site.step import Site
from digest.store.engine import Store

MANIFEST = ".site.json"
"""Which files of the folder are pages of the site, and of which state: nothing else is removed."""

INDEX = "index.html"
NOT_FOUND = "404.html"
"""What most hosts show for addresses that are not there."""


@dataclass(frozen=True, slots=True)
class SiteResult:
    """What writing the site did."""

    pages: int
    """How many files the site has."""

    written: tuple[str, ...]
    """Files that changed, relative to the folder."""

    removed: tuple[str, ...]
    """Files of pages that are no more."""


@dataclass(frozen=True, slots=True)
class _Manifest:
    """What :data:`MANIFEST` says."""

    stamp: str
    """Of the state that all of it is of; empty when that is not known."""

    names: tuple[str, ...]


def write_static(
    store: Store, config: Config, renderer: PageRenderer, clock: Clock, root: Path
) -> SiteResult | None:
    """Write the site as files if the settings ask for that, else return ``None``.

    Args:
        store: Where articles and issues are kept.
        config: The settings.
        renderer: Of the pages.
        clock: Articles published later than its time are not shown yet.
        root: What relative paths in the settings are relative to.

    Raises:
        OSError: if the folder cannot be written.
        TemplateError: if a template is missing or broken; then nothing was written.
    """
    if config.web.site != "static":
        return None
    site = Site(store, config, renderer, clock, has_forms=bool(config.web.listen))
    return write_site(site, root / config.publish.folder)


def write_site(site: Site, folder: Path) -> SiteResult:
    """Write every page of *site* below *folder*, beside the feeds: the bytes that are served too.

    Each page is ``index.html`` in a folder of its name, which every host finds. Addresses that
    moved get a page that leads on; those of withdrawn articles one that says so. Pages of an
    earlier time that are no more are removed. Nothing is rendered when nothing has changed.

    Raises:
        OSError: if the folder cannot be written.
        TemplateError: if a template is missing or broken; then nothing was written.
    """
    stamp, pages = site.now()
    before = _manifest(folder)
    old = set(before.names)
    if before.stamp == stamp and all((folder / name).is_file() for name in old):
        return SiteResult(len(old), (), ())
    contents = site_files(pages)
    # First whatever there may be: a crash in between leaves nothing that nobody knows of.
    _note(folder, "", sorted(old | contents.keys()))
    written = files.write_set(folder, contents)
    removed = tuple(sorted(name for name in old - contents.keys() if _remove(folder, name)))
    _note(folder, stamp, sorted(contents))
    return SiteResult(len(contents), written, removed)


def site_files(pages: Pages) -> dict[str, bytes]:
    """Return every file of the site by its path below the folder."""
    found = {NOT_FOUND: pages.not_found()}
    for path in (*pages.paths(), *pages.past_paths()):
        answer = pages.answer(path)
        if answer is not None:  # An issue whose HTML is lost has none.
            found[_file_of(path)] = _lead_on(answer.location) if answer.location else answer.body
    return found


def _file_of(path: str) -> str:
    """Return the name of the file that stands for *path*."""
    if "." in PurePosixPath(path).name:
        return path
    return f"{path}/{INDEX}" if path else INDEX


def _lead_on(location: str) -> bytes:
    """Return a page that leads to *location*, where a host cannot be told to redirect."""
    target = escape(location)
    return (
        f'<!doctype html><meta charset="utf-8"><title>{target}</title>'
        f'<meta http-equiv="refresh" content="0; url={target}">'
        f'<link rel="canonical" href="{target}"><a href="{target}">{target}</a>\n'
    ).encode()


def _manifest(folder: Path) -> _Manifest:
    try:
        told = json.loads((folder / MANIFEST).read_bytes())
        return _Manifest(str(told["stamp"]), tuple(map(str, told["files"])))
    except (OSError, ValueError, LookupError, TypeError):
        # There was none, or somebody changed it: nothing is known to be ours.
        return _Manifest("", ())


def _note(folder: Path, stamp: str, names: list[str]) -> None:
    told = json.dumps({"stamp": stamp, "files": names}, indent=0)
    files.write_file(folder / MANIFEST, told.encode())


def _remove(folder: Path, name: str) -> bool:
    """Remove the file called *name*, and its folder once that is empty. Return whether it was."""
    place = files.inside(folder, PurePosixPath(name))
    if place is None or not place.is_file():
        return False
    place.unlink()
    if place.parent != folder.resolve() and not any(place.parent.iterdir()):
        place.parent.rmdir()
    return True
