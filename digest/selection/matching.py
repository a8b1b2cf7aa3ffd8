"""What an article is asked, whether for a feed or for an issue. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from digest.model import Listed


def hidden(article: Listed, now: datetime) -> str:
    """Return why nobody may see *article* at *now*; empty when everybody may."""
    if article.withdrawn_at is not None:
        return "withdrawn"
    if article.published_at > now:
        return f"embargoed until {article.published_at:%Y-%m-%d %H:%M} UTC"
    return ""


def unmatched(
    article: Listed, topics: Sequence[str], excluded: Sequence[str], sources: Sequence[str]
) -> str:
    """Return why topics or source of *article* are not those wanted; empty when they are.

    Empty *topics* and *sources* want all.
    """
    own = {topic.casefold() for topic in article.topics}
    if topics and not own & {topic.casefold() for topic in topics}:
        return f"has none of the topics {', '.join(topics)}"
    banned = [topic for topic in excluded if topic.casefold() in own]
    if banned:
        return f"has the excluded topic {banned[0]}"
    if sources and article.source not in sources:
        return f"comes from {article.source}, not from {', '.join(sources)}"
    return ""


def speaks(language: str, wanted: str) -> bool:
    """Tell whether *language* is *wanted* or a kind of it (RFC 4647, section 3.3.1)."""
    return f"{language}-".casefold().startswith(f"{wanted}-".casefold())


def newest_first(articles: Iterable[Listed]) -> tuple[Listed, ...]:
    """Return *articles*, the newest first; of two at one moment the one seen later."""
    return tuple(
        sorted(articles, key=lambda item: (item.published_at, item.sequence), reverse=True)
    )
