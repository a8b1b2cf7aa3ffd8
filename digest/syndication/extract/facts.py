"""What a page states of its article in so many words: in its head, and in attributes of its body.

Open Graph, Dublin Core, and the names that publishing programs use; ``rel`` links; microdata and
microformats; ``<time>``. What JSON-LD says is in :mod:`digest.syndication.extract.linked`. Nothing
is guessed here but from such marks, and nothing is looked up. Pure, linear in time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from html import unescape
from itertools import islice

from digest.model import Image
from digest.syndication import markup
from digest.syndication.markup import Token
from digest.syndication.sanitize import one_line
from digest.syndication.scalars import parse_moment
from digest.syndication.urls import web_url

_MAX_NAME_CHARS = 80
_MAX_TEXT_TOKENS = 40
_MAX_TOKENS = 60_000
_MAX_LOOKS = 500
_MAX_HEADINGS = 20
_MAX_SCRIPT_CHARS = 500_000
_EARLIEST_YEAR = 1970

_META = {
    # Names and properties by what they tell, surest first.
    "title": ("og:title", "dc.title", "citation_title", "twitter:title", "parsely-title"),
    "summary": ("og:description", "description", "dc.description", "twitter:description"),
    "published": (
        "article:published_time",
        "og:article:published_time",
        "citation_publication_date",
        "dc.date.issued",
        "dcterms.created",
        "parsely-pub-date",
        "sailthru.date",
        "pubdate",
        "publish_date",
        "dc.date",
        "date",
    ),
    "updated": (
        "article:modified_time",
        "og:article:modified_time",
        "og:updated_time",
        "dcterms.modified",
        "last-modified",
    ),
    "author": (
        "article:author",
        "og:article:author",
        "author",
        "dc.creator",
        "citation_author",
        "parsely-author",
        "sailthru.author",
        "byl",
    ),
    "topic": ("article:tag", "og:article:tag", "article:section", "news_keywords", "keywords"),
    "site": ("og:site_name", "application-name", "dc.publisher", "al:android:app_name"),
    "locale": ("og:locale", "content-language", "dc.language", "language"),
    "image": ("og:image:secure_url", "og:image:url", "og:image", "twitter:image", "thumbnail"),
    "image_alt": ("og:image:alt", "twitter:image:alt"),
    "image_width": ("og:image:width",),
    "image_height": ("og:image:height",),
    "url": ("og:url",),
}
_KNOWN = {name: rank for names in _META.values() for rank, name in enumerate(names)}
_LISTED = frozenset({"news_keywords", "keywords"})
_BYLINES = frozenset({"byline", "author", "author-name", "byline-name", "p-author", "post-author"})
_ADDRESS = re.compile(r"(?i)https?://|www\.|[^\s@]+@[^\s@]+$|@\w+$")
_SEVERAL = re.compile(r"\s*(?:,|;| and | und | et | y | & )\s*")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is stated; empty and ``None`` where nothing is."""

    title: str = ""
    summary: str = ""
    url: str = ""
    """Where it says that it lives; as written, hence perhaps relative."""

    site: str = ""
    languages: tuple[str, ...] = ()
    authors: tuple[tuple[str, str], ...] = ()
    """Names and web addresses."""

    topics: tuple[str, ...] = ()
    published_at: datetime | None = None
    updated_at: datetime | None = None
    image: Image | None = None

    def over(self, other: Facts) -> Facts:
        """Return these with what *other* says where these are silent."""
        mine, image = self.image, self.image or other.image
        if mine is not None and other.image is not None and mine.url == other.image.url:
            image = Image(
                mine.url,
                alt=mine.alt or other.image.alt,
                caption=mine.caption or other.image.caption,
                credit=mine.credit or other.image.credit,
                width=mine.width or other.image.width,
                height=mine.height or other.image.height,
            )
        return Facts(
            title=self.title or other.title,
            summary=self.summary or other.summary,
            url=self.url or other.url,
            site=self.site or other.site,
            languages=(*self.languages, *other.languages),
            authors=self.authors or other.authors,
            topics=self.topics or other.topics,
            published_at=self.published_at or other.published_at,
            updated_at=self.updated_at or other.updated_at,
            image=image,
        )


@dataclass(slots=True)
class Head:
    """What was found while walking over a page."""

    facts: Facts = field(default_factory=Facts)
    page_title: str = ""
    """The ``<title>``: often the headline with the site's name behind it."""

    headings: list[str] = field(default_factory=list)
    """The texts of its ``<h1>``."""

    canonical: str = ""
    base: str = ""
    is_amp: bool = False
    scripts: list[str] = field(default_factory=list)
    """JSON-LD, as written."""

    captions: dict[str, str] = field(default_factory=dict)
    """Of pictures in figures, by address as written."""


