# ruff: noqa: RUF001 - the letters of other scripts are what this is about
"""What makes an article the same article: its uid, its other names, and its content.

A *uid* is minted once, at first sight, and stored; it never changes. *Alias keys* are the names
under which a file is looked up: whichever matches says which article it is, so that a renamed file
or one that came back updates its article and is never announced again.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from dataclasses import asdict, fields, is_dataclass
from pathlib import PurePosixPath
from urllib.parse import quote

from digest.model import Draft
from digest.model.upstream import Arrival
from digest.syndication.canonical import canonical, place_within
from digest.syndication.markup import fold_white_space
from digest.syndication.sanitize import one_line

MAX_SLUG_CHARS = 80
SLUG = re.compile(rf"[a-z0-9-]{{1,{MAX_SLUG_CHARS}}}")
"""What a slug is (security.md 10): nothing that a file system or a URL could misread."""

_HASH_CHARS = 10
_TELLING_CHARS = 200
"""Text that is shorter ("Sunny, 20 degrees") may be said again of another day."""

_DRAFT_FIELDS = tuple(field.name for field in fields(Draft))
_UNSEEN = frozenset({"slug", "slug_is_explicit", "uid", "pinned", "removals", "content_text"})
"""What of a draft no reader sees, or sees as something else of it."""


def _table(letters: str, *sounds: str) -> dict[int, str]:
    return {
        ord(letter): sound for letter, sound in zip(letters, " ".join(sounds).split(), strict=True)
    }


_LATIN = _table("æœøłđðþıħŧ", "ae oe o l d d th i h t")
_GREEK = _table("αβγδεζηθικλμνξοπρσςτυφχψω", "a v g d e z i th i k l m n x o p r s s t y f ch ps o")
_CYRILLIC = _table("абвгдежзийклмнопрст", "a b v g d e zh z i i k l m n o p r s t")
_CYRILLIC |= _table("уфхцчшщыэюяёў", "u f kh ts ch sh shch y e iu ia e u")
_CYRILLIC |= _table("ђјљњћџѓќѕ", "dj j lj nj c dz gj kj dz") | {ord("ъ"): "", ord("ь"): ""}
# Cabinet of Ministers of Ukraine, resolution 55 of 2010; within words.
_UKRAINIAN = _table("гґиіїє", "h g y i i ie")
_SPOKEN = _LATIN | _GREEK | _CYRILLIC | _UKRAINIAN
_SPOKEN_ELSEWHERE = _SPOKEN | _table("ги", "g i")
_APOSTROPHES = dict.fromkeys(map(ord, "'’ʼ`´ʹ"))


def slugify(text: str) -> str:
    """Return a slug for *text*: lower-case ASCII words parted by hyphens, 1 to 80 characters.

    Latin, Greek, and Cyrillic letters are transliterated. Where letters of other scripts are lost,
    a hash of the text stands for them, so that two titles never fall together for that.
    """
    text = unicodedata.normalize("NFC", one_line(text)).casefold().translate(_APOSTROPHES)
    ukrainian = re.search("[ґєії]", text)
    spoken = text.translate(_SPOKEN if ukrainian else _SPOKEN_ELSEWHERE)
    # Accented Greek decomposes to letters of the table; a second pass speaks them.
    bare = "".join(c for c in unicodedata.normalize("NFKD", spoken) if not unicodedata.combining(c))
    bare = bare.translate(_SPOKEN)
    slug = re.sub("[^a-z0-9]+", "-", bare).strip("-")
    if not slug or any(c.isalnum() and not c.isascii() for c in bare):
        digest = hashlib.sha256(text.encode()).hexdigest()[:_HASH_CHARS]
        return f"{_cut(slug, MAX_SLUG_CHARS - _HASH_CHARS - 1)}-{digest}".strip("-")
    return _cut(slug, MAX_SLUG_CHARS)


def _cut(slug: str, limit: int) -> str:
    """Return *slug* within *limit*, whole words if the first one fits."""
    if len(slug) <= limit:
        return slug
    head, _, _ = slug[: limit + 1].rpartition("-")
    return (head or slug[:limit]).strip("-")


def _portable(path: str) -> str:
    """Return *path* alike whichever system wrote it: macOS stores accents decomposed."""
    return unicodedata.normalize("NFC", path)


def _stem(path: PurePosixPath | str) -> str:
    return _portable(str(PurePosixPath(path).with_suffix("")))


def _quoted(text: str) -> str:
    # RFC 4151, section 2.1: the specific part is made of pchar, "/", and "?" (RFC 3986).
    # Names that are not UTF-8 reach Python as surrogates; their bytes are what they are.
    try:
        raw = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raw = text.encode("utf-8", "surrogatepass")
    return quote(raw, safe="/:@!$&'()*+,;=-._~")


def mint_uid(publication_id: str, source: str, path: PurePosixPath | str) -> str:
    """Return the tag URI (RFC 4151) that an article first seen at *path* gets for good.

    Args:
        publication_id: the tagging entity, like ``tag:example.org,2026``.
        source: the name of the source, like ``articles``.
        path: relative to the source's folder; its suffix does not count, so that an article may
            turn from Markdown into HTML.
    """
    return f"{publication_id}:{_quoted(source)}/{_quoted(_stem(path))}"


def alias_keys(source: str, path: PurePosixPath | str, draft: Draft) -> tuple[str, ...]:
    """Return the names under which the article of this file may be known, surest first.

    ``uid:`` and ``slug:`` only where the front matter sets them; ``path:`` for this very file;
    ``stem:`` for the same name with another suffix; ``content:`` for the same title and text
    anywhere, which recognises a file that was renamed (absent when there is no text).
    """
    keys = []
    if draft.uid:
        keys.append(f"uid:{draft.uid}")
    keys += [f"path:{_key(source, str(path))}", f"stem:{_key(source, _stem(path))}"]
    if draft.slug_is_explicit:
        keys.append(f"slug:{_key(source, draft.slug)}")
    text = _normal(draft.content_text)
    if text:
        digest = hashlib.sha256(f"{_normal(draft.title)}\n{text}".encode()).hexdigest()
        keys.append(f"content:{digest}")
    return tuple(keys)


def _key(source: str, name: str) -> str:
    readable = _portable(f"{source}/{name}")
    # Keys are stored as UTF-8: what cannot be is percent-encoded.
    return readable if _encodable(readable) else _quoted(readable)


def _encodable(text: str) -> bool:
    return not re.search("[\0-\x1f\ud800-\udfff]", text)


def _normal(text: str) -> str:
    # Where there are line breaks only, folding white space does what one_line would do.
    line = text if text.replace("\n", " ").isprintable() else one_line(text)
    return " ".join(unicodedata.normalize("NFKC", line).casefold().split())


def content_digest(draft: Draft) -> str:
    """Return the SHA-256 (hexadecimal) over all of *draft* that a reader sees.

    It moves for a real change and stays for one of the file's layout only: white space and line
    breaks that HTML does not show, the order of keys, what was removed. Not seen, hence not in it:
    ``slug``, ``uid``, ``pinned``, and the plain text, which says what the HTML says.
    """
    unseen = _UNSEEN
    if draft.episode is None:
        # As if there were no such thing: articles of an older Digest have not changed.
        unseen |= {"episode"}
    seen = {name: getattr(draft, name) for name in _DRAFT_FIELDS if name not in unseen}
    seen["content_html"] = fold_white_space(draft.content_html)
    document = json.dumps(seen, sort_keys=True, default=_plain)
    return hashlib.sha256(document.encode()).hexdigest()


def _plain(value: object) -> object:
    """Return what JSON has for what it does not know: the parts of a draft, and times."""
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)


def upstream_keys(source: str, arrival: Arrival) -> tuple[str, ...]:
    """Return the names under which an article from upstream may be known, surest first.

    ``guid:`` what its feed calls it; ``page:`` the address it lives at, whoever links to it; and,
    for one whose site has moved or whose feed calls everything anew: ``named:`` the same title at
    that address, ``place:`` the guid without scheme and host, and ``text:`` the same title and
    text. All but ``page:`` only mean something within their source. Whoever looks articles up must
    pass over a key that several articles of one document share: some feeds give all of them the
    address of their home page.
    """
    keys = []
    if arrival.guid:
        keys.append(guid_key(source, arrival.guid))
    page = canonical(arrival.draft.url)
    if page:
        keys += [
            _hashed("page", page),
            _hashed("named", source, page, _normal(arrival.draft.title)),
        ]
    place = place_within(arrival.guid) or place_within(arrival.draft.url)
    if place:
        keys.append(_hashed("place", source, place))
    text = _normal(arrival.draft.content_text)
    if len(text) >= _TELLING_CHARS:
        keys.append(_hashed("text", source, _normal(arrival.draft.title), text))
    return tuple(keys)


def guid_key(source: str, guid: str) -> str:
    """Return the name under which the article is known that *source* calls *guid*."""
    return _hashed("guid", source, guid)


def _hashed(kind: str, *parts: str) -> str:
    """Return a key of fixed length: guids and addresses may be longer than a column."""
    whole = "\n".join(parts).encode("utf-8", "surrogatepass")
    return f"{kind}:{hashlib.sha256(whole).hexdigest()}"
