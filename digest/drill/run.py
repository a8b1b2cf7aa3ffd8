"""The drill itself: an issue a day goes out, and what comes back of it comes in."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from digest.clock import LeapingClock
from digest.drill.findings import Course, DrillResult, Happening, Raised, attempt_of
from digest.drill.letters import Kept
from digest.drill.scenarios import SCENARIOS, Scenario
from digest.drill.setting import DrillLoop, copied, cut_off, expiry_of
from digest.errors import DigestError, NotFoundError
from digest.mail.drill import DrillServer, Script
from digest.mail.refusals import Kind
from digest.mail.reports import Arrival
from digest.model import Cadence, Subscription, SubscriptionState
from digest.steps.compose import draft_issue
from digest.steps.deliver import Deliverer
from digest.steps.feedback import Taken, take_mail
from digest.steps.feedback.decide import COUNTING, Effect, score
from digest.steps.subscribe import Wish, person_of, subscribe
from digest.store import alerts, deliveries, feedback, issues, subscribers, suppressions
from digest.store.alerts import Alert
from digest.store.deliveries import Audience
from digest.store.issues import NewIssue, Variant
from digest.wiring import Service

DAY = timedelta(days=1)
ISSUES = 7
"""A week of them shows an address that was good, got its trial, and was given up."""

_SPEED = 60.0
"""What waits seconds for its turn is not to keep people waiting. It must stay well below the lease
of a claim (60 s) by the time that a message takes."""

_STEP, _LONG_STEP = timedelta(minutes=1), timedelta(minutes=10)
"""What falls due within so short a time is done together: in the first hour of an issue, and
later."""

_STRIKES = COUNTING | {Effect.SUPPRESSED}
"""What counted against an address, the last one included."""

_COUNTS = frozenset({Kind.PERMANENT, Kind.TRANSIENT})

_EARLY = timedelta(hours=1)

_LAST = timedelta(days=40)
"""However it goes, the drill is over then: no issue is tried for longer (30 days)."""

Progress = Callable[[int, int], None]
"""Told how many issues are out, and of how many."""


def drill(
    service: Service,
    briefing: str,
    *,
    scenarios: Sequence[Scenario] = SCENARIOS,
    number: int = ISSUES,
    readers: Mapping[str, str] | None = None,
    progress: Progress = lambda _done, _total: None,
) -> DrillResult:
    """Send *number* issues of *briefing*, one a day, to what *scenarios* say; return what happened.

    Nothing reaches anybody, and nothing changes: it happens to a copy, which is removed at the end.

    Args:
        service: The publication.
        briefing: The briefing whose settings, articles, and templates are used.
        scenarios: What the receiving sides do; each has an invented reader.
        number: How many issues.
        readers: Real readers by address who take part, with their own history, and the name of the
            scenario that happens to them; ``None``: none.
        progress: Told of each issue.

    Raises:
        NotFoundError: if there is no such briefing, scenario, or reader.
        StoreError: if the database cannot be copied.
        DigestError: if there is no article that an issue could have.
    """
    service.config.briefing(briefing)
    with tempfile.TemporaryDirectory(prefix="digest-drill-") as name:
        place = _Place(service, Path(name), briefing, scenarios, readers or {})
        try:
            with asyncio.Runner(loop_factory=lambda: DrillLoop(place.clock)) as runner:
                return runner.run(place.run(number, progress))
        finally:
            place.store.close()


class _Place:
    """A drill while it runs."""

    def __init__(
        self,
        service: Service,
        folder: Path,
        briefing: str,
        scenarios: Sequence[Scenario],
        readers: Mapping[str, str],
    ) -> None:
        self._playing = _cast(scenarios, readers)
        self.clock = LeapingClock(_SPEED)
        self.store = copied(service, folder, self.clock)
        self._real, self._folder = service, folder
        self._briefing = briefing
        self._began = self.clock.now()
        scripts: dict[str, Script] = {
            address: scenario.script(self._began) for address, scenario in self._playing.items()
        }
        self._server = DrillServer(scripts.get, self.clock.now)
        self._mine: dict[str, Subscription] = {}
        self._heard = 0
        self._coming: list[tuple[datetime, str, Arrival]] = []
        self._reported: dict[str, list[Happening]] = defaultdict(list)
        self._points: dict[str, float] = defaultdict(float)
        self._raised: dict[tuple[str, datetime], Raised] = {}
        self._issues: list[int] = []

    async def run(self, number: int, progress: Progress) -> DrillResult:
        """Have *number* issues go out, and wait for all that comes of them."""
        self._subscribe()
        known = {alert.key for alert in self._open_alerts()}
        async with self._server as server:
            service = cut_off(self._real, self.store, self._folder, self.clock, server.port)
            deliverer, replies = _deliverer(service), service.feedback()
            again: datetime | None = None
            while self.clock.now() < self._began + _LAST:
                if len(self._issues) < number and self.clock.now() >= self._next_issue_at():
                    self._freeze(service)
                    progress(len(self._issues), number)
                taken = self._take_what_came(service)
                results = await deliverer.run_due()
                round_of_replies = await replies.go_round()
                self._listen()
                self._watch(known)
                if taken or round_of_replies.settled:
                    self._count_points()
                again = self._next(number, [result.next_attempt_at for result in results])
                if again is None:
                    break
                self.clock.leap_to(max(again, self.clock.now() + self._step()))
        return self._result(service)

    def _subscribe(self) -> None:
        """Let the invented readers subscribe, and find the real ones.

        Raises:
            NotFoundError: if a real one does not get the briefing.
        """
        invented = [
            Wish(person_of(scenario.email), self._briefing, SubscriptionState.CONFIRMED)
            for address, scenario in self._playing.items()
            if address == scenario.email
        ]
        subscribe(
            self.store,
            self._real.keyring,
            invented,
            method="operator",
            evidence="a drill",
            now=self._began,
        )
        with self.store.read() as tx:
            for address in self._playing:
                person = subscribers.find(tx, person_of(address).key)
                found = subscribers.subscription(tx, person.id, self._briefing) if person else None
                if found is None or found.state is not SubscriptionState.CONFIRMED:
                    raise NotFoundError("confirmed reader", address)
                self._mine[address] = found

    def _step(self) -> timedelta:
        """Return how far to go ahead at least."""
        last = self._next_issue_at() - DAY
        return _STEP if self.clock.now() - last < _EARLY else _LONG_STEP

    def _next_issue_at(self) -> datetime:
        return self._began + DAY * len(self._issues)

    def _freeze(self, service: Service) -> None:
        """Make an issue as a test mail is made, for the readers of the drill alone.

        Raises:
            DigestError: if there is no article for it.
        """
        now, config, name = self.clock.now(), service.config, self._briefing
        draft = draft_issue(
            self.store, config, service.renderer, service.keyring, name, now=now, is_test=True
        )
        if isinstance(draft, str):
            raise DigestError(f"no issue of {name} can be made ({draft}): `digest publish` first")
        new = NewIssue(
            briefing=name,
            period=f"drill/{len(self._issues) + 1}",
            subject=draft.subject,
            composed_at=now,
            expires_at=expiry_of(config, name, now),
            relay=config.briefings[name].relay,
            key_id=service.keyring.first_id,
            cadence=Cadence.EACH,
        )
        with self.store.write() as tx:
            issue_id = issues.add(tx, new, draft.number)
            main = draft.main
            variant = issues.add_variant(
                tx,
                issue_id,
                Variant(main.name, main.skeleton.to_bytes(), main.mail.html, main.mail.text),
            )
            audience = Audience(own={mine.id: variant for mine in self._mine.values()})
            frozen = deliveries.freeze_for(tx, issue_id, name, audience)
            issues.set_candidates(tx, issue_id, frozen)
        self._issues.append(issue_id)

    def _take_what_came(self, service: Service) -> int:
        """Take the reports that have come by now; return how many."""
        now = self.clock.now()
        due = [item for item in self._coming if item[0] <= now]
        self._coming = [item for item in self._coming if item[0] > now]
        for at, address, arrival in due:
            taken = take_mail(self.store, service.config, service.keyring, arrival, now=now)
            self._reported[address].append(_report_of(at, taken))
        return len(due)

    def _listen(self) -> None:
        """Have reports come of what arrived since the last time."""
        fresh = self._server.offered[self._heard :]
        self._heard = len(self._server.offered)
        for offered in fresh:
            address = offered.attempt.recipient
            scenario = self._playing.get(address)
            if scenario is None or scenario.report is None or not offered.has_arrived:
                continue
            attempt = offered.attempt
            at = attempt.at + scenario.after
            kept = Kept(attempt.recipient, attempt.sender, offered.content, attempt.at)
            self._coming.append((at, address, scenario.report(kept, at)))

    def _watch(self, known: set[str]) -> None:
        """Take note of which alerts are up."""
        up = {(alert.key, alert.raised_at): alert for alert in self._open_alerts()}
        for name, alert in up.items():
            if alert.key not in known:
                self._raised.setdefault(name, Raised(alert.key, alert.text, name[1], None))
        for name, raised in self._raised.items():
            if name not in up and raised.cleared_at is None:
                self._raised[name] = replace(raised, cleared_at=self.clock.now())

    def _count_points(self) -> None:
        """Take note of what counts against each address."""
        now, terms = self.clock.now(), self._real.config.feedback
        with self.store.read() as tx:
            for address, mine in self._mine.items():
                strikes = feedback.strikes_of(tx, mine.subscriber.id, _STRIKES, "")
                counting = [item for item in strikes if item.kind in _COUNTS]
                self._points[address] = max(
                    self._points[address], round(score(counting, terms, now), 2)
                )

    def _open_alerts(self) -> list[Alert]:
        with self.store.read() as tx:
            return alerts.open_alerts(tx)

    def _next(self, number: int, attempts: Sequence[datetime | None]) -> datetime | None:
        """Return when something is to be done again; ``None``: it is all over."""
        with self.store.read() as tx:
            open_issues = [
                issue_id for issue_id in self._issues if deliveries.ledger(tx, issue_id).open
            ]
        times = [at for at in attempts if at is not None] if open_issues else []
        times += [at for at, _, _ in self._coming]
        if len(self._issues) < number:
            times.append(self._next_issue_at())
        if open_issues and not times:
            return self.clock.now()
        return min(times, default=None)

    def _result(self, service: Service) -> DrillResult:
        attempts: dict[str, list[Happening]] = defaultdict(list)
        arrived: Counter[str] = Counter()
        for offered in self._server.offered:
            attempts[offered.attempt.recipient].append(attempt_of(offered))
            arrived[offered.attempt.recipient] += offered.has_arrived
        return DrillResult(
            briefing=self._briefing,
            began_at=self._began,
            ended_at=self.clock.now(),
            issues=len(self._issues),
            courses=tuple(
                self._course(address, attempts[address], arrived[address])
                for address in self._playing
            ),
            alerts=tuple(self._raised.values()),
            advice=_advice(service, self._briefing),
        )

    def _course(self, address: str, attempts: Sequence[Happening], arrived: int) -> Course:
        scenario, mine = self._playing[address], self._mine[address]
        states: Counter[str] = Counter()
        with self.store.read() as tx:
            for issue_id in self._issues:
                for row in deliveries.list_deliveries(tx, issue_id):
                    states[str(row.state)] += row.subscriber_id == mine.subscriber.id
            record = suppressions.get(tx, subscribers.hash_of(tx, mine.subscriber.id))
            now = subscribers.subscription_with(tx, mine.id)
            stored = feedback.list_reports(tx, subscriber_id=mine.subscriber.id, limit=1000)
        replies = [
            Happening(
                item.at,
                "report",
                item.diagnostic,
                item.kind,
                item.scope,
                item.effect,
                item.explanation,
            )
            for item in stored
            if item.source == "reply" and item.at >= self._began
        ]
        standing = str(now.state if now else SubscriptionState.UNSUBSCRIBED)
        if standing == SubscriptionState.CONFIRMED:
            standing = "subscribed"
        happenings = [*attempts, *replies, *self._reported[address]]
        return Course(
            scenario=scenario.name,
            story=scenario.story,
            email=address,
            deliveries={state: count for state, count in states.items() if count},
            attempts=len(attempts),
            arrived=arrived,
            points=self._points[address],
            standing="on the do-not-mail record" if record else standing,
            reason=record.evidence if record else "",
            happenings=tuple(sorted(happenings, key=lambda item: item.at)),
        )


def _deliverer(service: Service) -> Deliverer:
    """Return what delivers, as always, but that retries are not spread."""
    return Deliverer(
        service.store,
        service.config,
        service.keyring,
        service.relays,
        service.clock,
        signers=service.signers,
        jitter=lambda: 0.5,
    )


def _cast(scenarios: Sequence[Scenario], readers: Mapping[str, str]) -> dict[str, Scenario]:
    """Return what happens to which address.

    Raises:
        NotFoundError: if there is no scenario of such a name.
    """
    by_name = {scenario.name: scenario for scenario in SCENARIOS}
    playing = {scenario.email: scenario for scenario in scenarios}
    for address, name in readers.items():
        if name not in by_name:
            raise NotFoundError("scenario", name)
        playing[person_of(address).email] = by_name[name]
    return playing


def _report_of(at: datetime, taken: Taken) -> Happening:
    report, decision = taken.report, taken.decision
    return Happening(
        at=at,
        what="report",
        said=report.diagnostic or report.reason,
        kind=str(report.kind or report.sort),
        scope=str(report.scope or ""),
        effect=str(decision.effect),
        explanation=decision.explanation,
    )


def _advice(service: Service, briefing: str) -> tuple[str, ...]:
    found = []
    if not service.config.briefings[briefing].bounce_address:
        found.append(
            f"[briefings.{briefing}] has no bounce_address: reports that come later cannot be "
            "proved to be about anybody, so that bounces and most complaints have no effect"
        )
    if not service.config.feedback.forward_to:
        found.append("[feedback] has no forward_to: what people answer reaches nobody")
    return tuple(found)
