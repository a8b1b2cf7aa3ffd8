"""One file of an articles folder, turned into a :class:`~digest.model.Draft`.

Pure: bytes in, a value out. Markdown, HTML, and plain text differ in how they say what the title,
the lead picture, and the text are; from there on all articles are alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from pathlib import PurePosixPath

from cmarkgfm import cmark

from digest.errors import ArticleError
from digest.model import MAX_SOURCE_BYTES, Author, Change, Draft, Image, Removal
from digest.syndication import fields, frontmatter, sanitize, webpage
from digest.syndication.encoding import DecodeError, decode
from digest.syndication.fields import Fields
from digest.syndication.frontmatter import FrontMatterError, Table
from digest.syndication.furniture import Furniture
from digest.syndication.identity import slugify
from digest.syndication.lead import first_paragraph, take_figure, take_heading, with_captions
from digest.syndication.plaintext import read_plain_text
from digest.syndication.scalars import parse_moment
from digest.syndication.sentences import summarize

MAX_LINES = 40_000
"""Lines of a file; a novel has fewer."""

MAX_TITLE_CHARS = 300
"""A first line that is longer is a paragraph."""

_DATE_PREFIX = re.compile(r"(\d{4}-\d\d-\d\d)[-_ ]?(.*)", re.DOTALL)
_WORD = re.compile(r"(?<![^\W_])[^\W\d_]{2,}(?![^\W_])")
"""What makes a file's name a name: ``0017_9f3c.txt`` was named by a machine."""

_BUNDLE = "index"
"""``a-title/index.md`` is named by its folder."""

_MARKDOWN_OPTIONS = cmark.Options.CMARK_OPT_UNSAFE | cmark.Options.CMARK_OPT_FOOTNOTES
_MARKDOWN_EXTENSIONS = ("table", "strikethrough")


@dataclass(frozen=True, slots=True)
class _Body:
    """What a file says below its front matter."""

    title: str
    html: str
    """Sanitised, title and lead picture taken out."""

    image: Image | None = None
    language: str = ""
    authors: tuple[Author, ...] = ()
    removals: tuple[Removal, ...] = ()
    fields: Fields = field(default_factory=Fields)
    """What the head of an HTML page says; front matter comes before it."""


@dataclass(frozen=True, slots=True)
class _Source:
    """What the readers of each kind of file are given."""

    text: str
    first_line: int
    known: Fields
    furniture: Furniture
    timezone: tzinfo


def parse_article(
    path: PurePosixPath,
    data: bytes,
    *,
    furniture: Furniture = Furniture(),  # noqa: B008 - frozen
    timezone: tzinfo = UTC,
) -> Draft:
    """Return what the file at *path* (relative to its source's folder) with content *data* says.

    Args:
        path: its suffix says what it is; a date at the beginning of its name is the day it was
            published, the rest its slug, unless the front matter says otherwise.
        data: the whole file.
        furniture: what to leave out of pasted pages (plain text only).
        timezone: of dates and times that do not say.

    Raises:
        ArticleError: with the line where there is one, saying what to do.
    """
    read = _READERS.get(path.suffix.lower())
    if read is None:
        known = ", ".join(sorted(SUFFIXES))
        raise ArticleError(path, f"is no article by its name; there is: {known}")
    if len(data) > MAX_SOURCE_BYTES:
        limit = f"{MAX_SOURCE_BYTES:,} bytes"
        raise ArticleError(path, f"has {len(data):,} bytes, the limit is {limit}; split it")
    try:
        text = decode(data, html=path.suffix.lower() in _HTML_SUFFIXES)
        if text.count("\n") > MAX_LINES:
            raise ArticleError(path, f"has more than {MAX_LINES:,} lines; split it")
        text, removals = _without_controls(text)
        parts = frontmatter.split(text, html=path.suffix.lower() in _HTML_SUFFIXES)
        stated = fields.read_fields(parts.table, timezone)
        body = read(_Source(parts.body, parts.body_line, stated, furniture, timezone))
        return _draft(path, stated, body, removals, timezone)
    except (DecodeError, FrontMatterError, _MarkupError) as error:
        raise ArticleError(path, str(error), error.line) from None


def _without_controls(text: str) -> tuple[str, list[Removal]]:
    """Return *text* without characters that XML forbids, and each line that had some (X1)."""
    clean = sanitize.clean_text(text)
    if len(clean) == len(text):
        return text, []
    removals = []
    for number, line in enumerate(text.split("\n"), 1):
        forbidden = sorted(set(line) - set(sanitize.clean_text(line)))
        if forbidden:
            names = " ".join(f"U+{ord(char):04X}" for char in forbidden)
            removals.append(Removal(number, names, Change.CONTROL, "not allowed in XML 1.0"))
    return clean, removals


def _is_visible(text: str) -> bool:
    """Return whether a reader sees anything of *text*: not only spaces and format characters."""
    return any(unicodedata.category(char) not in {"Cf", "Zs", "Mn"} for char in text)


