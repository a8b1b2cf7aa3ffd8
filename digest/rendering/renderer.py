"""The door to Jinja2: finds the templates, runs them in a sandbox, and explains their errors."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import jinja2
from jinja2.nodes import EvalContext
from jinja2.runtime import Context
from jinja2.utils import pass_context, pass_eval_context
from markupsafe import Markup

import digest
from digest.errors import Problem, TemplateError
from digest.model import (
    DEFAULT_THEME,
    Article,
    BriefingInfo,
    Image,
    IssueContent,
    MailContext,
    MailLinks,
    NoticeContext,
    Publication,
)
from digest.rendering import content, prose
from digest.rendering.around import veil_html, veil_text
from digest.rendering.catalogues import Catalogues
from digest.rendering.colour import mix, readable_on
from digest.rendering.convert import MarkupError, html_of
from digest.rendering.house import THEME_FILES, THEMES, at_home, outlet, themes_in
from digest.rendering.loading import FolderLoader
from digest.rendering.sample import notice_sample, samples
from digest.rendering.sandbox import Sandbox, render
from digest.rendering.wording import Wording, direction

_MJML, _CSS, _TEXT = "email/briefing.mjml", "email/briefing.css", "email/briefing.txt"
_NOTICE, _NOTICE_TEXT = "email/notice.mjml", "email/notice.txt"
_SUFFIXES = (".mjml", ".css", ".txt", ".jinja")
_UNDEFINED_NAME = re.compile(r"'(\w+)' is undefined")
_MISSING_NAME = re.compile(r"'([\w.]+) object' has no attribute '(\w+)'")


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """Both bodies of a briefing's mail; personal links still hold their placeholders."""

    html: str
    """A whole document, styles inlined."""

    text: str
    """The same content as lines of at most 72 columns, URLs aside."""

    preheader: str
    """What mail clients show beside the subject; stands hidden in :attr:`html` too."""


def bundled_templates() -> Path:
    """Return the folder of the templates that come with Digest.

    Beside the package in a checkout, inside it in an installed wheel.
    """
    package = Path(digest.__file__).parent
    in_wheel = package / "_bundled" / "templates"
    return in_wheel if in_wheel.is_dir() else package.parent / "templates"


