"""Pictures and enclosures that articles bring along: what they are called and where they lead.

Pure: which files an article names, and the article with their published addresses in place.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import PurePosixPath
from urllib.parse import quote, unquote, urlsplit

import imagesize

from digest.model import Draft, Enclosure, Episode, Image
from digest.syndication.identity import slugify
from digest.syndication.sanitize import absolute_html, local_images, picture_url
from digest.syndication.urls import web_url

PICTURES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".avif": "image/avif",
}
"""SVG is not among them: as a page of its own it can run scripts in the publication's name."""

_MAX_PIXELS = 1_000_000

_NOWHERE = "about:blank"
"""No address of the web: in place of a picture's own it takes the picture out."""

MEDIA_TYPES = PICTURES | {
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".wav": "audio/wav",
    ".flac": "audio/flac",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".pdf": "application/pdf",
    ".epub": "application/epub+zip",
    ".zip": "application/zip",
    ".csv": "text/csv",
    ".txt": "text/plain",
    ".vtt": "text/vtt",
    ".srt": "application/x-subrip",
    ".json": "application/json",
}

_UNKNOWN_TYPE = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that an article names, as it will be published."""

    name: str
    """``<first digits of sha256>-<file name>``: another content is another name."""

    path: str
    """Below the source's folder."""

    sha256: str
    length_bytes: int
    media_type: str
    width: int | None = None
    """Pixels; ``None`` for what is no picture, or one that does not say."""

    height: int | None = None


def references(draft: Draft, path: PurePosixPath) -> dict[str, str]:
    """Return the files that the article at *path* names: as it writes them → path in the folder.

    A reference that leads out of the folder maps to an empty path.
    """
    written = list(local_images(draft.content_html))
    if draft.image is not None and draft.image.url:
        written.append(draft.image.url)
    written.extend(enclosure.url for enclosure in draft.enclosures)
    if draft.episode is not None:
        written.extend(transcript.url for transcript in draft.episode.transcripts)
        written.append(draft.episode.chapters)
    return {item: locate(item, path) for item in written if is_local(item)}


def media_type_of(place: str) -> str:
    """Return what the file at *place*, a path or a URL, is by the end of its name."""
    try:
        path = urlsplit(place).path
    except ValueError:  # [ without ]
        return _UNKNOWN_TYPE
    return MEDIA_TYPES.get(PurePosixPath(path).suffix.lower(), _UNKNOWN_TYPE)


def is_local(reference: str) -> bool:
    """Return whether *reference* names a file beside the article, not something on the web."""
    try:
        parts = urlsplit(reference)
    except ValueError:  # [ without ]
        return False
    return not parts.scheme and not parts.netloc and bool(parts.path)


def locate(reference: str, path: PurePosixPath) -> str:
    """Return where *reference* leads from the article at *path*, below the source's folder.

    ``/x`` counts from the folder's root. Empty when it leads out of the folder.
    """
    written = unquote(urlsplit(reference).path)
    base = "" if written.startswith("/") else str(path.parent)
    joined = posixpath.normpath(posixpath.join(base, written.lstrip("/")))
    return "" if joined == ".." or joined.startswith(("../", "/")) or "\0" in joined else joined


def describe(path: PurePosixPath, sha256: str, length_bytes: int, head: bytes) -> Asset | None:
    """Return the file as it will be published; ``None`` for a kind of file that is not published.

    Args:
        path: Below the source's folder.
        sha256: Of its content, hexadecimal.
        length_bytes: Of its content.
        head: The beginning of its content, where a picture says its size.
    """
    suffix = path.suffix.lower()
    media_type = MEDIA_TYPES.get(suffix)
    if media_type is None:
        return None
    width, height = _size(head) if suffix in PICTURES else (None, None)
    return Asset(
        name=f"{sha256[:12]}-{slugify(path.stem)}{suffix}",
        path=str(path),
        sha256=sha256,
        length_bytes=length_bytes,
        media_type=media_type,
        width=width,
        height=height,
    )


def attach(draft: Draft, found: Mapping[str, Asset], *, page_url: str, media_base: str) -> Draft:
    """Return *draft* with absolute addresses for all that it links to and brings along.

    Pictures and enclosures that are neither found nor on the web are left out; a picture's words
    stay.

    Args:
        draft: The article as its file states it.
        found: The files it names that exist, by the reference as written.
        page_url: Where the article's page lives: what relative links are relative to.
        media_base: Where published media are reachable; ends in ``/``.
    """
    addresses = {written: media_base + quote(asset.name) for written, asset in found.items()}
    missing = dict.fromkeys(local_images(draft.content_html), _NOWHERE)
    enclosures = (_enclosure(enclosure, found, addresses) for enclosure in draft.enclosures)
    return replace(
        draft,
        content_html=absolute_html(draft.content_html, page_url, missing | addresses),
        image=_image(draft.image, found, addresses, page_url),
        enclosures=tuple(enclosure for enclosure in enclosures if enclosure.url),
        episode=draft.episode and _episode(draft.episode, addresses),
    )


def _image(
    image: Image | None, found: Mapping[str, Asset], addresses: Mapping[str, str], page_url: str
) -> Image | None:
    if image is None:
        return None
    asset = found.get(image.url)
    if asset is not None:
        return replace(
            image,
            url=addresses[image.url],
            media_type=asset.media_type,
            length_bytes=asset.length_bytes,
            width=asset.width,
            height=asset.height,
        )
    image = replace(image, url=picture_url(image.url, page_url) if web_url(image.url) else "")
    # Without a picture its words are kept.
    return image if image.url or image.caption or image.credit else None


def _enclosure(
    enclosure: Enclosure, found: Mapping[str, Asset], addresses: Mapping[str, str]
) -> Enclosure:
    asset = found.get(enclosure.url)
    if asset is None:
        return replace(enclosure, url=web_url(enclosure.url))
    return replace(
        enclosure,
        url=addresses[enclosure.url],
        media_type=enclosure.media_type or asset.media_type,
        length_bytes=asset.length_bytes,
    )


def _episode(episode: Episode, addresses: Mapping[str, str]) -> Episode:
    transcripts = (
        replace(item, url=addresses.get(item.url) or web_url(item.url))
        for item in episode.transcripts
    )
    return replace(
        episode,
        transcripts=tuple(item for item in transcripts if item.url),
        chapters=addresses.get(episode.chapters) or web_url(episode.chapters),
    )


def _size(head: bytes) -> tuple[int | None, int | None]:
    # A broken picture is published as it is; only its size stays unknown: here -1, or infinity.
    width, height = imagesize.get(BytesIO(head))
    if 1 <= width <= _MAX_PIXELS and 1 <= height <= _MAX_PIXELS:
        return int(width), int(height)
    return None, None