def _draft(
    path: PurePosixPath,
    stated: Fields,
    body: _Body,
    removals: list[Removal],
    timezone: tzinfo,
) -> Draft:
    title = stated.title or body.fields.title or sanitize.one_line(body.title)
    if not _is_visible(title):
        raise ArticleError(path, "has no title; add `title:` to its front matter, or a heading", 1)
    if len(title) > MAX_TITLE_CHARS:
        reason = f"has a title of {len(title)} characters; put a short line above the text"
        raise ArticleError(path, reason)
    named_at, name = _from_name(path, timezone)
    slug = stated.slug or body.fields.slug
    summary = stated.summary or body.fields.summary or summarize(first_paragraph(body.html))
    return Draft(
        title=title,
        content_html=body.html,
        content_text=sanitize.html_to_text(body.html),
        summary=summary,
        slug=slug or slugify(name if _WORD.search(name) else title),
        slug_is_explicit=bool(slug),
        uid=stated.uid or body.fields.uid,
        authors=stated.authors or body.fields.authors or body.authors,
        topics=stated.topics or body.fields.topics,
        published_at=stated.published or body.fields.published or named_at,
        updated_at=stated.updated or body.fields.updated,
        image=_image(stated.image or body.fields.image, body.image),
        url=stated.url or body.fields.url,
        language=stated.language or body.fields.language or body.language,
        pinned=stated.pinned or body.fields.pinned,
        withdrawn=stated.withdrawn or body.fields.withdrawn,
        correction=stated.correction or body.fields.correction,
        enclosures=stated.enclosures,
        episode=stated.podcast_episode,
        removals=tuple(sorted((*removals, *body.removals), key=lambda removal: removal.line)),
    )


def _image(stated: Image | None, found: Image | None) -> Image | None:
    """Return the picture of the front matter with the words that the page has for it, too."""
    if stated is None or found is None or found.url:
        return stated or found
    return replace(
        stated, caption=stated.caption or found.caption, credit=stated.credit or found.credit
    )


def _from_name(path: PurePosixPath, timezone: tzinfo) -> tuple[datetime | None, str]:
    """Return the date that the file's name begins with, and the rest of the name."""
    stem = path.with_suffix("").name
    if stem.lower() == _BUNDLE and path.parent.name:
        stem = path.parent.name
    match = _DATE_PREFIX.fullmatch(stem)
    day = parse_moment(match[1], timezone) if match else None
    return (day, match[2] or stem) if match and day else (None, stem)


_TOO_MUCH = "has more markup than an article can have, or broken markup; simplify it"


class _MarkupError(ValueError):
    """A file's markup cannot be kept."""

    line = None


def _sanitized(html: str) -> str:
    """Return *html* sanitised, or refuse it where only its text could be kept."""
    clean = sanitize.sanitize_whole(html)
    if clean is None:
        raise _MarkupError(
            "has more markup than an article can have, or broken markup; simplify it"
        )
    return clean


_NO_CHARACTER = re.compile(r"&#(?:x0*fff[ef]|0*6553[45]);", re.IGNORECASE)


def _read_markdown(source: _Source) -> _Body:
    return _from_html(_sanitized(markdown_html(source.text)), source, "")


def markdown_html(text: str) -> str:
    """Return Markdown *text* as HTML, which is not sanitised yet."""
    try:
        return _markdown(text)
    except UnicodeDecodeError:
        # cmark writes bytes that are no UTF-8 for references to these two, which are no characters.
        return _markdown(_NO_CHARACTER.sub("&#xFFFD;", text))


def _markdown(text: str) -> str:
    html: str = cmark.markdown_to_html_with_extensions(
        text, options=_MARKDOWN_OPTIONS, extensions=_MARKDOWN_EXTENSIONS
    )
    return html


def _read_html(source: _Source) -> _Body:
    if sanitize.is_excessive(source.text):
        raise _MarkupError(_TOO_MUCH)
    page = webpage.read_page(source.text, first_line=source.first_line)
    said = fields.read_fields(Table(page.meta, source.first_line), source.timezone)
    language = page.language if fields.LANGUAGE.fullmatch(page.language) else ""
    known = replace(source.known, title=source.known.title or said.title)
    body = _from_html(_sanitized(page.html), replace(source, known=known), page.title)
    return replace(body, language=language, fields=said)


def _from_html(html: str, source: _Source, page_title: str) -> _Body:
    """Take title and lead picture out of sanitised *html*."""
    clean, known = html, source.known
    heading, rest = take_heading(html)
    # A page's title often is the heading with the name of the site behind it.
    title = known.title or (heading if heading and heading in page_title else page_title) or heading
    if heading and heading == title:
        html = rest
    image = None
    if known.image is None:
        image, html = take_figure(html)
    kept = with_captions(html).strip()
    # What nothing was taken out of is clean already.
    return _Body(title, kept if kept == clean.strip() else _sanitized(kept), image)


def _read_plain(source: _Source) -> _Body:
    found = read_plain_text(
        source.text,
        first_line=source.first_line,
        title=source.known.title,
        furniture=source.furniture,
    )
    html = _sanitized(found.html)
    return _Body(
        found.title, html, found.image, authors=found.authors, removals=tuple(found.removals)
    )


_READERS: dict[str, Callable[[_Source], _Body]] = {
    ".md": _read_markdown,
    ".markdown": _read_markdown,
    ".html": _read_html,
    ".htm": _read_html,
    ".txt": _read_plain,
}
_HTML_SUFFIXES = frozenset({".html", ".htm"})

SUFFIXES = frozenset(_READERS)
"""What the names of articles end in, in small letters."""
