# ruff: noqa: RUF001 - the punctuation of many languages
"""Plain text as people paste it from a page or a mail, turned into an article.

Pure. Nothing is rewritten: every line ends up in the article, in its caption or byline, or among
the removals.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from html import escape

from digest.model import Author, Change, Image, Removal
from digest.syndication import layout, pagehead, quotations
from digest.syndication.furniture import Furniture
from digest.syndication.layout import Line, Paragraph
from digest.syndication.quotations import Quotation
from digest.syndication.sentences import ends_in_punctuation
from digest.syndication.urls import web_url

_MAX_HEADING_CHARS = 90
_MAX_HEADING_COLUMNS = 100
_MAX_HEADINGS_IN_A_ROW = 2
_HEAD_PARAGRAPHS = 6
_MAX_QUOTED_PARAGRAPHS = 12
_MAX_TEASERS = 30
_MAX_TEASER_CHARS = 150

_UNDERLINE = re.compile(r"(=|-|~|_)\1{2,}")
_RULE = re.compile(r"(?:([*_=~-])(?:[ \t]?\1){2,}|⁂)")
_URL = re.compile(r"https?://[^\s<>\"“”„«»‘’「」『』（）]+")


@dataclass(slots=True)
class PlainText:
    """What a plain text holds."""

    title: str = ""
    html: str = ""
    image: Image | None = None
    """The words of a picture that is not there: its ``url`` is empty."""

    authors: tuple[Author, ...] = ()
    """From a byline."""

    removals: list[Removal] = field(default_factory=list)


def read_plain_text(
    text: str, *, first_line: int = 1, title: str = "", furniture: Furniture | None = None
) -> PlainText:
    """Return what *text* (with LF line ends) says.

    Args:
        text: the body of the file.
        first_line: the line of the file that *text* starts on.
        title: the article's title if it is known; otherwise the first line is.
        furniture: what to leave out.
    """
    found = PlainText(title=title)
    lines = [Line(n, raw.rstrip()) for n, raw in enumerate(text.split("\n"), first_line)]
    lines = _without_furniture(lines, furniture or Furniture(), found)
    lines, headings = _without_underlines(lines)
    groups = layout.blocks(lines)
    full = layout.wrap_width(groups)
    groups = _take_title(groups, full, found)
    paragraphs = [p for group in groups for p in layout.paragraphs(group, full)]
    paragraphs = _take_head(paragraphs, found)
    found.html = "\n".join(_render(paragraphs, headings))
    found.removals.sort(key=lambda removal: removal.line)
    return found


def _remove(found: PlainText, line: int, text: str, reason: str) -> None:
    found.removals.append(Removal(line, text.strip(), Change.FURNITURE, reason))


def _without_furniture(lines: list[Line], furniture: Furniture, found: PlainText) -> list[Line]:
    """Return *lines* with those of the page blanked, so that they still part paragraphs."""
    rules = [furniture.rule(line.text) for line in lines]
    first = next((i for i, line in enumerate(lines) if line.text), 0)
    content = next((line.text for i, line in enumerate(lines) if line.text and not rules[i]), "")
    if not found.title and (not content or ends_in_punctuation(content)):
        rules[first] = ""  # the title, even if it is "Home": what comes next is none
    _add_teasers(lines, rules)
    kept = []
    for line, rule in zip(lines, rules, strict=True):
        if rule:
            _remove(found, line.number, line.text, rule)
        kept.append(replace(line, text="") if rule else line)
    return kept


def _add_teasers(lines: Sequence[Line], rules: list[str]) -> None:
    """Mark the headlines of other articles that a page lists under "More articles" at its end."""
    start, teasers = 0, 0
    for i in range(len(lines) - 1, 0, -1):
        if rules[i].startswith("related articles"):
            start = i
        elif lines[i].text and not rules[i]:
            teasers += 1
            if teasers > _MAX_TEASERS or not _is_teaser(lines[i].text.strip()):
                break
    before = sum(1 for i in range(start) if lines[i].text and not rules[i])
    if before < 2:  # noqa: PLR2004 - a title and a text
        return
    heading = ""
    for i in range(start, len(lines)):
        if rules[i].startswith("related articles"):
            heading = lines[i].text.strip()
        elif lines[i].text and not rules[i]:
            rules[i] = f"headline under {heading!r}"


def _is_teaser(text: str) -> bool:
    return len(text) <= _MAX_TEASER_CHARS and not re.search(r"[.!:;,。！：]\Z", text)


def _without_underlines(lines: list[Line]) -> tuple[list[Line], set[int]]:
    """Return *lines* without lines drawn under headings, and the numbers of those headings."""
    headings: set[int] = set()
    kept = list(lines)
    for i in range(1, len(lines)):
        above, line = lines[i - 1], lines[i]
        length = layout.width(above.text.strip())
        is_under = _UNDERLINE.fullmatch(line.text.strip()) and not _RULE.fullmatch(
            above.text.strip()
        )
        if is_under and 0 < length <= _MAX_HEADING_COLUMNS and abs(length - len(line.text)) <= 3:  # noqa: PLR2004 - drawn by hand
            headings.add(above.number)
            kept[i] = replace(line, text="")
    return kept, headings


def _take_title(groups: list[list[Line]], full: int, found: PlainText) -> list[list[Line]]:
    if not groups:
        return groups
    first = groups[0]
    if found.title:
        same = first[0].text.split() == found.title.split()
        return [g for g in (first[1:], *groups[1:]) if g] if same else groups
    whole = list(layout.paragraphs(first, full))
    # A title that was too long for one line of a hard-wrapped text is the whole first block.
    if full and len(groups) > 1 and len(whole) == 1 and not ends_in_punctuation(whole[0].text):
        found.title = whole[0].text
        return groups[1:]
    found.title = first[0].text.strip()
    return [g for g in (first[1:], *groups[1:]) if g]


def _take_head(paragraphs: list[Paragraph], found: PlainText) -> list[Paragraph]:
    """Take date, byline, and caption off the beginning; what follows is the article."""
    kept: list[Paragraph] = []
    removed = [removal.line for removal in found.removals]
    for i, paragraph in enumerate(paragraphs[:_HEAD_PARAGRAPHS]):
        text = paragraph.text
        if i + 1 == len(paragraphs) or len(kept) > 1:
            return kept + paragraphs[i:]
        apart = any(paragraph.number < n < paragraphs[i + 1].number for n in removed)
        authors = pagehead.read_byline(text)
        if pagehead.is_date_line(text):
            _remove(found, paragraph.number, text, "date line")
        elif authors and not found.authors:
            found.authors = authors
        elif not _take_caption(paragraph, found, apart=apart, sure=bool(kept)):
            kept.append(paragraph)
    return kept + paragraphs[_HEAD_PARAGRAPHS:]


def _take_caption(paragraph: Paragraph, found: PlainText, *, apart: bool, sure: bool) -> bool:
    text, line = paragraph.text, paragraph.number
    image = found.image
    if image is not None:
        credit = pagehead.read_credit(text)
        if credit and image.credit:
            _remove(found, line, text, "second picture credit")
        elif credit:
            found.image = replace(image, credit=credit)
        return bool(credit)
    caption = pagehead.read_caption(text, apart=apart, sure=sure)
    if caption is None:
        return False
    found.image = Image("", caption=caption.caption, credit=caption.credit)
    return True


def _render(paragraphs: Sequence[Paragraph], headings: set[int]) -> Iterator[str]:
    candidates = [_may_be_heading(paragraph) for paragraph in paragraphs]
    i = 0
    while i < len(paragraphs):
        paragraph = paragraphs[i]
        taken = 1
        if items := _list(paragraphs, i):
            taken = len(items)
            yield _list_html(items)
        elif paragraph.number in headings or _is_heading(candidates, i):
            yield f"<h2>{_inline(paragraph.text)}</h2>"
        elif _RULE.fullmatch(paragraph.text):
            yield "<hr>"
        elif quoted := _quotation(paragraphs, i):
            taken = len(quoted)
            yield _quotation_html(quoted)
        else:
            yield f"<p>{'<br>'.join(map(_inline, paragraph.lines))}</p>"
        i += taken


def _may_be_heading(paragraph: Paragraph) -> bool:
    text = paragraph.text
    return (
        len(paragraph.lines) == 1
        and len(text) <= _MAX_HEADING_CHARS
        and layout.width(text) <= _MAX_HEADING_COLUMNS
        and not ends_in_punctuation(text)
        and not text[0].islower()
        and any(char.isalpha() for char in text)
        and not re.search(r"://|\S@\S", text)
        and not layout.BULLET.match(text)
        and not quotations.read_quotation(text)
        and not quotations.read_speaker(text)
    )


def _is_heading(candidates: Sequence[bool], i: int) -> bool:
    """Say whether a short line heads what follows: it stands between paragraphs, nearly alone."""
    if not candidates[i] or i == 0:
        return False
    start = end = i
    while start > 0 and candidates[start - 1] and i - start < _MAX_HEADINGS_IN_A_ROW:
        start -= 1
    while end + 1 < len(candidates) and candidates[end + 1] and end - i < _MAX_HEADINGS_IN_A_ROW:
        end += 1
    return end + 1 < len(candidates) and end - start < _MAX_HEADINGS_IN_A_ROW and start > 0


def _list(paragraphs: Sequence[Paragraph], i: int) -> list[tuple[int | None, str]]:
    """Return the items of the list that starts at *i* with their numbers; empty if none does."""
    items: list[tuple[int | None, str]] = []
    mark = ""
    for j in range(i, len(paragraphs)):
        paragraph = paragraphs[j]
        text = paragraph.text
        number, bullet = layout.NUMBER.match(text), layout.BULLET.match(text)
        if len(paragraph.lines) > 1:
            break
        if number:
            value = int(number[1])
            if items and items[-1][0] != value - 1:
                break
            items.append((value, text[number.end() :]))
        elif bullet and (not items or text[0] == mark):
            items.append((None, text[bullet.end() :]))
        else:
            break
        mark = text[0]
    # One hyphen is a dash of speech, one number the beginning of a sentence: lists have two.
    return items if len(items) > 1 or mark in "•‣▪◦" else []


def _list_html(items: Sequence[tuple[int | None, str]]) -> str:
    first = items[0][0]
    inner = "".join(f"<li>{_inline(text)}</li>" for _, text in items)
    if first is None:
        return f"<ul>{inner}</ul>"
    start = "" if first == 1 else f' start="{first}"'
    return f"<ol{start}>{inner}</ol>"


def _quotation(paragraphs: Sequence[Paragraph], i: int) -> list[Quotation]:
    """Return the paragraphs of the quotation that starts at *i*; empty if none does."""
    found: list[Quotation] = []
    for paragraph in paragraphs[i : i + _MAX_QUOTED_PARAGRAPHS]:
        text = paragraph.text
        quoted = quotations.read_quotation(text)
        if found and text[0] != found[0].text[0]:
            return []
        if quoted:
            found.append(quoted)
            break
        if not quotations.opens(text):
            return []
        found.append(Quotation(text))
    else:
        return []
    after = i + len(found)
    if not found[-1].speaker and after < len(paragraphs):
        speaker = quotations.read_speaker(paragraphs[after].text)
        found += [speaker] if speaker else []
    return found


def _quotation_html(quoted: Sequence[Quotation]) -> str:
    body = "".join(f"<p>{_inline(quotation.text)}</p>" for quotation in quoted if quotation.text)
    last = quoted[-1]
    if last.speaker:
        before, _, after = last.attribution.rpartition(last.speaker)
        cite = f"<cite>{_inline(last.speaker)}</cite>"
        body += f"<footer>{_inline(before)}{cite}{_inline(after)}</footer>"
    return f"<blockquote>{body}</blockquote>"


def _inline(text: str) -> str:
    """Return *text* as HTML, its bare addresses as links."""
    out: list[str] = []
    position = 0
    for match in _URL.finditer(text):
        address = _trimmed(match[0])
        url = web_url(address)
        if url:
            out.append(escape(text[position : match.start()], quote=False))
            out.append(f'<a href="{escape(url)}">{escape(address, quote=False)}</a>')
            position = match.start() + len(address)
    out.append(escape(text[position:], quote=False))
    return "".join(out)


def _trimmed(address: str) -> str:
    """Return *address* without the punctuation of the sentence around it."""
    surplus = address.count(")") - address.count("(")
    end = len(address)
    while end and (address[end - 1] in ".,;:!?'…*_" or (address[end - 1] == ")" and surplus > 0)):
        surplus -= address[end - 1] == ")"
        end -= 1
    return address[:end]
