"""The site's pages as answers to addresses: the same bytes, served or written as files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from digest.clock import Clock
from digest.config import Config
from digest.rendering.pages import Frame, PageRenderer
from digest.store.engine import Store

_DIGITS = 10
"""Of the style sheet's hash in its name: enough that a change is another name."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is to be said at an address."""

    body: bytes
    media_type: str = "text/html; charset=utf-8"
    status: int = 200
    location: str = ""
    """Where it is instead; empty unless :attr:`status` is a redirect."""

    is_fixed: bool = False
    """Whether the address never says anything else: its name holds a hash of the content."""


class Site:
    """Answers addresses below the site's base. Safe to share between threads."""

    def __init__(
        self, store: Store, config: Config, renderer: PageRenderer, clock: Clock, *, has_forms: bool
    ) -> None:
        """Show what is in *store*; *has_forms* says whether somebody takes subscriptions."""
        self._store = store
        self._config = config
        self._renderer = renderer
        self._clock = clock
        self._has_forms = has_forms

    def frame(self) -> Frame:
        """Return what stands around every page now."""
        config = self._config
        return Frame(
            publication=config.publication_value(),
            url=config.web.url,
            base=urlsplit(config.web.url).path,
            feeds=config.feed_infos(),
            briefings=tuple(config.briefing_info(name) for name in config.briefings),
            topics=(),
            stylesheet=self.stylesheet[0],
            timezone=config.publication.timezone,
            has_forms=self._has_forms,
        )

    def render(self, template: str, /, *, language: str = "", **values: object) -> str:
        """Return the page *template* (below ``templates/web/``) filled with *values*.

        Raises:
            TemplateError: if the template is missing or broken.
        """
        return self._renderer.render(template, self.frame(), language=language, **values)

    def answer(self, path: str) -> Answer | None:
        """Return what stands at *path* (below the base, no slash at the start).

        ``None`` when nothing ever did.
        """
        name, css = self.stylesheet
        if path == name:
            return Answer(css, "text/css; charset=utf-8", is_fixed=True)
        return None

    @cached_property
    def stylesheet(self) -> tuple[str, bytes]:
        """The style sheet's path below the base, and what it says."""
        css = self._renderer.stylesheet(self._config.publication.accent).encode()
        return f"assets/site.{hashlib.sha256(css).hexdigest()[:_DIGITS]}.css", css
