"""An article as a file of an articles folder: the inverse of reading one. Pure.

HTML, with its front matter in a comment: all that the article has is kept, a browser shows it, and
so does an editor. ``parse_article(path, write_article(arrival))`` says what *arrival* says.
"""

from __future__ import annotations

import json
from datetime import datetime
from html import escape

from digest.model import Author, Image
from digest.model.upstream import Arrival
from digest.syndication import markup


def write_article(arrival: Arrival) -> str:
    """Return *arrival* as the text of an ``.html`` file.

    Its last line leads to where it is from, if it is from somewhere: readers are to be told.
    """
    draft = arrival.draft
    values: list[tuple[str, object]] = [
        ("title", draft.title),
        ("summary", draft.summary),
        ("authors", [_author(author) for author in draft.authors]),
        ("topics", list(draft.topics)),
        ("published", _moment(draft.published_at)),
        ("updated", _moment(draft.updated_at)),
        ("url", draft.url),
        ("image", _image(draft.image)),
        ("language", draft.language),
    ]
    lines = [f"{key}: {_yaml(value)}" for key, value in values if value]
    body = _lines(draft.content_html)
    return "\n".join(["<!--", "---", *lines, "--- -->", body, *_attribution(arrival), ""])


def attributed(arrival: Arrival) -> str:
    """Return the content of *arrival* with a line that leads to where it is from."""
    return "\n".join([arrival.draft.content_html, *_attribution(arrival)])


def _attribution(arrival: Arrival) -> list[str]:
    name, url = escape(arrival.origin or arrival.draft.url, quote=False), arrival.draft.url
    return [f'<p>\u2192 <a href="{escape(url)}">{name}</a></p>'] if url else []


def _yaml(value: object) -> str:
    """Return *value* as JSON, which is YAML; ``>`` escaped, for the comment must not end in it."""
    text = json.dumps(value, ensure_ascii=False)
    for char in (">", "\x7f", "\x85", "\u2028", "\u2029", "\ufeff"):
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def _moment(moment: datetime | None) -> str:
    return moment.isoformat() if moment is not None else ""


def _author(author: Author) -> object:
    return {"name": author.name, "url": author.url} if author.url else author.name


def _image(image: Image | None) -> object:
    if image is None:
        return ""
    words = {"alt": image.alt, "caption": image.caption, "credit": image.credit}
    return {"url": image.url, **{name: text for name, text in words.items() if text}}


def _lines(html: str) -> str:
    """Return clean *html* with each block on a line of its own, but for what is preformatted."""
    out: list[str] = []
    preformatted = 0
    for token in markup.tokens(html):
        is_start = token.kind == "start" and token.name in markup.BLOCK
        if is_start and not preformatted and out and out[-1].endswith(">"):
            out.append("\n")
        out.append(token.source)
        if token.name == "pre":
            preformatted += 1 if token.kind == "start" else -1
    return "".join(out)