def read_head(html: str, timezone: tzinfo = UTC) -> Head:
    """Return what *html* states of itself.

    Args:
        html: The page.
        timezone: Of times that do not say.
    """
    found = Head()
    meta: dict[str, list[str]] = {}
    marks = _Marks()
    tokens = list(islice(markup.tokens(html), _MAX_TOKENS))
    for index, token in enumerate(tokens):
        if token.kind != "start":
            continue
        attributes = markup.attributes(token) if token.attributes else {}
        if token.name == "html":
            marks.language = marks.language or attributes.get("lang", "")
            found.is_amp = found.is_amp or not {"amp", "\u26a1"}.isdisjoint(attributes)
        elif token.name == "meta":
            _read_meta(attributes, meta)
        else:
            _read_element(token.name, attributes, tokens, index, found)
        if token.name not in {"html", "script", "title"}:
            _read_marks(attributes, tokens, index, marks, timezone)
    found.headings = [heading for heading in map(_heading, found.headings) if heading]
    found.facts = _of_meta(meta, timezone).over(marks.facts())
    return found


def _read_meta(attributes: Mapping[str, str], meta: dict[str, list[str]]) -> None:
    name = attributes.get("property") or attributes.get("name") or ""
    name = (name or attributes.get("http-equiv", "")).strip().lower()
    content = one_line(attributes.get("content", ""))
    if name in _KNOWN and content:
        meta.setdefault(name, []).append(content)


def _read_element(
    name: str, attributes: Mapping[str, str], tokens: list[Token], index: int, found: Head
) -> None:
    """Note what the element *name*, which begins at *index*, tells by what it is."""
    match name:
        case "link":
            _read_link(attributes, found)
        case "base":
            found.base = found.base or attributes.get("href", "").strip()
        case "title":
            found.page_title = found.page_title or _raw(tokens, index)
        case "script" if "ld+json" in attributes.get("type", "").lower():
            text = _raw(tokens, index, unescaped=False)
            if 0 < len(text) <= _MAX_SCRIPT_CHARS:
                found.scripts.append(text)
        case "h1" if len(found.headings) < _MAX_HEADINGS:
            found.headings.append(_text(tokens, index))
        case "figure":
            found.captions.update(_caption(tokens, index))
        case _:
            pass


def _heading(text: str) -> str:
    """Return a heading without the sign that links to it."""
    return text.rstrip("\xb6#\xa7\U0001f517 ")


@dataclass(slots=True)
class _Marks:
    """What attributes in the body tell."""

    looks: int = 0
    """How many marks were looked at."""

    is_over: bool = False
    """Whether comments have begun, which have authors and times of their own."""

    language: str = ""
    headline: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    first_time: datetime | None = None
    names: list[tuple[str, str]] = field(default_factory=list)
    bylines: list[tuple[str, str]] = field(default_factory=list)

    def facts(self) -> Facts:
        authors = self.names or self.bylines[:1]
        return Facts(
            title=self.headline,
            languages=(self.language,) if self.language else (),
            authors=tuple(dict.fromkeys(authors)),
            published_at=self.published or self.first_time,
            updated_at=self.updated,
        )


def _read_link(attributes: Mapping[str, str], found: Head) -> None:
    rel = attributes.get("rel", "").lower().split()
    if "canonical" in rel and not found.canonical:
        found.canonical = attributes.get("href", "").strip()


def _read_marks(
    attributes: Mapping[str, str],
    tokens: list[Token],
    index: int,
    marks: _Marks,
    timezone: tzinfo,
) -> None:
    """Note what the element that begins at *index* tells by its attributes."""
    token = tokens[index]
    if not attributes and token.name != "time":
        return
    props = attributes.get("itemprop", "").lower().split()
    classes = attributes.get("class", "").lower().split()
    marks.is_over = marks.is_over or "comment" in props or attributes.get("id") == "comments"
    if marks.is_over or marks.looks > _MAX_LOOKS:
        return
    marks.looks += token.name == "time" or bool(props)
    if token.name == "time" or "datepublished" in props or "datemodified" in props:
        written = attributes.get("datetime") or attributes.get("content") or ""
        moment = moment_of(written or _text(tokens, index), timezone)
        if "datemodified" in props or "dt-updated" in classes or "updated" in classes:
            # WordPress marks one and the same time as both; what is not published has no date.
            marks.updated = marks.updated or moment
        elif "datepublished" in props or "dt-published" in classes or "pubdate" in attributes:
            marks.published = marks.published or moment
        else:
            marks.first_time = marks.first_time or moment
    if "headline" in props and not marks.headline:
        marks.headline = attributes.get("content", "") or _text(tokens, index)
    rel = attributes.get("rel", "").lower().split()
    is_stated = "author" in props or ("author" in rel and token.name == "a")
    if is_stated or not _BYLINES.isdisjoint(classes):
        name = attributes.get("content", "") or _named(tokens, index) or _text(tokens, index)
        name = one_line(name)
        if name and len(name) <= _MAX_NAME_CHARS and not _ADDRESS.match(name):
            place = attributes.get("href", "") if token.name == "a" else ""
            (marks.names if is_stated else marks.bylines).append((name, place))


