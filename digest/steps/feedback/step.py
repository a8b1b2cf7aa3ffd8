"""Feedback: what comes back is read, proved, decided, and written, all in one transaction.

A mail is taken when that transaction is committed and not before, so that a restart in the middle
loses nothing; what comes twice is known by its identity, so that it counts once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from digest.config import Config
from digest.mail.reports import (
    Arrival,
    Report,
    Sort,
    addressed_to,
    identity_of,
    is_null_sender,
    read_report,
)
from digest.steps.feedback import effects
from digest.steps.feedback.decide import Decision, Effect, decide
from digest.steps.feedback.forwarding import is_from_answerer
from digest.steps.feedback.proof import (
    NONE,
    Proof,
    prove,
    proved_by_message,
    proved_by_sender,
    with_subscription,
)
from digest.store import alerts, feedback, forwards, subscribers
from digest.store.catchup import require_current
from digest.store.engine import Store, Transaction
from digest.store.feedback import NewReport, StoredReport
from digest.tokens import Keyring

_BATCH = 100

FORWARDS_ALERT = "feedback:forwards"
"""Key of the alert that what people write has to wait."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a provider reports of a message of ours."""

    report: Report
    """What it says."""

    identity: str
    """What names the event for ever, at most 64 characters: the same again counts once."""

    source: str = "webhook"
    address: str = ""
    """The recipient that the provider names. Alone it proves nothing."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one thing that came in."""

    report: Report
    proof: Proof
    decision: Decision
    report_id: int | None = None
    """Under which it is listed; ``None`` when nothing was written."""

    is_new: bool = True
    """Whether it had not come before."""

    email: str = ""
    """Of the subscriber it was proved to be about; empty: nobody's."""


def take_mail(
    store: Store, config: Config, keyring: Keyring, arrival: Arrival, *, now: datetime
) -> Taken:
    """Take a mail that came in. Once this returns, it is dealt with for good.

    Raises:
        StoreError: if it cannot be written: then it was not taken, and is to be kept. So too while
            the database is a restored one that may not know of the mail this one is about.
    """
    require_current(store)
    report, proof = _understood(keyring, arrival, now)
    identity = identity_of(arrival, proof.about)
    with store.write() as tx:
        return _write(tx, config, report, proof, identity, arrival.source, now, arrival.data)


def take(store: Store, config: Config, keyring: Keyring, event: Event, *, now: datetime) -> Taken:
    """Take a report of a provider that proved itself; it counts as :func:`take_mail` has it.

    It is about whom the report's ``envelope_sender`` proves, by the MAC in it, or else its
    ``message_id`` together with the event's address.

    Raises:
        StoreError: if it cannot be written: then it was not taken.
    """
    with store.write() as tx:
        return take_within(tx, config, keyring, event, now=now)


def take_within(
    tx: Transaction, config: Config, keyring: Keyring, event: Event, *, now: datetime
) -> Taken:
    """Do what :func:`take` does as a part of the transaction *tx*."""
    report, proof = _proved(tx, config, keyring, event, now)
    return _write(tx, config, report, proof, event.identity, event.source, now)


def explain(
    store: Store, config: Config, keyring: Keyring, arrival: Arrival, *, now: datetime
) -> Taken:
    """Return what :func:`take_mail` would do with a mail, and why; nothing is changed."""
    report, proof = _understood(keyring, arrival, now)
    identity = identity_of(arrival, proof.about)
    with store.read() as tx:
        return _explained(tx, config, report, proof, identity, arrival.source, now)


def explain_event(
    store: Store, config: Config, keyring: Keyring, event: Event, *, now: datetime
) -> Taken:
    """Return what :func:`take` would do with an event, and why; nothing is changed."""
    with store.read() as tx:
        report, proof = _proved(tx, config, keyring, event, now)
        return _explained(tx, config, report, proof, event.identity, event.source, now)


def settle_undecided(store: Store, config: Config, *, now: datetime) -> int:
    """Decide what follows from replies that relays gave while we sent. Return how many.

    Raises:
        StoreError: if that cannot be written.
    """
    with store.read() as tx:
        if not feedback.has_undecided(tx):
            return 0
    count = 0
    while True:
        with store.write() as tx:
            batch = feedback.undecided(tx, _BATCH)
            for stored in batch:
                _settle(tx, config, stored, now)
        count += len(batch)
        if len(batch) < _BATCH:
            return count


def _proved(
    tx: Transaction, config: Config, keyring: Keyring, event: Event, now: datetime
) -> tuple[Report, Proof]:
    """Return what an event reports, and whom it is proved to be about."""
    report = event.report
    if report.sort is Sort.UNSUBSCRIBE and not report.token:
        # The service proved itself, so that no token is needed; whom it means is still to prove.
        proof = proved_by_sender(keyring, [report.envelope_sender])
    else:
        report, proof = prove(keyring, report, [report.envelope_sender], now)
    if not proof.kind and report.message_id:
        proof = proved_by_message(tx, config, keyring, report.message_id, event.address)
    if report.sort is Sort.UNSUBSCRIBE and proof.subscription_id is None:
        proof = with_subscription(tx, proof)
    return report, proof


