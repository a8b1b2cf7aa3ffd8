"""From MJML to the HTML that is sent: converted, filled, styled, and tidied."""

from __future__ import annotations

import re

import css_inline
from lxml import etree
from mjml import mjml2html

from digest.rendering.around import unveil

# Outlook's conditional comments are markup, in three forms: the start and the end of what all
# clients but Outlook see, and what Outlook alone sees. All other comments are only weight.
_COMMENT = re.compile(
    r"(<!--\[if [^\]]*\]><!-->|<!--<!\[endif\]-->|<!--\[if [^\]]*\]>.*?<!\[endif\]-->)|<!--.*?-->",
    re.DOTALL,
)
_KEPT_AS_IS = re.compile(r"(<pre\b.*?</pre>)", re.DOTALL | re.IGNORECASE)
_SPACE = re.compile(r"\s*\n\s*|[ \t]{2,}")
_STYLE = re.compile(r"<style(?=[ >])")
_IGNORED = ' data-css-inline="ignore"'
# mrml repeats the title as a label of the body: outside all landmarks, which axe-core's "region"
# forbids, and with quotes that end the attribute early.
_LABEL = re.compile(r' aria-label="(?:[^"\\]|\\.)*"(?= aria-roledescription="email")')
_DECLARATIONS = re.compile(r' style="([^"]*)"')
_LOOSE, _AT_MARK = re.compile(r"\s*([:;,])\s+"), r"\1"
# What HTML allows and mrml accepts, though XML does not.
_VOID = re.compile(r"<(br|hr|img|wbr|meta|link)\b([^<>]*?)/?>", re.IGNORECASE)
_ENTITY = re.compile(r"&[A-Za-z][A-Za-z0-9]*;")
_POSITION = re.compile(r",? line \d+|, column \d+")
_UNKNOWN_ELEMENT = re.compile(r"<(mj[a-z-]*|mj-[\w-]+)")


class MarkupError(ValueError):
    """The MJML cannot be converted. *line* is where in it, when that is known."""

    def __init__(self, reason: str, line: str = "") -> None:
        """Say why, and quote the *line* of MJML to blame."""
        self.reason = reason
        self.line = line
        super().__init__(reason)


def html_of(mjml: str, css: str) -> str:
    """Return the finished HTML document of *mjml*, which may hold veiled text and HTML.

    *css* is written into the ``style`` attributes of the elements it applies to. Style sheets that
    the MJML itself carries stay in the head: they are for clients that understand media queries.

    Raises:
        MarkupError: if *mjml* is not well-formed, or uses an element that MJML does not have.
    """
    # Comments go first: once data is back, a comment in a picture's alt is somebody's words.
    document = unveil(_COMMENT.sub(lambda match: match.group(1) or "", _converted(mjml)))
    inliner = css_inline.CSSInliner(
        extra_css=css, keep_style_tags=True, load_remote_stylesheets=False
    )
    inlined = inliner.inline(_STYLE.sub(f"<style{_IGNORED}", document))
    closed = _DECLARATIONS.sub(_closed_up, inlined.replace(f"<style{_IGNORED}", "<style"))
    return _tidied(closed)


def _converted(mjml: str) -> str:
    _require_well_formed(mjml)
    try:
        # No fonts: mrml would fetch those it knows from a font service.
        html = mjml2html(mjml, fonts={})
    except ValueError as error:
        raise MarkupError(f"cannot be converted: {error}") from None
    unknown = _UNKNOWN_ELEMENT.search(html)
    if unknown:
        name = unknown.group(1)
        reason = f"MJML has no element <{name}> that can stand here"
        raise MarkupError(reason, _line_with(mjml, f"<{name}"))
    return _LABEL.sub("", html)


def _require_well_formed(mjml: str) -> None:
    """Find what mrml would take and misread: a wrong end tag swallows what comes after it."""
    as_xml = _ENTITY.sub(" ", _VOID.sub(r"<\1\2/>", mjml))
    try:
        etree.fromstring(as_xml.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        lines = mjml.splitlines()
        number = error.lineno or 0
        line = lines[number - 1] if 0 < number <= len(lines) else ""
        # libxml2 counts lines of the rendered document, which nobody has written.
        reason = _POSITION.sub("", error.msg)
        raise MarkupError(f"not well-formed: {reason}", line) from None


def _line_with(text: str, part: str) -> str:
    return next((line for line in text.splitlines() if part in line), "")


def _closed_up(match: re.Match[str]) -> str:
    """Leave out the spaces that declarations do not need: a mail has thousands of them."""
    return f' style="{_LOOSE.sub(_AT_MARK, match[1]).rstrip("; ")}"'


def _tidied(html: str) -> str:
    parts = _KEPT_AS_IS.split(html)
    parts[::2] = [_SPACE.sub(_one_space, part) for part in parts[::2]]
    return "".join(parts).strip() + "\n"


def _one_space(match: re.Match[str]) -> str:
    return "\n" if "\n" in match.group() else " "
