"""Settings with which other servers treat feeds as the embedded one does (feeds.md H15). Pure.

For nginx and Caddy, as pieces to include; for static hosts, the files ``_headers`` and
``_redirects``, which Netlify, Cloudflare Pages, and others read. What such hosts cannot do is
RFC 3229, which readers' programs do well without.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from digest.syndication.served import location


@dataclass(frozen=True, slots=True)
class Hosted:
    """What is to be served."""

    url: str
    """Of the published folder; ends in a slash."""

    folder: str
    """Its absolute path on the server."""

    every_minutes: int
    hubs: Sequence[str] = ()
    """Absolute URLs."""

    moved: Mapping[str, str] = field(default_factory=dict)
    """Old URL → new URL, answered with 301."""

    gone: Sequence[str] = ()
    """URLs that are answered with 410."""

    is_site: bool = False
    """Whether the folder holds the pages of the site as well."""

    @property
    def path(self) -> str:
        """The path of :attr:`url`."""
        return urlsplit(self.url).path or "/"

    def redirects(self) -> Iterator[tuple[str, str]]:
        """Yield path and new URL of each document that has moved."""
        for old, new in self.moved.items():
            yield self.path + old.removeprefix(self.url), location(new)

    def ended(self) -> Iterator[str]:
        """Yield the path of each document that is no more."""
        for url in self.gone:
            yield self.path + url.removeprefix(self.url)


def block(head: str, lines: Sequence[str]) -> str:
    """Return *lines* in braces behind *head*, as nginx and Caddy both have it."""
    inside = (f"    {part}" for line in lines for part in line.splitlines())
    return "\n".join([f"{head} {{", *inside, "}"])