def _named(tokens: list[Token], index: int) -> str:
    """Return the text of the ``itemprop="name"`` inside the element at *index*; else empty."""
    for inside in range(index + 1, min(index + 8, len(tokens))):
        token = tokens[inside]
        if token.kind == "start":
            attributes = markup.attributes(token)
            if "name" in attributes.get("itemprop", "").lower().split():
                return attributes.get("content", "") or _text(tokens, inside)
    return ""


def _inside(tokens: list[Token], index: int) -> Iterator[Token]:
    """Yield what stands in the element that begins at *index*, as far as a short one goes."""
    name, level = tokens[index].name, 1
    if name in markup.VOID:
        return
    for token in tokens[index + 1 : index + 1 + _MAX_TEXT_TOKENS]:
        if token.name == name:
            level += 1 if token.kind == "start" else -1
            if not level:
                return
        yield token


def _text(tokens: list[Token], index: int) -> str:
    return markup.inner_text("".join(token.source for token in _inside(tokens, index)))


def _raw(tokens: list[Token], index: int, *, unescaped: bool = True) -> str:
    """Return the content of an element whose content is no markup."""
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    if following is None or following.kind != "comment":
        return ""
    return one_line(unescape(following.source)) if unescaped else following.source.strip()


def _caption(tokens: list[Token], index: int) -> dict[str, str]:
    """Return the words of the picture in the figure that begins at *index*, by its address."""
    addresses: list[str] = []
    words = ""
    inside = list(_inside(tokens, index))
    for place, token in enumerate(inside):
        if token.kind == "start" and token.name in {"img", "amp-img"}:
            attributes = markup.attributes(token)
            addresses += [attributes[key] for key in ("src", "data-src") if attributes.get(key)]
        elif token.kind == "start" and token.name == "figcaption":
            words = _text(inside, place)
    return dict.fromkeys(addresses, words) if words else {}


def _of_meta(meta: Mapping[str, list[str]], timezone: tzinfo) -> Facts:
    def all_of(kind: str) -> list[str]:
        return next((meta[name] for name in _META[kind] if name in meta), [])

    def one(kind: str) -> str:
        return next(iter(all_of(kind)), "")

    def moment(kind: str) -> datetime | None:
        moments = (moment_of(meta[name][0], timezone) for name in _META[kind] if name in meta)
        return next((found for found in moments if found is not None), None)

    topics: list[str] = []
    for name in _META["topic"]:
        values = meta.get(name, []) if not topics or name == "article:section" else []
        topics += [
            part for value in values for part in (value.split(",") if name in _LISTED else [value])
        ]
    names = next(
        (kept for name in _META["author"] if (kept := _names(meta.get(name, [])))),
        (),
    )
    image = one("image")
    return Facts(
        title=one("title"),
        summary=one("summary"),
        url=one("url"),
        site=one("site"),
        languages=tuple(all_of("locale")[:1]),
        authors=names,
        topics=tuple(topic.strip() for topic in topics if topic.strip()),
        published_at=moment("published"),
        updated_at=moment("updated"),
        image=Image(
            image,
            alt=one("image_alt"),
            width=pixels(one("image_width")),
            height=pixels(one("image_height")),
        )
        if image
        else None,
    )


def _names(values: list[str]) -> tuple[tuple[str, str], ...]:
    """Return those of *values* that name people; programs put addresses of profiles there, too."""
    names = [name for value in values for name in names_in(value)]
    return tuple((name, "") for name in dict.fromkeys(names))


def names_in(text: str) -> list[str]:
    """Return the people named in *text*, which has one or several of them."""
    if _ADDRESS.match(text.strip()):
        return []
    parts = _SEVERAL.split(one_line(text))
    return [part for part in parts if part and len(part) <= _MAX_NAME_CHARS]


def moment_of(text: str, timezone: tzinfo) -> datetime | None:
    """Return the time that *text* states in UTC; ``None`` where it states none that could be."""
    found = parse_moment(text.strip(), timezone) if text.strip() else None
    return found if found is not None and found.year >= _EARLIEST_YEAR else None


def pixels(value: object) -> int | None:
    """Return a number of pixels as people write it; ``None`` where it is none."""
    match = re.fullmatch(r"\s*([0-9]{1,5})(?:\.0+)?\s*(?:px)?\s*", str(value))
    return int(match[1]) or None if match else None


def same_site(one: str, other: str) -> bool:
    """Tell whether two addresses are of one site: one host, or one below the other."""
    hosts = [
        re.sub(r"^(?:www|m|mobile|amp)\.", "", web_url(url).partition("//")[2].partition("/")[0])
        for url in (one, other)
    ]
    first, second = hosts
    if not first or not second:
        return False
    return first == second or first.endswith(f".{second}") or second.endswith(f".{first}")
