"""Who publishes, and what feeds say of themselves."""

from __future__ import annotations

from dataclasses import dataclass, field

from digest.model.articles import Author

DEFAULT_THEME = "broadsheet"
"""What mails look like unless the settings say otherwise."""


@dataclass(frozen=True, slots=True)
class Publication:
    """Who publishes: what feeds, mails and pages say of themselves."""

    title: str
    url: str
    """The site, absolute, ending in ``/``."""

    id: str
    """Prefix of all tag URIs, like ``tag:example.org,2026``."""

    description: str = ""
    language: str = "en"
    author: Author = field(default_factory=lambda: Author(""))
    postal_address: str = ""
    copyright: str = ""
    logo_url: str = ""
    accent: str = "#8a1c1c"
    """CSS colour ``#rrggbb``."""

    logo_width: int = 180
    """Pixels."""

    theme: str = DEFAULT_THEME
    """What mails look like: the name of a folder below ``templates/email/themes/``."""

    heading_font: str = ""
    """CSS ``font-family`` of headlines in mails; empty: the theme's own."""

    text_font: str = ""
    """CSS ``font-family`` of everything else; empty: the theme's own."""


@dataclass(frozen=True, slots=True)
class Podcast:
    """What a feed says of itself as a podcast."""

    guid: str
    """A UUID, the same wherever the feed moves to."""

    author: str
    owner_name: str = ""
    owner_email: str = ""
    image_url: str = ""
    categories: tuple[str, ...] = ()
    """Apple's names, a finer one after ``" > "``."""

    explicit: bool = False
    kind: str = "episodic"
    """``episodic`` or ``serial``."""

    locked: bool = False
    """Whether other hosts are asked not to import it."""

    medium: str = "podcast"


@dataclass(frozen=True, slots=True)
class FeedInfo:
    """What a feed's document says of itself, whatever articles it holds."""

    name: str
    title: str
    description: str
    language: str
    rss_url: str
    """Where each format is fetched from: its ``rel=self``."""

    atom_url: str
    json_url: str
    uid: str
    """The Atom feed's id, a tag URI."""

    full_content: bool = True
    ttl_minutes: int = 60
    """How often the feed can change: the real publishing interval."""

    hubs: tuple[str, ...] = ()
    podcast: Podcast | None = None
    """``None`` for a feed that is none."""
