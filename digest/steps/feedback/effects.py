"""What is known of those whom a report is about, and carrying out what was decided."""

from __future__ import annotations

from datetime import datetime, timedelta

from digest.config import FeedbackConfig
from digest.mail.pace.providers import provider_of
from digest.mail.refusals import Kind
from digest.mail.reports import Sort
from digest.model import Subscription, SubscriptionState
from digest.steps.feedback.decide import (
    BLAME_WINDOW,
    COUNTING,
    HISTORY,
    SETTLING,
    WEBHOOK,
    Decision,
    Effect,
    Standing,
)
from digest.steps.feedback.proof import Proof
from digest.store import alerts, feedback, forwards, subscribers, suppressions
from digest.store.consent import Consent
from digest.store.engine import Transaction
from digest.store.feedback import StoredReport

BLAME_ALERT = "reports:"
"""Begins the key of the alert that reports blame us: ``reports:<relay>/<domain>``."""


def standing_of(tx: Transaction, report: StoredReport, now: datetime) -> Standing:
    """Return what is known of those whom *report* is about."""
    hour_ago = now - timedelta(hours=1)
    count = forwards.count_since(tx, Effect.FORWARDED, hour_ago) if report.sort == Sort.REPLY else 0
    number = report.subscriber_id
    if number is None:
        return Standing(forwards=count)
    sent = feedback.sent(tx, report.issue_id, number) if report.issue_id is not None else None
    person = subscribers.get(tx, number)
    strikes = feedback.strikes_of(tx, number, COUNTING, Effect.SUPPRESSED)
    settled = now - SETTLING
    since = now - HISTORY
    good_since = 0
    if strikes and strikes[-1].at < settled:
        good_since = feedback.good_issues(tx, number, strikes[-1].at, settled, Sort.BOUNCE)
    blamed: dict[str, int] = {}
    if report.kind == Kind.OUR_FAULT and report.relay:
        found = feedback.blamed(tx, report.relay, now - BLAME_WINDOW, Kind.OUR_FAULT)
        for domain, people in found.items():
            service = provider_of(domain)
            blamed[service] = blamed.get(service, 0) + people
    return Standing(
        sent=sent,
        is_there=person is not None,
        is_suppressed=person is not None
        and subscribers.is_suppressed(tx, subscribers.hash_of(tx, number)),
        strikes=strikes,
        good_issues=feedback.good_issues(tx, number, since, settled, Sort.BOUNCE),
        good_since=good_since,
        blamed=blamed,
        forwards=count,
    )


def carry_out(
    tx: Transaction,
    terms: FeedbackConfig,
    report: StoredReport,
    proof: Proof,
    decision: Decision,
    now: datetime,
) -> None:
    """Do what was decided; a complaint or the end of an address reaches the journal as well."""
    if decision.effect is Effect.UNSUBSCRIBED:
        # Whoever asked, the proof says which.
        found = subscribers.subscription_with(tx, proof.subscription_id or 0)
        _leave(tx, [found] if found else [], report, now)
    elif decision.effect is Effect.SUPPRESSED:
        _give_up(tx, report, decision, now)
    elif decision.effect in {Effect.BLAMED, Effect.PAUSED}:
        _blame(tx, terms, report, decision, now)


def _leave(tx: Transaction, found: list[Subscription], report: StoredReport, now: datetime) -> None:
    method = "webhook" if report.source == WEBHOOK else "mailto"
    method = "complaint" if report.sort == Sort.COMPLAINT else method
    for subscription in found:
        if subscription.state is SubscriptionState.UNSUBSCRIBED:
            continue
        consent = Consent(
            subscription.subscriber.id,
            subscription.briefing,
            now,
            SubscriptionState.UNSUBSCRIBED,
            method,
            "",
        )
        subscribers.set_state(tx, consent)


def _give_up(tx: Transaction, report: StoredReport, decision: Decision, now: datetime) -> None:
    person = subscribers.get(tx, report.subscriber_id or 0)
    if person is None:
        return  # They had everything erased meanwhile.
    is_complaint = report.sort == Sort.COMPLAINT
    all_of_them = subscribers.subscriptions_of(tx, person.id)
    _leave(tx, all_of_them if is_complaint else [], report, now)
    # The record outlives the person: nothing that a server said, which may name the address.
    evidence = f"report {report.id} about {report.issue or 'an issue'}: {report.reason}"
    subscribers.suppress(
        tx,
        subscribers.hash_of(tx, person.id),
        now,
        "complaint" if is_complaint else "bounce",
        f"{evidence} {decision.explanation}",
    )
    suppressions.settle_waiting(tx, person.id, now)


def _blame(
    tx: Transaction,
    terms: FeedbackConfig,
    report: StoredReport,
    decision: Decision,
    now: datetime,
) -> None:
    domain = provider_of(report.domain) if decision.pause_domain is None else decision.pause_domain
    name = f"{report.relay}/{domain or '*'}"
    if decision.pause_domain is not None:
        feedback.pause(tx, report.relay, domain, now + terms.pause, decision.explanation)
    text = (
        f"{domain or 'several domains'} blame our mail by relay {report.relay!r}: {report.reason} "
        f"It says: {report.diagnostic[:300] or 'nothing more'}. No subscriber is touched; "
        "digest feedback list has the reports"
    )
    alerts.raise_alert(tx, f"{BLAME_ALERT}{name}"[:200], text, now)
