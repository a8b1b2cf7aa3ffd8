"""What the keys of front matter mean: from a tree of text to typed values, each mistake by line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo

from digest.model import Author, Enclosure, Episode, Image, Transcript
from digest.syndication.assets import is_local, media_type_of
from digest.syndication.entry import EPISODE_KINDS
from digest.syndication.frontmatter import FrontMatterError, Items, Node, Scalar, Table
from digest.syndication.identity import SLUG, slugify
from digest.syndication.sanitize import clean_text, one_line
from digest.syndication.scalars import duration, parse_moment, whole_number
from digest.syndication.urls import web_url

_SYNONYMS = {
    # What other publishing tools call the same thing, where spelling alone would not tell.
    "author": "authors",
    "byline": "authors",
    "by": "authors",
    "categories": "topics",
    "category": "topics",
    "cover": "image",
    "date": "published",
    "description": "summary",
    "excerpt": "summary",
    "guid": "uid",
    "headline": "title",
    "id": "uid",
    "keywords": "topics",
    "lang": "language",
    "lastmod": "updated",
    "link": "url",
    "modified": "updated",
    "permalink": "url",
    "picture": "image",
    "section": "topics",
    "sticky": "pinned",
    "tags": "topics",
}
LANGUAGE = re.compile("[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_MAIL = re.compile(r"[^\s@<>,;\"()]+@[^\s@<>,;\"()]+")
_NAME_AND_MAIL = re.compile(r"([^<>]*)<([^<>]*)>")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")
_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+", re.IGNORECASE)
_TRUE = frozenset({"true", "yes", "on"})
_FALSE = frozenset({"false", "no", "off"})
_MAX_BYTES = 10**15
_MAX_COUNT = 100_000


@dataclass(frozen=True, slots=True)
class Fields:
    """What the front matter says; empty or ``None`` where it is silent."""

    title: str = ""
    slug: str = ""
    summary: str = ""
    authors: tuple[Author, ...] = ()
    topics: tuple[str, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    image: Image | None = None
    url: str = ""
    uid: str = ""
    language: str = ""
    pinned: bool = False
    withdrawn: str = ""
    correction: str = ""
    enclosures: tuple[Enclosure, ...] = ()
    season: int | None = None
    episode: int | None = None
    episode_type: str = ""
    explicit: bool | None = None
    transcripts: tuple[Transcript, ...] = ()
    chapters: str = ""

    @property
    def podcast_episode(self) -> Episode | None:
        """What it says as an episode of a podcast; ``None`` when it says nothing of that."""
        episode = Episode(
            self.season,
            self.episode,
            self.episode_type,
            self.explicit,
            self.transcripts,
            self.chapters,
        )
        return None if episode == Episode() else episode


def read_fields(table: Table, timezone: tzinfo) -> Fields:
    """Return what *table* says; dates and times without a zone are in *timezone*.

    Raises:
        FrontMatterError: with the line, for an unknown key and for a value that does not fit.
    """
    _check_keys(table, (*_READERS, *_PLURALS.values()), "")
    for one, many in _PLURALS.items():
        if one in table.values and many in table.values:
            reason = f"has both {one} and {many}; keep one of the two"
            raise FrontMatterError(reason, table.key_lines[many])
    found: dict[str, object] = {}
    singles = {many: one for one, many in _PLURALS.items()}
    for key, node in table.values.items():
        reader = _READERS[singles.get(key, key)]
        found[_PLURALS.get(key, key)] = reader(node, key, timezone)
    return Fields(**found)  # type: ignore[arg-type]  # each reader returns its field's type


def _check_keys(table: Table, known: tuple[str, ...], within: str) -> None:
    for key, line in table.key_lines.items():
        if key in known:
            continue
        synonym = _SYNONYMS.get(key.lower())
        near = difflib.get_close_matches(key.lower(), known, n=1, cutoff=0.5)
        if synonym in known:
            hint = f"say {synonym}"
        elif near:
            hint = f"did you mean {near[0]}?"
        else:
            hint = f"there is: {', '.join(known)}"
        raise FrontMatterError(f"has an unknown key {within}{one_line(key)[:60]!r}; {hint}", line)


def _text(node: Node, key: str, _: object = None) -> str:
    """Return a value that is one line of text."""
    if not isinstance(node, Scalar):
        kind = "a list" if isinstance(node, Items) else "a mapping"
        hint = "" if isinstance(node, Items) else "; put a value that starts with { into quotes"
        raise FrontMatterError(f"{key} must be text, not {kind}{hint}", node.line)
    return one_line(node.text)


def _prose(node: Node, key: str, _: object = None) -> str:
    """Return a value that may hold paragraphs."""
    _text(node, key)
    assert isinstance(node, Scalar)  # noqa: S101 - _text saw to it
    paragraphs = re.split(r"\n[ \t]*\n", clean_text(node.text))
    return "\n\n".join(line for line in map(one_line, paragraphs) if line)


def _slug(node: Node, key: str, _: object) -> str:
    value = _text(node, key)
    if value and not SLUG.fullmatch(value):
        rule = "1 to 80 small letters a to z, digits, and hyphens"
        raise FrontMatterError(f"{key} must be {rule}, like {slugify(value)}", node.line)
    return value


def _boolean(node: Node, key: str, _: object) -> bool:
    value = _text(node, key).lower()
    if value not in _TRUE | _FALSE:
        raise FrontMatterError(f"{key} must be true or false", node.line)
    return value in _TRUE


def _withdrawn(node: Node, key: str, _: object) -> str:
    value = _text(node, key)
    if value.lower() in _FALSE:
        return ""
    return "Withdrawn" if value.lower() in _TRUE else value


def _when(node: Node, key: str, timezone: tzinfo) -> datetime:
    moment = parse_moment(_text(node, key), timezone)
    if moment is None:
        reason = f"{key} must be a date or a time, like 2026-01-21 or 2026-01-21 14:30"
        raise FrontMatterError(reason, node.line)
    return moment


def _url(node: Node, key: str, _: object = None) -> str:
    value = _text(node, key)
    url = web_url(value)
    if value and not url:
        raise FrontMatterError(f"{key} must be an http or https address", node.line)
    return url


def _uid(node: Node, key: str, _: object) -> str:
    value = _text(node, key)
    if value and not _URI.fullmatch(value):
        raise FrontMatterError(f"{key} must be a URI, like tag:example.org,2026:name", node.line)
    return value


def _language(node: Node, key: str, _: object) -> str:
    value = _text(node, key).replace("_", "-")
    if value and not LANGUAGE.fullmatch(value):
        raise FrontMatterError(f"{key} must be a language tag, like en or pt-BR", node.line)
    return value


def _list(node: Node) -> Iterator[Node]:
    if isinstance(node, Items):
        yield from node.items
    else:
        yield node


def _topics(node: Node, key: str, _: object) -> tuple[str, ...]:
    if isinstance(node, Scalar):
        names = [one_line(name) for name in node.text.split(",")]
    else:
        names = [_text(item, key) for item in _list(node)]
    unique: dict[str, str] = {}
    for name in filter(None, names):
        unique.setdefault(name.casefold(), name)
    return tuple(unique.values())


def _authors(node: Node, key: str, _: object) -> tuple[Author, ...]:
    authors = (_author(item, key) for item in _list(node))
    return tuple(author for author in authors if author.name)


def _author(node: Node, key: str) -> Author:
    if isinstance(node, Table):
        _check_keys(node, ("name", "email", "url"), f"{key}.")
        values = {name: _text(value, f"{key}.{name}") for name, value in node.values.items()}
        name, email = values.get("name", ""), values.get("email", "")
        url = _url(node.values["url"], f"{key}.url") if "url" in node.values else ""
        if not name:
            raise FrontMatterError(f"{key} needs a name", node.line)
    else:
        value, url = _text(node, key), ""
        match = _NAME_AND_MAIL.fullmatch(value)
        name, email = (match[1].strip(), match[2].strip()) if match else (value, "")
        name = name or email
    if email and not _MAIL.fullmatch(email):
        raise FrontMatterError(f"{key} has no valid address: {email[:80]!r}", node.line)
    return Author(name, email, url)


def _place(node: Node, key: str) -> str:
    """Return an absolute URL, or a path as written: what is beside the file is ingest's matter."""
    value = _text(node, key)
    if not re.match(r"[^/?#]*:|[/\\]{2}", value):
        return value
    url = web_url(value)
    if not url:
        raise FrontMatterError(f"{key} must be a file or an http or https address", node.line)
    return url