class Renderer:
    """Renders briefings from templates in *folders*; the first folder that has one wins."""

    def __init__(self, folders: Sequence[Path]) -> None:
        """Look for templates in *folders*: the operator's, then :func:`bundled_templates`.

        A folder that does not exist counts as empty. Templates are read again when they change.
        """
        self._folders = tuple(folders)
        self._environment = _environment(self._folders)
        self.phrases = Catalogues(folders)

    def briefing(self, context: MailContext) -> RenderedMail:
        """Return the mail of the issue that *context* describes.

        The same context and template files give the same bytes.

        Raises:
            TemplateError: if a template is missing or broken; it names file and line.
        """
        wording = Wording(
            context.briefing.language,
            context.briefing.timezone,
            self.phrases,
            minutes=context.content.minutes,
        )
        return self._mail(_MJML, _TEXT, _values(context, wording))

    def notice(self, context: NoticeContext) -> RenderedMail:
        """Return the mail to one person that *context* describes.

        Raises:
            TemplateError: if a template is missing or broken; it names file and line.
        """
        values: dict[str, object] = {
            "publication": at_home(context.publication),
            "theme": context.publication.theme,
            "notice": context,
            "subject": context.subject,
            "preheader": prose.shorten(" ".join(context.paragraphs), prose.PREHEADER_CHARACTERS),
            "wording": Wording(context.language, context.timezone, self.phrases),
        }
        return self._mail(_NOTICE, _NOTICE_TEXT, values)

    def _mail(self, markup: str, text: str, values: Mapping[str, object]) -> RenderedMail:
        self._require_theme(str(values["theme"]))
        source, css = self._run(markup, values), self._run(_CSS, values)
        try:
            html = html_of(source, css)
        except MarkupError as error:
            name, line = self._origin(error.line)
            raise TemplateError(name, error.reason, line) from None
        return RenderedMail(
            html, prose.closed_up(self._run(text, values)), str(values["preheader"])
        )

    def themes(self) -> list[str]:
        """Return the names of all themes, sorted."""
        return themes_in(self._environment.list_templates())

    def check(self, theme: str = DEFAULT_THEME) -> list[Problem]:
        """Return what is wrong with the templates, by compiling all and rendering *theme*.

        Rendered with sample issues: with everything, with next to nothing, right-to-left, and
        without pictures. Also wrong is a mail that leaves out what every mail has to say
        (email.md, L9). An empty list means that briefings and notices can be rendered.
        """
        problems = [problem for name in self._names() for problem in self._compiled(name)]
        if problems:
            return [*problems, *self.phrases.check()]
        try:
            self._require_theme(theme)
        except TemplateError as error:
            return [error.problem]
        found = dict.fromkeys(self.phrases.check())
        renderer = self
        if found:
            # What is wrong with phrases is told once, not again by each template that uses them.
            renderer = Renderer(self._folders)
            renderer.phrases = Catalogues()
        for context in samples(theme):
            try:
                mail = renderer.briefing(context)
            except TemplateError as error:
                found[error.problem] = None
            else:
                found.update(dict.fromkeys(self._unsaid(mail, context)))
        try:
            renderer.notice(notice_sample(theme))
        except TemplateError as error:
            found[error.problem] = None
        return list(found)

    def _require_theme(self, theme: str) -> None:
        """Raise, naming those there are, if there is no such theme."""
        missing = [file for file in THEME_FILES if not self._has(f"{THEMES}{theme}/{file}")]
        if not missing:
            return
        if len(missing) < len(THEME_FILES):
            raise TemplateError(f"{THEMES}{theme}", f"the theme has no {', '.join(missing)}")
        known = ", ".join(self.themes())
        reason = f"there is no such theme; [publication] theme can be {known}"
        raise TemplateError(f"{THEMES}{theme}", reason)

    def _has(self, name: str) -> bool:
        return any((folder / name).is_file() for folder in self._folders)

    def _names(self) -> list[str]:
        required = (_MJML, _CSS, _TEXT, _NOTICE, _NOTICE_TEXT)
        present = self._environment.list_templates(
            filter_func=lambda name: name.startswith("email/") and name.endswith(_SUFFIXES)
        )
        return [*required, *(name for name in present if name not in required)]

    def _compiled(self, name: str) -> list[Problem]:
        try:
            self._environment.get_template(name)
        except jinja2.TemplateError as error:
            return [self._explained(error, name, {}).problem]
        return []

    def _unsaid(self, mail: RenderedMail, context: MailContext) -> list[Problem]:
        """Return a problem for each thing that law or courtesy asks for and *mail* leaves out."""
        required = {
            "publication.title": context.publication.title,
            "publication.postal_address": context.publication.postal_address.splitlines()[-1],
            "links.unsubscribe": context.links.unsubscribe,
            "links.preferences": context.links.preferences,
            "links.view_online": context.links.view_online,
        }
        parts = ((_MJML, Markup(mail.html).unescape()), (_TEXT, mail.text))  # noqa: S704 - only read
        return [
            Problem(self._path(name), f"the mail never shows {{{{ {variable} }}}}; add it")
            for name, part in parts
            for variable, value in required.items()
            if value not in part
        ]

    def _run(self, name: str, values: Mapping[str, object]) -> str:
        try:
            return render(self._environment.get_template(name), values)
        except Exception as error:  # a template can raise whatever its filters do
            raise self._explained(error, name, values) from error

    def _explained(
        self, error: Exception, name: str, values: Mapping[str, object]
    ) -> TemplateError:
        """Return *error*, which came from the template *name*, for the people who wrote it."""
        if isinstance(error, jinja2.TemplateSyntaxError):
            return TemplateError(error.filename or name, _sentence(error, values), error.lineno)
        path, line = self._path(name), None
        traceback = error.__traceback__
        while traceback:
            filename = traceback.tb_frame.f_code.co_filename
            if filename.endswith(_SUFFIXES):
                path, line = filename, traceback.tb_lineno
            traceback = traceback.tb_next
        if isinstance(error, jinja2.TemplateNotFound):
            looked = ", ".join(map(str, self._folders))
            return TemplateError(path, f"there is no template {error.name} in {looked}", line)
        return TemplateError(path, _sentence(error, values), line)

    def _path(self, name: str) -> str:
        """Return the file that the template *name* comes from, or *name* if there is none."""
        paths = (folder / name for folder in self._folders)
        return next((str(path) for path in paths if path.is_file()), name)

    def _origin(self, line: str) -> tuple[str, int | None]:
        """Return the file and line number that a *line* of rendered MJML was written in.

        The briefing's own file, without a number, when no template or more than one has it.
        """
        wanted = line.strip()
        found = [
            (self._path(name), number)
            for name in self._names()
            for number, text in enumerate(Path(self._path(name)).read_text().splitlines(), start=1)
            if wanted and text.strip() == wanted
        ]
        return found[0] if len(found) == 1 else (self._path(_MJML), None)


