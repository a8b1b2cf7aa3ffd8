"""What ``digest check <briefing>`` does: preflight of the next issue, as it would be now."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from digest.cli.previews import draft
from digest.preflight import Finding, Level, Link, judge, judge_links, links_of
from digest.steps.compose.proofs import proofs_of
from digest.steps.preflight import look_at
from digest.wiring import Service


@dataclass(frozen=True, slots=True)
class PreflightReport:
    """What preflight says of the next issue."""

    briefing: str
    subject: str
    """Empty when there would be no issue."""

    reason: str
    """Why there would be none; empty when there would be one."""

    articles: int
    variants: int
    links: int
    """How many were looked at."""

    findings: tuple[Finding, ...]

    def count(self, level: Level) -> int:
        """Return how many findings are so bad."""
        return sum(1 for item in self.findings if item.level is level)


def check_briefing(service: Service, briefing: str, *, offline: bool) -> PreflightReport:
    """Return what preflight says of the briefing's next issue; *offline* fetches nothing.

    Raises:
        NotFoundError: if there is no such briefing.
        TemplateError: if a template is broken.
    """
    composition = draft(service, briefing)
    if isinstance(composition, str):
        return PreflightReport(briefing, "", composition, 0, 0, 0, ())
    config, settings = service.config, service.config.preflight
    proofs = proofs_of(config, service.keyring, composition, service.clock.now())
    found = judge(proofs, settings)
    links: tuple[Link, ...] = ()
    if settings.fetches:
        base = config.web.url
        own = f"{base}issues/{briefing}/{composition.number}"
        links = links_of(proofs, ours=[own])[: settings.max_links]
    if offline and links:
        text = f"{len(links)} links were not looked at: --offline"
        found = (*found, Finding("dead_links", text, Level.NOTE))
    elif links:
        answers = asyncio.run(look_at(service.fetcher, links, settings.link_seconds))
        found = (*found, *judge_links(answers, settings))
    return PreflightReport(
        briefing,
        composition.subject,
        "",
        len(composition.plan.articles),
        len(composition.renditions),
        0 if offline else len(links),
        found,
    )
