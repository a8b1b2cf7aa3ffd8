"""The words that people agree to, and which wording of them it was."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from digest.config import Config
from digest.rendering.wording import Wording

_VERSION_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody was shown when they agreed."""

    text: str
    version: str
    """Follows from the text: another text is another version."""


def words_of(config: Config, briefing: str, language: str) -> Words:
    """Return what people agree to when they subscribe to *briefing* on a page in *language*.

    Raises:
        NotFoundError: if there is no such briefing.
    """
    wording = Wording(language or config.publication.language, "UTC")
    text = wording.phrase(
        "consent", briefing=config.briefing(briefing).title, publication=config.publication.title
    )
    return Words(text, hashlib.sha256(text.encode()).hexdigest()[:_VERSION_DIGITS])
