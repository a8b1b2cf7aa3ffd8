"""A feed with only what a reader has not seen yet (RFC 3229, "feed" instance manipulation).

Pure. An entry that was edited counts as new; so does a tombstone. Works on the finished documents,
whatever wrote them.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from hashlib import sha256
from typing import Any

from lxml import etree

_ENTRIES = frozenset(
    {
        "item",
        "{http://www.w3.org/2005/Atom}entry",
        "{http://purl.org/atompub/tombstones/1.0}deleted-entry",
    }
)
_PRINT_BYTES = 12


def fingerprints(document: bytes, media_type: str) -> frozenset[bytes]:
    """Return a mark for each entry of *document*, which moves whenever the entry does.

    Empty for what is no feed.
    """
    try:
        if _is_json(media_type):
            return frozenset(_print(_bytes(item)) for item in _items(document))
        return frozenset(_print(_source(element)) for element in _elements(_tree(document)))
    except (ValueError, TypeError, LookupError, etree.XMLSyntaxError):
        return frozenset()


def only_new(document: bytes, media_type: str, known: Collection[bytes]) -> bytes | None:
    """Return *document* without the entries whose marks are in *known*.

    ``None`` when nothing in it is new, though something else may have changed, when all of it is
    new, and for what is no feed: then the whole document is to be sent.
    """
    try:
        if _is_json(media_type):
            return _json_of_new(document, known)
        root = _tree(document)
    except (ValueError, TypeError, LookupError, etree.XMLSyntaxError):
        return None
    elements = list(_elements(root))
    old = [element for element in elements if _print(_source(element)) in known]
    if len(old) in {0, len(elements)}:
        return None
    holder = _holder(root)
    for element in old:
        holder.remove(element)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def _json_of_new(document: bytes, known: Collection[bytes]) -> bytes | None:
    items = _items(document)
    fresh = [item for item in items if _print(_bytes(item)) not in known]
    if len(fresh) in {0, len(items)}:
        return None
    whole = json.loads(document)
    return json.dumps(whole | {"items": fresh}, ensure_ascii=False).encode()


def _is_json(media_type: str) -> bool:
    return "json" in media_type


def _items(document: bytes) -> list[Any]:
    items = json.loads(document)["items"]
    if not isinstance(items, list):
        raise TypeError("items is no list")
    return items


def _bytes(item: object) -> bytes:
    return json.dumps(item, sort_keys=True).encode()


def _tree(document: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.fromstring(document, parser)


def _holder(root: etree._Element) -> etree._Element:
    """Return the element that holds the entries."""
    channel = root.find("channel")
    return root if channel is None else channel


def _elements(root: etree._Element) -> Iterator[etree._Element]:
    return (element for element in _holder(root) if element.tag in _ENTRIES)


def _source(element: etree._Element) -> bytes:
    # Exclusive: a name space that the feed comes to use elsewhere is no change of its entries.
    return etree.tostring(element, method="c14n", exclusive=True, with_tail=False)


def _print(source: bytes) -> bytes:
    return sha256(source).digest()[:_PRINT_BYTES]
