"""The pages of the site: Jinja2 templates in a sandbox, everything escaped, no name undefined.

``templates/web/`` holds them. What articles and readers wrote is data to them; the only HTML that
goes in as HTML is an article's, and that was cleaned right before (:mod:`.pagehtml`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import jinja2

from digest.errors import Problem, TemplateError
from digest.model import BriefingInfo, FeedInfo, Publication
from digest.rendering.catalogues import Catalogues
from digest.rendering.colour import mix, readable_on
from digest.rendering.loading import FolderLoader
from digest.rendering.pagehtml import page_html, safe_json, shows
from digest.rendering.prose import paragraphs, shorten
from digest.rendering.sandbox import Sandbox, render
from digest.rendering.wording import Wording, direction

_FOLDER = "web/"
_SUFFIXES = (".html", ".css", ".js", ".xml", ".txt", ".svg", ".jinja")


@dataclass(frozen=True, slots=True)
class TopicLink:
    """A topic, and the page that lists its articles."""

    title: str
    path: str
    """Below the site's base, without a slash at the start: ``topics/world``."""

    count: int
    """How many articles it has now."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What every page says around its own content."""

    publication: Publication
    url: str
    """The site's base, absolute, ending in ``/``: for canonical addresses."""

    base: str
    """The path of that: ``/``, or ``/news/`` for a site below a folder. Links begin with it."""

    feeds: tuple[FeedInfo, ...]
    briefings: tuple[BriefingInfo, ...]
    topics: tuple[TopicLink, ...]
    stylesheet: str
    """Paths of the style sheet, the script, and the icon below the base."""

    script: str
    icon: str

    timezone: str
    """IANA zone in which pages tell times."""

    has_forms: bool
    """Whether somebody answers ``subscribe``: false on a static site without the web app."""

    has_issues: bool
    """Whether there is anything in the archive of issues."""

    topic_feeds: tuple[tuple[str, FeedInfo], ...] = ()
    """The feeds that topics have by themselves, with the topic of each."""

    def link(self, path: str) -> str:
        """Return where a link to the page at *path* below the base leads."""
        return self.base + path

    def local(self, url: str) -> str:
        """Return *url* as a link of this site: without scheme and host where it is our own."""
        origin = self.url.removesuffix(self.base)
        return url.removeprefix(origin) if url.startswith(f"{origin}/") else url


class PageRenderer:
    """Renders pages from the ``web/`` of *folders*; the first folder that has a template wins."""

    def __init__(self, folders: Sequence[Path], below: str = _FOLDER) -> None:
        """Look for templates in *folders*: the operator's, then those that come with Digest.

        A folder that does not exist counts as empty. Templates are read again when they change.
        *below* is the folder in those that the pages are in.
        """
        self._below = below
        self._folders = tuple(folders)
        self._environment = _environment(self._folders)
        self.phrases = Catalogues(folders)
        self._seen = ""

    def render(self, template: str, frame: Frame, language: str = "", /, **values: object) -> str:
        """Return *template* (a path below ``web/``) filled with *values* and the *frame*.

        It sees ``frame``, ``publication`` (the frame's), and ``wording``, which speaks *language*
        (empty: the publication's), besides *values*.

        Raises:
            TemplateError: if it is missing or broken; the error names file and line.
        """
        names: Mapping[str, object] = {
            "frame": frame,
            "publication": frame.publication,
            "wording": self.wording(frame, language),
            **values,
        }
        return self._run(template, names)

    def wording(self, frame: Frame, language: str = "") -> Wording:
        """Return what pages of *frame* in *language* (empty: the publication's) speak with."""
        return Wording(language or frame.publication.language, frame.timezone, self.phrases)

    def asset(self, template: str, /, **values: object) -> str:
        """Return the style sheet, script, or icon *template* (a path below ``web/``).

        Raises:
            TemplateError: if the template is missing or broken.
        """
        return self._run(template, values)

    def _run(self, template: str, values: Mapping[str, object]) -> str:
        name = self._below + template
        try:
            return render(self._environment.get_template(name), values)
        except Exception as error:  # a template can raise whatever its filters do
            raise self._explained(error, name) from error

    def stamp(self) -> str:
        """Return a text that is another one whenever a template of the site changed."""
        times = []
        for folder in self._folders:
            for path in (folder / self._below).rglob("*"):
                with suppress(FileNotFoundError):  # an editor's temporary file
                    times.append(path.stat().st_mtime_ns)
        stamp = f"{len(times)}/{max(times, default=0)}"
        if stamp != self._seen and self._environment.cache is not None:
            # Jinja notices that a file has changed, but not that another goes before it now.
            self._environment.cache.clear()
        self._seen = stamp
        return stamp

    def check(self) -> list[Problem]:
        """Return what is wrong with the templates, by compiling all of them."""
        found = []
        for name in self._environment.list_templates(
            filter_func=lambda name: name.startswith(self._below) and name.endswith(_SUFFIXES)
        ):
            try:
                self._environment.get_template(name)
            except jinja2.TemplateError as error:
                found.append(self._explained(error, name).problem)
        return found

    def _explained(self, error: Exception, name: str) -> TemplateError:
        """Return *error*, which came from the template *name*, for the people who wrote it."""
        said = str(error) or type(error).__name__
        if isinstance(error, jinja2.TemplateSyntaxError):
            return TemplateError(error.filename or name, said, error.lineno)
        if isinstance(error, jinja2.TemplateNotFound):
            looked = ", ".join(map(str, self._folders))
            return TemplateError(name, f"there is no template {error.name} in {looked}")
        path, line, traceback = name, None, error.__traceback__
        while traceback:
            filename = traceback.tb_frame.f_code.co_filename
            if filename.endswith(_SUFFIXES):
                path, line = filename, traceback.tb_lineno
            traceback = traceback.tb_next
        return TemplateError(path, said, line)


def _environment(folders: Sequence[Path]) -> Sandbox:
    environment = Sandbox(
        loader=FolderLoader(folders),
        autoescape=_is_markup,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.add_filters(
        {
            "direction": direction,
            "json": safe_json,
            "mix": mix,
            "page_html": page_html,
            "paragraphs": paragraphs,
            "readable_on": readable_on,
            "shorten": shorten,
            "shows": shows,
        }
    )
    return environment


def _is_markup(name: str | None) -> bool:
    return name is not None and name.endswith((".html", ".xml", ".svg", ".jinja"))
