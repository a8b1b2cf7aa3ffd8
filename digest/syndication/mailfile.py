"""A mail, read as an article: newsletters are saved as .eml files by most mail programs.

Pure; nothing in a mail makes it raise anything but :class:`MailError`, or take long. What belongs
to the mailing, not to the text, stays out: preheaders that nobody sees, pictures that count
readers, links with which their reader would be unsubscribed. No address of a person gets through.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from email import message_from_bytes
from email.header import decode_header
from email.message import Message
from email.utils import parseaddr
from html import escape
from itertools import islice

from digest.errors import DigestError
from digest.model.upstream import Arrival
from digest.syndication import markup, sanitize
from digest.syndication.canonical import without_tracking
from digest.syndication.encoding import DecodeError, decode, decode_as
from digest.syndication.extract.facts import moment_of
from digest.syndication.extract.lifting import without_layout
from digest.syndication.extract.preparing import without_husks
from digest.syndication.lead import take_heading
from digest.syndication.mailfurniture import is_furniture, is_furniture_link, is_online_version
from digest.syndication.markup import Token
from digest.syndication.parse.build import Stated, arrival
from digest.syndication.parse.texts import as_html
from digest.syndication.urls import web_url

MAX_BYTES = 20_000_000
"""Of a mail; most of a large one is pictures."""

MAX_HTML_CHARS = 1_000_000
_MAX_BOUNDARIES = 50
"""Each level of nesting costs the parser a comparison for every line; no newsletter has as many."""

_MAX_PARTS = 200
_MAX_HEADER = 2_000
_MAX_FURNITURE_CHARS = 500
_MAX_LINK_TOKENS = 200
_MAX_MARKS = 60_000
_BOUNDARY = re.compile(rb"boundary\s*=", re.IGNORECASE)
_FORWARDED = re.compile(r"(?i)^(?:(?:re|fwd?|wg|aw|tr|rv|rif|i|vs|sv)\s*:\s*)+")
_BARE = re.compile(r"(?<![\w\"'=/>])https?://[^\s<>\"']{4,2000}[^\s<>\"'.,;:!?)\]]")
_HIDDEN = re.compile(
    r"(?i)display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|max-height\s*:\s*0|"
    r"font-size\s*:\s*[01](?:px)?\s*(?:;|$)|opacity\s*:\s*0(?:\.0+)?\s*(?:;|$)"
)
_PADDING = re.compile("(?:[\u034f\u200c\u200b\u00ad\ufeff\u2007\u00a0 ]|&zwnj;|&nbsp;|&shy;){8,}")
_ICON = 48
"""Pixels; pictures with a side up to this are icons."""


class MailError(DigestError, ValueError):
    """A mail cannot be read as an article; the message is a predicate of it."""


def read_mail(data: bytes, *, timezone: tzinfo = UTC) -> Arrival:
    """Return the article of the mail *data* (RFC 5322).

    Args:
        data: The mail as it was sent or saved.
        timezone: Of a date that does not say.

    Returns:
        The article. Its ``url`` is where the mail says that it can be read on the web, its
        ``guid`` the Message-ID, its ``origin`` the sender's name.

    Raises:
        MailError: if it is no mail, or has no text.
    """
    message = _parsed(data)
    subject = _FORWARDED.sub("", _header(message, "Subject"))
    sender, address = parseaddr(_header(message, "From"))
    kind, text = _body(message)
    base = _web(_header(message, "Archived-At")) or _web(_header(message, "List-Archive"))
    html = as_html(_linked(text), "text/html") if kind == "html" else _as_paragraphs(text)
    trimmed = _trimmed(_visible(html), _leaving(message))
    url = _web(_header(message, "Archived-At")) or trimmed.online
    content = trimmed.html
    heading, rest = take_heading(content)
    if heading and heading.casefold() == subject.casefold():
        content = rest
    found = arrival(
        Stated(
            title=escape(subject, quote=False),
            content_html=content,
            has_content=True,
            base=base or url,
            guid=_header(message, "Message-ID").strip("<> "),
            url=url,
            language=(_header(message, "Content-Language"), trimmed.language),
            authors=((sender, ""),) if sender else (),
            published_at=moment_of(_header(message, "Date"), timezone),
        )
    )
    if found is None or not found.draft.content_text.strip():
        raise MailError("has no text that could be an article")
    clean = markup.fold_white_space(without_husks(found.draft.content_html))
    draft = replace(found.draft, content_html=clean, content_text=sanitize.html_to_text(clean))
    origin = sanitize.one_line(sender) or address.rpartition("@")[2]
    return replace(found, draft=draft, origin=origin)


def _parsed(data: bytes) -> Message:
    if len(data) > MAX_BYTES:
        raise MailError(f"has more than {MAX_BYTES:,} bytes")
    data = data.lstrip()
    if data[:5] == b"From ":  # the line that parts mails in an mbox
        data = data.partition(b"\n")[2]
    excess = next(islice(_BOUNDARY.finditer(data), _MAX_BOUNDARIES, None), None)
    if excess is not None:
        data = data[: excess.start()]
    try:
        message = message_from_bytes(data)
    except Exception:  # noqa: BLE001 - the email package fails in ever new ways
        raise MailError("is no mail that can be read") from None
    if not ("From" in message or "Subject" in message):
        raise MailError("is no mail: it has neither From nor Subject")
    return message


def _header(message: Message, name: str) -> str:
    """Return the field called *name*, decoded, on one line; empty when there is none."""
    text = str(message.get(name) or "")[:_MAX_HEADER]
    with suppress(Exception):
        text = "".join(
            piece.decode(charset or "ascii", "replace") if isinstance(piece, bytes) else piece
            for piece, charset in decode_header(text)
        )
    return sanitize.one_line(text.encode("utf-8", "replace").decode("utf-8"))


def _web(text: str) -> str:
    return web_url(text.strip("<> "))


def _leaving(message: Message) -> frozenset[str]:
    """Return the addresses with which whoever got the mail would be unsubscribed."""
    return frozenset(re.findall(r"<(https?://[^<>\s]+)>", _header(message, "List-Unsubscribe")))


def _body(message: Message) -> tuple[str, str]:
    """Return the longest text in HTML, else the longest plain one, and which it is."""
    found = {"html": "", "plain": ""}
    for part in islice(message.walk(), _MAX_PARTS):
        kind = part.get_content_type()
        if kind not in {"text/html", "text/plain"} or part.get_content_disposition():
            continue
        text = _decoded(part, html=kind == "text/html")
        name = kind.partition("/")[2]
        if len(text) > len(found[name]):
            found[name] = text
    kind = "html" if markup.inner_text(found["html"][:MAX_HTML_CHARS]) else "plain"
    if not found[kind].strip():
        raise MailError("has no text: it may be encrypted, or nothing but attachments")
    text = found[kind][:MAX_HTML_CHARS]
    if text.count("<") > _MAX_MARKS:
        raise MailError(f"has more than {_MAX_MARKS:,} tags")
    return kind, text


def _decoded(part: Message, *, html: bool) -> str:
    try:
        data = part.get_payload(decode=True)
    except Exception:  # noqa: BLE001 - see _parsed
        return ""
    if not isinstance(data, bytes):
        return ""
    label = str(part.get_param("charset") or "")
    try:
        return decode_as(data, label) or decode(data, html=html)
    except DecodeError:
        return data.decode("utf-8", "replace").replace("\0", "")


def _as_paragraphs(text: str) -> str:
    return _linked(as_html(text, "text/plain"))


def _linked(html: str) -> str:
    """Return *html* with bare addresses as links, if it has no links of its own."""
    if "<a" in html.lower():
        return html
    return _BARE.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', html)


def _visible(html: str) -> str:
    """Return *html* without what nobody sees, and without icons and logos."""
    out: list[str] = []
    skipping, level = "", 0
    for token in markup.tokens(_PADDING.sub(" ", html)):
        if skipping:
            if token.name == skipping and token.kind in {"start", "end"}:
                level += 1 if token.kind == "start" else -1
                skipping = skipping if level else ""
        elif token.kind == "start" and _is_hidden(token):
            if token.name not in markup.VOID:
                skipping, level = token.name, 1
        elif token.kind != "comment":
            out.append(token.source)
    return "".join(out)


def _is_hidden(token: Token) -> bool:
    if not token.attributes or token.name in {"html", "body"}:
        return False
    attributes = markup.attributes(token)
    if "hidden" in attributes or _HIDDEN.search(attributes.get("style", "")):
        return True
    if token.name != "img":
        return False
    if not web_url(attributes.get("src", "").strip()):
        return True  # in the mail itself (cid:, data:), hence nowhere on the web
    sides = [attributes.get(side, "").removesuffix("px") for side in ("width", "height")]
    is_small = any(side.isdecimal() and int(side[:6]) <= _ICON for side in sides)
    return is_small or "logo" in f"{attributes.get('alt', '')} {attributes['src']}".lower()


@dataclass(slots=True)
class _Block:
    """A box that is open."""

    start: int
    words: list[str] = field(default_factory=list)
    has_furniture: bool = False


@dataclass(frozen=True, slots=True)
class _Trimmed:
    html: str
    online: str
    """Where the mail can be read on the web."""

    language: str


_KEPT = sanitize.ALLOWED_TAGS | {"center", "font", "html", "body"}


def _trimmed(html: str, leaving: frozenset[str]) -> _Trimmed:
    """Return *html* without the boxes that belong to the mailing."""
    flat = markup.flatten(
        without_layout(html), allowed=_KEPT, dropped=sanitize.DROPPED_WITH_CONTENT | {"head"}
    )
    tokens = list(markup.tokens(flat))
    cuts, online = _cuts(tokens, leaving)
    pieces = [token.source for index, token in enumerate(tokens) if index not in cuts]
    language = next(
        (markup.attributes(t).get("lang", "") for t in tokens if t.name == "html"),
        "",
    )
    return _Trimmed("".join(pieces), online, language)


def _cuts(tokens: list[Token], leaving: frozenset[str]) -> tuple[set[int], str]:
    """Return which of *tokens* go, and where the mail says that it is on the web."""
    cuts: set[int] = set()
    online = ""
    blocks = [_Block(0)]
    for index, token in enumerate(tokens):
        if token.kind == "text":
            blocks[-1].words.append(token.source)
        elif token.name == "a" and token.kind == "start":
            href = markup.attributes(token).get("href", "")
            end = _end_of(tokens, index)
            words = markup.inner_text("".join(t.source for t in tokens[index : end + 1]))
            if is_online_version(words):
                online = online or without_tracking(web_url(href))
            elif href not in leaving and not is_furniture_link(words, href):
                continue
            blocks[-1].has_furniture = True
            cuts.update(range(index, end + 1))
        elif token.name not in markup.BLOCK or token.name in markup.VOID:
            continue
        elif token.kind == "start":
            blocks.append(_Block(index))
        elif len(blocks) > 1:
            block = blocks.pop()
            words = markup.inner_text("".join(block.words))
            is_short = len(words) <= _MAX_FURNITURE_CHARS
            if is_short and (block.has_furniture or is_furniture(words)):
                cuts.update(range(block.start, index + 1))
    return cuts, online


def _end_of(tokens: list[Token], index: int) -> int:
    """Return where the link that begins at *index* ends; one without an end is its tag."""
    for at in range(index + 1, min(index + _MAX_LINK_TOKENS, len(tokens))):
        if tokens[at].name == "a" and tokens[at].kind == "end":
            return at
    return index
