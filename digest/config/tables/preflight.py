"""What is looked at before an issue is sent."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from digest.config.tables.base import Table
from digest.config.values import Expects

Severity = Annotated[
    Literal["error", "warning", "off"],
    Expects('"error" (holds the issue), "warning", or "off"'),
]


class PreflightConfig(Table):
    """``[preflight]``: how bad each finding is. An error holds the issue until somebody says so."""

    dead_links: Severity = "warning"
    """Links and pictures that lead to nothing. ``off`` fetches nothing."""

    redirect_chains: Severity = "warning"
    """Links that are redirected more than once. ``off`` with the above: nothing is fetched."""

    relative_links: Severity = "error"
    alternative_texts: Severity = "warning"
    """Pictures without alternative text."""

    contrast: Severity = "warning"
    """Text that is hard to read on its ground (WCAG AA), in light or dark mode."""

    subject: Severity = "warning"
    """Empty, or longer than 60 characters."""

    size: Severity = "error"
    """Above 100,000 bytes: Gmail would cut it off."""

    text_part: Severity = "warning"
    """Plain text that does not say what the HTML does."""

    postal_address: Severity = "warning"
    unsubscribe: Severity = "error"
    """No way to leave, or one that does not work."""

    placeholders: Severity = "warning"
    """What was meant to be filled in: ``{{name}}``, ``TKTK``, lorem ipsum."""

    duplicates: Severity = "error"
    """The same article twice, by address or by title."""

    language: Severity = "warning"
    """An article in another language than the briefing's."""

    link_seconds: Annotated[
        int, Field(ge=1, le=600), Expects("a whole number of seconds, 1 to 600")
    ] = 60
    """For all links of an issue; what was not reached by then is not looked at."""

    max_links: Annotated[
        int, Field(ge=0, le=5000), Expects("a whole number of links, 0 to fetch none")
    ] = 300
    """So many are looked at, in the order they stand in the issue."""

    def level_of(self, rule: str) -> str:
        """Return the level of *rule*, one of the keys above: ``error``, ``warning``, or ``off``."""
        return str(getattr(self, rule))

    @property
    def fetches(self) -> bool:
        """Whether links are looked at."""
        return self.max_links > 0 and {self.dead_links, self.redirect_chains} != {"off"}
