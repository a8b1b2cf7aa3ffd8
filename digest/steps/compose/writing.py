"""Writing: articles in their roles become the mail that some readers get, as long as it may be."""

from __future__ import annotations

from dataclasses import dataclass, replace

from digest.mail.message import build
from digest.mail.skeleton import Skeleton
from digest.model import IssueContent, MailContext, MailFormat
from digest.rendering import RenderedMail
from digest.rendering.fit import Fitting, Ladder, fit
from digest.rendering.wording import Wording
from digest.steps.compose.clicks import counted
from digest.steps.compose.composition import Press
from digest.steps.compose.letter import Heading, context_of, letter_of

SIGNATURE_BYTES = 2_000
"""Room for what comes on top of a mail when it is signed: two DKIM signatures."""


@dataclass(frozen=True, slots=True)
class Written:
    """A mail for some readers, without what is personal."""

    context: MailContext
    mail: RenderedMail
    skeleton: Skeleton

    @property
    def longest_bytes(self) -> int:
        """How long it can become: as it is sent to any reader, or its HTML as it is unpacked."""
        as_sent = self.skeleton.size_bytes + SIGNATURE_BYTES
        return max(as_sent, len(self.mail.html.encode()))


def write(
    press: Press, heading: Heading, content: IssueContent, language: str, format_: MailFormat
) -> tuple[Written, Fitting]:
    """Return the mail of *content*, with as much of it as Gmail shows, and what was left out.

    Raises:
        TemplateError: if a template is broken.
    """
    config = press.config
    briefing = config.briefings[heading.briefing]
    if heading.counts_clicks:
        content = counted(content, config.web.url, heading.briefing, heading.number)

    def made(shown: IssueContent) -> Written:
        context = context_of(config, heading, shown, language)
        mail = press.renderer.briefing(context)
        if format_ is MailFormat.TEXT:
            mail = replace(mail, html="")
        return Written(context, mail, build(letter_of(config, heading, context, mail)))

    ladder = Ladder(
        content,
        full_content=config.briefing_info(heading.briefing).full_content,
        has_pictures=format_ is MailFormat.HTML,
        go_on=Wording(language, briefing.timezone, press.renderer.phrases).phrase("continue"),
    )
    found = fit(ladder, made, lambda written: written.longest_bytes)
    return found.made, found.fitting
