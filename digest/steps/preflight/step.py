"""The step: issues that wait for their links to be looked at are looked at, and let go or held."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from digest.clock import Clock
from digest.config import Config
from digest.model import Issue, IssueState
from digest.preflight import Finding, Level, Link, Proof, judge_links, links_of, stops
from digest.steps.preflight.looking import look_at
from digest.store import alerts, clicks, issues, releases
from digest.store.engine import Store, Transaction
from digest.store.issues import Variant
from digest.store.releases import Noted
from digest.syndication.fetch import Fetcher, Limits


@dataclass(frozen=True, slots=True)
class LinkResult:
    """What came of the links of one issue."""

    issue: Issue
    links: int
    """How many were looked at."""

    findings: tuple[Finding, ...]
    held: str = ""
    """Why the issue is held now; empty when it is not."""


class Inspector:
    """Looks at links of issues before they go out."""

    def __init__(
        self, store: Store, config: Config, fetcher: Callable[[Limits], Fetcher], clock: Clock
    ) -> None:
        """Prepare; nothing is opened yet."""
        self._store, self._config = store, config
        self._fetcher, self._clock = fetcher, clock

    async def go_round(self) -> tuple[LinkResult, ...]:
        """Look at the links of every issue that waits for it. Never takes longer than is settled.

        Raises:
            StoreError: if what was found cannot be written.
        """
        results = []
        for issue_id in await asyncio.to_thread(self._waiting):
            issue, links = await asyncio.to_thread(self._read, issue_id)
            settings = self._config.preflight
            answers = await look_at(
                self._fetcher, links[: settings.max_links], settings.link_seconds
            )
            found = judge_links(answers, settings)
            results.append(await asyncio.to_thread(self._write, issue, len(answers), found))
        return tuple(results)

    def _waiting(self) -> list[int]:
        with self._store.read() as tx:
            return releases.unchecked(tx)

    def _read(self, issue_id: int) -> tuple[Issue, tuple[Link, ...]]:
        with self._store.read() as tx:
            issue = _got(tx, issue_id)
            variants = issues.variants_of(tx, issue_id)
            counted = clicks.targets_of(tx, issue_id)
        base = self._config.web.url
        found = links_in(tuple(variants.values()), base, issue.briefing, issue.number)
        # Where counted links lead is looked at in their place, so that looking is not counted.
        links = (Link(url.partition("#")[0]) for url in counted)
        return issue, tuple(dict.fromkeys((*links, *found)))

    def _write(self, issue: Issue, links: int, found: tuple[Finding, ...]) -> LinkResult:
        now = self._clock.now()
        held = next((str(item) for item in found if item.level is Level.ERROR), "")
        with self._store.write() as tx:
            rows = [Noted(item.rule, item.level, item.text, item.where) for item in found]
            releases.add_findings(tx, issue.id, rows)
            releases.set_checked(tx, issue.id, now)
            release = releases.of(tx, issue.id)
            # Who decided already has seen what is to be seen.
            is_decided = release is not None and release.decision is not None
            if stops(found) and not is_decided:
                waiting = {IssueState.COMPOSED, IssueState.SENDING}
                issues.move(tx, issue.id, IssueState.HELD, if_in=waiting)
                name = f"{issue.briefing}/{issue.number}"
                text = (
                    f"{name} is held: {held}. `digest issues approve {name}` sends it all the "
                    f"same, `digest issues drop {name}` does not"
                )
                alerts.raise_alert(tx, f"preflight:{issue.id}", text, now)
            else:
                held = ""
            return LinkResult(_got(tx, issue.id), links, found, held)


def links_in(
    variants: tuple[Variant, ...], base: str, briefing: str, number: int
) -> tuple[Link, ...]:
    """Return the links of an issue's variants that are worth a look, each once.

    Not those that are one reader's own, nor the issue's own page, which is not there yet.
    """
    proofs = [Proof("", item.html, item.text, b"", "") for item in variants]
    ours = [f"{base}{path}" for path in ("unsubscribe/", "preferences/", "c/")]
    return links_of(proofs, ours=[*ours, f"{base}issues/{briefing}/{number}"])


def _got(tx: Transaction, issue_id: int) -> Issue:
    issue = issues.get(tx, issue_id)
    if issue is None:  # pragma: no cover - issues are never removed
        raise LookupError(issue_id)
    return issue