def _file_or_url(table: Table, key: str) -> tuple[str, bool]:
    """Return where a picture or enclosure is, and whether that is on the web."""
    present = [name for name in ("file", "url") if name in table.values]
    if len(present) != 1:
        raise FrontMatterError(f"{key} needs either a file or a url", table.line)
    name = present[0]
    node = table.values[name]
    place = _url(node, f"{key}.url") if name == "url" else _place(node, f"{key}.file")
    if not place:
        raise FrontMatterError(f"{key}.{name} is empty", node.line)
    return place, ":" in place.split("/", 1)[0]


def _image(node: Node, key: str, _: object) -> Image | None:
    if isinstance(node, Scalar):
        place = _place(node, key)
        return Image(place) if place else None
    if isinstance(node, Items):
        raise FrontMatterError(f"{key} must be one picture, not a list", node.line)
    words = ("alt", "caption", "credit")
    _check_keys(node, ("file", "url", *words), f"{key}.")
    place, _on_web = _file_or_url(node, key)
    alt, caption, credit = (
        _text(node.values[name], f"{key}.{name}") if name in node.values else "" for name in words
    )
    return Image(place, alt=alt, caption=caption, credit=credit)


def _enclosures(node: Node, key: str, _: object) -> tuple[Enclosure, ...]:
    return tuple(_enclosure(item, key) for item in _list(node))


