"""Taking single articles from elsewhere: a page on the web, a saved page, a mail."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from pathlib import Path

from digest.errors import ArticleError, DigestError, FetchError
from digest.files import write_new_file
from digest.model.upstream import Arrival
from digest.syndication import sanitize
from digest.syndication.articlefile import attributed, write_article
from digest.syndication.extract import PageError, read_page
from digest.syndication.fetch import Fetcher
from digest.syndication.mailfile import MailError, read_mail

ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
MAX_FILE_BYTES = 20_000_000
_PAGES = frozenset({".html", ".htm", ".xhtml"})
_MAILS = frozenset({".eml"})


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one of the things that were named."""

    name: str
    """As it was named: an address, or a file."""

    arrival: Arrival | None = None
    error: str = ""
    path: str = ""
    """Where it was, or would be, written; empty when it goes into the store."""


async def fetch_article(fetcher: Fetcher, url: str, timezone: tzinfo) -> Arrival:
    """Return the article of the page at *url*.

    Raises:
        FetchError: if there is no answer, or not the page.
        PageError: if it cannot be read as an article.
    """
    answer = await fetcher.get(url, {"Accept": ACCEPT})
    if not answer.is_success:
        raise FetchError(url, f"answered with {answer.status}")
    kind = answer.headers.get("content-type", "")
    return read_page(answer.body, url=answer.url, content_type=kind, timezone=timezone)


def read_file(path: Path, timezone: tzinfo) -> Arrival:
    """Return the article of a saved page (``.html``) or a mail (``.eml``).

    Raises:
        ArticleError: if it cannot be read, or is neither.
    """
    suffix = path.suffix.lower()
    if suffix not in _PAGES | _MAILS:
        raise ArticleError(path, "is neither a saved page (.html) nor a mail (.eml)")
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ArticleError(path, f"has more than {MAX_FILE_BYTES:,} bytes")
        data = path.read_bytes()
    except OSError as error:
        raise ArticleError(path, f"cannot be read: {error.strerror}") from None
    try:
        is_mail = suffix in _MAILS
        return read_mail(data, timezone=timezone) if is_mail else read_page(data, timezone=timezone)
    except (PageError, MailError) as error:
        raise ArticleError(path, str(error)) from None


def file_name(arrival: Arrival, now: datetime, zone: tzinfo) -> str:
    """Return what the article's file is called: the day it was published, and its slug."""
    day = (arrival.draft.published_at or now).astimezone(zone).date()
    return f"{day.isoformat()}-{arrival.draft.slug}.html"


def write_into(folder: Path, name: str, arrival: Arrival) -> Path:
    """Write *arrival* as the file *name* into *folder*; a file that is there stays as it is.

    Raises:
        DigestError: if there is one of that name, or it cannot be written.
    """
    path = folder / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_new_file(path, write_article(arrival).encode())
    except FileExistsError:
        raise DigestError(
            f"{path} is there already; move or delete it to add the article anew"
        ) from None
    except OSError as error:
        raise DigestError(f"{path} cannot be written: {error.strerror}") from None
    return path


def for_pushing(arrival: Arrival) -> Arrival:
    """Return *arrival* for a source of our own: it says itself where it is from."""
    content = attributed(arrival)
    draft = replace(
        arrival.draft, content_html=content, content_text=sanitize.html_to_text(content)
    )
    return replace(arrival, draft=draft, guid=arrival.guid or draft.url, is_summary=False)