def _explained(
    tx: Transaction,
    config: Config,
    report: Report,
    proof: Proof,
    identity: str,
    source: str,
    now: datetime,
) -> Taken:
    new = _new(tx, report, proof, identity, source, now)
    stored = StoredReport(
        id=0,
        decided_at=None,
        effect="",
        explanation="",
        **{
            name: getattr(new, name)
            for name in NewReport.__dataclass_fields__
            if name != "identity"
        },
    )
    standing = effects.standing_of(tx, stored, now)
    decision = decide(
        stored, standing, config.feedback, now, is_automatic=_is_automatic(report, config)
    )
    is_new = not feedback.is_known(tx, identity)
    if not is_new:
        decision = Decision(Effect.NOTHING, "It was taken before, and counts once.")
    return Taken(report, proof, decision, None, is_new, _email(tx, new.subscriber_id))


def _understood(keyring: Keyring, arrival: Arrival, now: datetime) -> tuple[Report, Proof]:
    report = read_report(arrival.data, is_null_sender=is_null_sender(arrival))
    return prove(keyring, report, addressed_to(arrival), now)


def _write(  # noqa: PLR0913, PLR0917 - one report, as it came and as it was understood
    tx: Transaction,
    config: Config,
    report: Report,
    proof: Proof,
    identity: str,
    source: str,
    now: datetime,
    data: bytes = b"",
) -> Taken:
    new = _new(tx, report, proof, identity, source, now)
    number = feedback.add(tx, new)
    if number is None:
        known = Decision(Effect.NOTHING, "It was taken before, and counts once.")
        return Taken(report, proof, known, None, is_new=False)
    stored = feedback.load(tx, number)
    decision = _settle(tx, config, stored, now, proof, is_automatic=_is_automatic(report, config))
    if decision.effect is Effect.FORWARDED:
        forwards.add(tx, number, data, now, now + decision.wait)
        _tell_of_waiting(tx, decision, now)
    return Taken(report, proof, decision, number, email=stored.email)


def _tell_of_waiting(tx: Transaction, decision: Decision, now: datetime) -> None:
    """Raise an alert while people write more than is passed on; end it when that is over."""
    if decision.wait:
        more = "people write more than [feedback] forwards_an_hour lets through"
        text = f"{more}: {decision.explanation}"
        alerts.raise_alert(tx, FORWARDS_ALERT, text, now)
    else:
        alerts.clear_alert(tx, FORWARDS_ALERT, now)


def _settle(
    tx: Transaction,
    config: Config,
    stored: StoredReport,
    now: datetime,
    proof: Proof = NONE,
    *,
    is_automatic: bool = False,
) -> Decision:
    standing = effects.standing_of(tx, stored, now)
    decision = decide(stored, standing, config.feedback, now, is_automatic=is_automatic)
    effects.carry_out(tx, config.feedback, stored, proof, decision, now)
    feedback.decide(
        tx,
        stored.id,
        effect=decision.effect,
        explanation=decision.explanation,
        now=now,
    )
    return decision


def _new(
    tx: Transaction,
    report: Report,
    proof: Proof,
    identity: str,
    source: str,
    now: datetime,
) -> NewReport:
    """Return what is to be written of a report, with who and what it is about filled in."""
    subscriber_id, issue_id = proof.subscriber_id, proof.issue_id
    kind = proof.kind
    if proof.subscription_id is not None:
        subscription = subscribers.subscription_with(tx, proof.subscription_id)
        subscriber_id = subscription.subscriber.id if subscription else None
    sent = None
    if subscriber_id is not None and issue_id is not None:
        sent = feedback.sent(tx, issue_id, subscriber_id)
        if sent is None:
            # Genuine, and yet not of this database: of one that was restored, or given up.
            subscriber_id, issue_id = None, None
    if subscriber_id is None:
        kind = ""
    is_quiet = report.sort in {Sort.REPLY, Sort.AUTO_REPLY, Sort.CHALLENGE, Sort.UNSUBSCRIBE}
    return NewReport(
        identity=identity,
        at=now,
        source=source,
        sort=report.sort,
        kind=report.kind or "",
        scope=report.scope or "",
        proof=kind,
        subscriber_id=subscriber_id,
        issue_id=issue_id,
        relay=sent.relay if sent else "",
        domain=sent.domain if sent else "",
        reason=report.reason,
        # What people write is theirs; what servers say is evidence, if it is about somebody.
        diagnostic="" if is_quiet or not kind else report.diagnostic,
    )


def _is_automatic(report: Report, config: Config) -> bool:
    return report.is_automatic or is_from_answerer(report.sender, config)


def _email(tx: Transaction, subscriber_id: int | None) -> str:
    person = subscribers.get(tx, subscriber_id) if subscriber_id is not None else None
    return person.email if person else ""