def _enclosure(node: Node, key: str) -> Enclosure:
    if isinstance(node, Scalar):
        place = _place(node, key)
        if not place:
            raise FrontMatterError(f"{key} is empty", node.line)
        # What a file beside the article is, ingest finds out. Of one on the web nobody says how
        # long it is, which RSS requires of enclosures: there it becomes a media:content.
        return Enclosure(place, "" if is_local(place) else media_type_of(place), 0)
    if isinstance(node, Items):
        raise FrontMatterError(f"{key} must be a file, or a mapping with file or url", node.line)
    _check_keys(node, ("file", "url", "type", "length", "title", "duration"), f"{key}.")
    place, on_web = _file_or_url(node, key)
    values = {name: _text(value, f"{key}.{name}") for name, value in node.values.items()}
    media_type, length = values.get("type", "").lower(), values.get("length", "")
    if on_web and not (media_type and length):
        # RSS requires both; of a file beside the article, ingest finds them out.
        reason = f"{key} with a url needs type (like audio/mpeg) and length (in bytes)"
        raise FrontMatterError(reason, node.line)
    if media_type and not _MEDIA_TYPE.fullmatch(media_type):
        raise FrontMatterError(f"{key}.type must be like audio/mpeg", node.values["type"].line)
    if length and not whole_number(length, _MAX_BYTES):
        reason = f"{key}.length must be a number of bytes"
        raise FrontMatterError(reason, node.values["length"].line)
    seconds = duration(values.get("duration", ""))
    if seconds is None and values.get("duration"):
        reason = f"{key}.duration must be seconds or like 1:02:03"
        raise FrontMatterError(reason, node.values["duration"].line)
    title = values.get("title", "")
    return Enclosure(place, media_type, int(length or 0), title=title, duration_seconds=seconds)


def _transcripts(node: Node, key: str, _: object) -> tuple[Transcript, ...]:
    return tuple(_transcript(item, key) for item in _list(node))


def _transcript(node: Node, key: str) -> Transcript:
    if not isinstance(node, Table):
        place = _place(node, key)
        if not place:
            raise FrontMatterError(f"{key} is empty", node.line)
        return Transcript(place, media_type_of(place))
    _check_keys(node, ("file", "url", "type", "language"), f"{key}.")
    place, _on_web = _file_or_url(node, key)
    media_type = _text(node.values["type"], f"{key}.type") if "type" in node.values else ""
    if media_type and not _MEDIA_TYPE.fullmatch(media_type):
        raise FrontMatterError(f"{key}.type must be like text/vtt", node.values["type"].line)
    said = node.values.get("language")
    language = _language(said, f"{key}.language", None) if said else ""
    return Transcript(place, media_type.lower() or media_type_of(place), language)


def _place_or_nothing(node: Node, key: str, _: object) -> str:
    return _place(node, key)


def _count(node: Node, key: str, _: object) -> int:
    value = _text(node, key)
    if not whole_number(value, _MAX_COUNT) or int(value) == 0:
        raise FrontMatterError(f"{key} must be a whole number from 1", node.line)
    return int(value)


def _episode_type(node: Node, key: str, _: object) -> str:
    value = _text(node, key).lower()
    if value not in EPISODE_KINDS:
        raise FrontMatterError(f"{key} must be full, trailer, or bonus", node.line)
    return value


_READERS: dict[str, Callable[[Node, str, tzinfo], object]] = {
    "title": _text,
    "slug": _slug,
    "summary": _prose,
    "authors": _authors,
    "topics": _topics,
    "published": _when,
    "updated": _when,
    "image": _image,
    "url": _url,
    "uid": _uid,
    "language": _language,
    "pinned": _boolean,
    "withdrawn": _withdrawn,
    "correction": _prose,
    "enclosure": _enclosures,
    "season": _count,
    "episode": _count,
    "episode_type": _episode_type,
    "explicit": _boolean,
    "transcript": _transcripts,
    "chapters": _place_or_nothing,
}

_PLURALS = {"enclosure": "enclosures", "transcript": "transcripts"}
"""Keys that may be written in either number, and the field that they fill."""