def _environment(folders: Sequence[Path]) -> Sandbox:
    environment = Sandbox(
        loader=FolderLoader(folders),
        autoescape=_is_markup,
        undefined=jinja2.StrictUndefined,
        finalize=_veiled,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.add_filters(
        {
            "direction": direction,
            "mail_html": lambda article, level, width: veil_html(
                content.mail_html(article.content_html, level, width)
            ),
            "mix": mix,
            "outlet": _outlet,
            "paragraphs": prose.paragraphs,
            "pull_quote": lambda article: content.pull_quote(article.content_html),
            "readable_on": readable_on,
            "shorten": prose.shorten,
            "raw": veil_html,
            "underline": prose.underline,
            "wrap": prose.wrap,
        }
    )
    return environment


def _is_markup(name: str | None) -> bool:
    return name is not None and name.endswith(".mjml")


@pass_context
def _outlet(context: Context, article: Article) -> str:
    return outlet(article, context["publication"])


@pass_eval_context
def _veiled(eval_context: EvalContext, value: object) -> object:
    """Let data go around the MJML converter; see :mod:`digest.rendering.around`."""
    if eval_context.autoescape and isinstance(value, str) and not isinstance(value, Markup):
        return veil_text(value)
    return value


def _values(context: MailContext, wording: Wording) -> dict[str, object]:
    """Return the names that templates see."""
    return {
        "publication": at_home(context.publication),
        "theme": context.publication.theme,
        "briefing": context.briefing,
        "number": context.number,
        "date": context.date,
        "subject": context.subject,
        "content": _told_apart(context.content, wording),
        "links": context.links,
        "introduction": context.introduction,
        "preheader": _preheader(context),
        "wording": wording,
    }


def _told_apart(content: IssueContent, wording: Wording) -> IssueContent:
    """Return *content* without two sections under one heading: a topic may be called "News"."""
    heading = wording.phrase("news").casefold()
    if heading not in {section.title.casefold() for section in content.sections}:
        return content
    other = wording.phrase("other_news")
    sections = (replace(s, title=s.title or other) for s in content.sections)
    return replace(content, sections=tuple(sections))


def _preheader(context: MailContext) -> str:
    """Return the words beside the subject: what the editor says, else what the issue is about."""
    lead = context.content.lead
    told = prose.paragraphs(context.introduction)[:1] or [lead.summary if lead else ""]
    if not told[0]:
        told = [article.title for article in context.content.articles]
    return prose.shorten(" · ".join(told), prose.PREHEADER_CHARACTERS)


def _sentence(error: Exception, values: Mapping[str, object]) -> str:
    """Return what *error* says, with the name that was probably meant."""
    said = str(error) or type(error).__name__
    undefined, missing = _UNDEFINED_NAME.search(said), _MISSING_NAME.search(said)
    if undefined:
        name, known = undefined[1], [*values, "article", "section"]
    elif missing:
        # Jinja2 names Python's class, which templates know nothing of.
        said = f"{missing[1].rpartition('.')[2]} has no attribute {missing[2]!r}"
        name, known = missing[2], _attributes()
    else:
        return said
    near = difflib.get_close_matches(name, known, n=1)
    return f"{said}; did you mean {near[0]!r}?" if near else said


def _attributes() -> list[str]:
    """Return the names that what templates are given has, those of articles included."""
    types = (Article, Image, MailContext, Publication, BriefingInfo, IssueContent, MailLinks)
    return sorted({field.name for each in (*types, NoticeContext) for field in fields(each)})
