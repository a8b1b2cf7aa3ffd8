"""What a page says of its article in JSON-LD (schema.org), however the program wrote it.

Pure. Texts are bounded, and so is how deep they are read; what is no JSON says nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import tzinfo
from html import unescape
from typing import Any

from digest.model import Image
from digest.syndication.canonical import canonical
from digest.syndication.extract.facts import Facts, moment_of, names_in, pixels
from digest.syndication.sanitize import one_line

_KINDS = (
    # Surest first: a page may describe itself, its site, and its article.
    re.compile(r"\w*Article|\w*Posting"),
    re.compile(r"Recipe|QAPage|Question|HowTo|Report|VideoObject|\w*Episode"),
    re.compile(r"\w*Page"),
)
_PAGE = len(_KINDS) - 1
_MAX_NODES = 2_000
_MAX_DEPTH = 12
_WRAPPING = re.compile(r"^\s*(?://)?\s*(?:<!\[CDATA\[|<!--)|(?://)?\s*(?:\]\]>|-->)\s*$|;\s*$")

Node = Mapping[str, Any]


def read_linked(scripts: Sequence[str], url: str, timezone: tzinfo) -> Facts:
    """Return what *scripts*, the JSON-LD of one page, say of its article.

    Args:
        scripts: As written.
        url: Where the page is: it may name other articles, too.
        timezone: Of times that do not say.
    """
    nodes: list[Node] = []
    for script in scripts:
        for value in _values(script):
            nodes += _nodes(value, 0)
            if len(nodes) > _MAX_NODES:
                break
    nodes = nodes[:_MAX_NODES]
    by_id = {str(node["@id"]): node for node in nodes if "@id" in node and len(node) > 1}
    site = Facts(site=_site(nodes))
    ranked = [(rank, node) for node in nodes if (rank := _rank(node)) < len(_KINDS)]
    if not ranked:
        return site
    page = canonical(url)
    rank, article = min(
        ranked, key=lambda item: (item[0], bool(page) and canonical(_address(item[1])) != page)
    )
    found = _facts(article, by_id, timezone).over(site)
    # The name of a page is its title with the site's name in it.
    return found if rank < _PAGE else replace(found, title="")


def _values(script: str) -> Iterator[object]:
    text = script
    for _ in range(3):
        text = _WRAPPING.sub("", text)
    for candidate in (text, unescape(text)):
        try:
            yield json.loads(candidate, strict=False)
        except (ValueError, RecursionError):
            continue
        return


def _nodes(value: object, depth: int) -> Iterator[Node]:
    """Yield all objects of *value* that have a type or a name of their own, outer ones first."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, dict):
        if "@type" in value or "@id" in value:
            yield value
        for inner in value.values():
            if isinstance(inner, dict | list):
                yield from _nodes(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _nodes(inner, depth + 1)


def _types(node: Node) -> list[str]:
    kinds = node.get("@type")
    listed = kinds if isinstance(kinds, list) else [kinds]
    return [str(kind).rpartition("/")[2] for kind in listed if isinstance(kind, str)]


def _rank(node: Node) -> int:
    kinds = _types(node)
    for rank, pattern in enumerate(_KINDS):
        if any(pattern.fullmatch(kind) for kind in kinds) and _title(node):
            return rank
    return len(_KINDS)


def _address(node: Node) -> str:
    place = node.get("mainEntityOfPage")
    address = node.get("url") or (place.get("@id") if isinstance(place, dict) else place)
    return address if isinstance(address, str) else ""


def _title(node: Node) -> str:
    return _words(node.get("headline")) or _words(node.get("name"))


def _site(nodes: Sequence[Node]) -> str:
    for node in nodes:
        if "WebSite" in _types(node) and _words(node.get("name")):
            return _words(node.get("name"))
    return ""


def _facts(node: Node, by_id: Mapping[str, Node], timezone: tzinfo) -> Facts:
    publisher = _known(node.get("publisher"), by_id)
    language = node.get("inLanguage")
    name = language.get("alternateName") if isinstance(language, dict) else language
    topics = [*_list(node.get("keywords")), *_list(node.get("articleSection"))]
    return Facts(
        title=_title(node),
        summary=_words(node.get("description")),
        url=_address(node),
        site=_words(publisher.get("name")) if publisher else "",
        languages=(name,) if isinstance(name, str) else (),
        authors=tuple(_authors(node, by_id)),
        topics=tuple(part for topic in topics for part in _split(topic)),
        published_at=moment_of(_words(node.get("datePublished")), timezone),
        updated_at=moment_of(_words(node.get("dateModified")), timezone),
        image=_image(node.get("image") or node.get("thumbnailUrl"), by_id),
    )


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else [value]


def _words(value: object) -> str:
    """Return a text on one line; the first of several; empty where there is none."""
    value = value[0] if isinstance(value, list) and value else value
    if isinstance(value, dict):
        value = value.get("@value")
    return one_line(unescape(value)) if isinstance(value, str) else ""


def _split(value: object) -> list[str]:
    if isinstance(value, dict):
        value = value.get("name")
    return [part.strip() for part in _words(value).split(",") if part.strip()]


def _known(value: object, by_id: Mapping[str, Node]) -> Node | None:
    """Return the object that *value* is, or refers to; the first of several."""
    value = value[0] if isinstance(value, list) and value else value
    if not isinstance(value, dict):
        return None
    return value if len(value) > 1 else by_id.get(str(value.get("@id")), value)


def _authors(node: Node, by_id: Mapping[str, Node]) -> Iterator[tuple[str, str]]:
    for value in _list(node.get("author") or node.get("creator")):
        if isinstance(value, str):
            yield from ((name, "") for name in names_in(unescape(value)))
            continue
        person = _known(value, by_id)
        if person is not None:
            url = person.get("url")
            name = _words(person.get("name"))
            if name:
                yield name, url if isinstance(url, str) else ""


def _image(value: object, by_id: Mapping[str, Node]) -> Image | None:
    """Return the widest picture that *value* names."""
    found: list[Image] = []
    for item in _list(value):
        if isinstance(item, str) and item.strip():
            found.append(Image(item.strip()))
            continue
        node = _known(item, by_id)
        address = (node.get("url") or node.get("contentUrl")) if node is not None else None
        address = address[0] if isinstance(address, list) and address else address
        if node is not None and isinstance(address, str) and address.strip():
            credit = _words(node.get("creditText")) or _words(node.get("copyrightHolder"))
            found.append(
                Image(
                    address.strip(),
                    caption=_words(node.get("caption")),
                    credit=credit,
                    width=pixels(_plain_size(node.get("width"))),
                    height=pixels(_plain_size(node.get("height"))),
                )
            )
    return max(found, key=lambda image: image.width or 0) if found else None


def _plain_size(value: object) -> object:
    return value.get("value") if isinstance(value, dict) else value
