"""Each refusal means one thing: the table of reliability.md, "Replies", row by row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import RelaySecurityError
from digest.mail.outcome import Kind, Outcome, Scope, outcome_of, outcome_of_error, retry_at
from digest.mail.relay import Relay, SessionError
from digest.mail.replies import Break, Fault, Reply, Result, Stage
from digest.model import DeliveryState

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
MESSAGE_STAGES = [Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.BODY, Stage.DOT]

CASES: list[tuple[Stage, str, Kind, Scope]] = [
    # No session.
    (Stage.GREETING, "421 4.3.2 Busy", Kind.TRANSIENT, Scope.RELAY),
    (Stage.GREETING, "554 No SMTP service here", Kind.TRANSIENT, Scope.RELAY),
    (Stage.GREETING, "554 5.7.1 Your IP is on our list", Kind.OUR_FAULT, Scope.RELAY),
    (Stage.GREETING, "421 Too many connections from you", Kind.THROTTLED, Scope.RELAY),
    (Stage.EHLO, "550 Bad HELO", Kind.TRANSIENT, Scope.RELAY),
    (Stage.STARTTLS, "454 TLS not available", Kind.TRANSIENT, Scope.RELAY),
    (Stage.AUTH, "535 5.7.8 Bad credentials", Kind.OUR_FAULT, Scope.RELAY),
    (Stage.AUTH, "454 4.7.0 Temporary authentication failure", Kind.TRANSIENT, Scope.RELAY),
    (Stage.AUTH, "454 4.7.0 Too many login attempts", Kind.THROTTLED, Scope.RELAY),
    # 4xx: this delivery.
    (Stage.MAIL, "451 4.3.0 Try later", Kind.TRANSIENT, Scope.MESSAGE),
    (Stage.DATA, "452 4.3.1 Insufficient system storage", Kind.TRANSIENT, Scope.MESSAGE),
    (Stage.DOT, "451 Requested action aborted: local error", Kind.TRANSIENT, Scope.MESSAGE),
    (Stage.RCPT, "450 4.1.1 Unverified address", Kind.TRANSIENT, Scope.MESSAGE),
    # Greylisting.
    (Stage.RCPT, "450 4.7.1 Come back", Kind.GREYLISTED, Scope.MESSAGE),
    (Stage.RCPT, "451 4.7.1 Come back", Kind.GREYLISTED, Scope.MESSAGE),
    (Stage.DATA, "450 4.2.0 <a@b>: Greylisted for 5 minutes", Kind.GREYLISTED, Scope.MESSAGE),
    (Stage.RCPT, "451 Graylisting in action", Kind.GREYLISTED, Scope.MESSAGE),
    # 421 in mid-session.
    (Stage.RCPT, "421 4.4.2 Timeout", Kind.TRANSIENT, Scope.SESSION),
    (Stage.DOT, "421 Service closing", Kind.TRANSIENT, Scope.SESSION),
    # A new transaction or session.
    (Stage.MAIL, "421 Too many messages in this connection", Kind.TRANSIENT, Scope.SESSION),
    (Stage.RCPT, "452 4.5.3 Too many recipients", Kind.TRANSIENT, Scope.SESSION),
    (Stage.RCPT, "452 Too many recipients", Kind.TRANSIENT, Scope.SESSION),
    (Stage.RCPT, "550 5.5.3 No", Kind.TRANSIENT, Scope.SESSION),
    # Full mailboxes.
    (Stage.RCPT, "452 4.2.2 Over quota", Kind.TRANSIENT, Scope.RECIPIENT),
    (Stage.DOT, "552 5.2.2 Mailbox full", Kind.TRANSIENT, Scope.RECIPIENT),
    (Stage.RCPT, "550 User's mailbox is full", Kind.TRANSIENT, Scope.RECIPIENT),
    (Stage.RCPT, "552 Exceeded storage allocation", Kind.TRANSIENT, Scope.RECIPIENT),
    (Stage.RCPT, "550 5.2.1 Disabled", Kind.TRANSIENT, Scope.RECIPIENT),
    # No such address.
    (Stage.RCPT, "550 5.1.1 User unknown", Kind.PERMANENT, Scope.RECIPIENT),
    (Stage.RCPT, "550 5.1.2 Bad host", Kind.PERMANENT, Scope.RECIPIENT),
    (Stage.RCPT, "553 5.1.3 Bad syntax", Kind.PERMANENT, Scope.RECIPIENT),
    (Stage.RCPT, "550 5.1.6 Moved", Kind.PERMANENT, Scope.RECIPIENT),
    (Stage.RCPT, "550 5.1.10 Recipient not found", Kind.PERMANENT, Scope.RECIPIENT),
    (Stage.RCPT, "556 The domain takes no mail", Kind.PERMANENT, Scope.RECIPIENT),
    (Stage.RCPT, "550 Domain b.test has a null MX", Kind.PERMANENT, Scope.RECIPIENT),
    (Stage.DOT, "550 5.1.1 Unknown after all", Kind.PERMANENT, Scope.RECIPIENT),
    (Stage.RCPT, "550 No such user here", Kind.PERMANENT, Scope.RECIPIENT),
    (Stage.RCPT, "554 This user doesn't have an account", Kind.PERMANENT, Scope.RECIPIENT),
    (Stage.RCPT, "550 5.0.0 Mailbox does not exist", Kind.PERMANENT, Scope.RECIPIENT),
    (Stage.RCPT, "550 Recipient address rejected: unknown", Kind.PERMANENT, Scope.RECIPIENT),
    # The words of an address are not the server's.
    (Stage.RCPT, "550 5.1.1 <spam@policy.test>: unknown", Kind.PERMANENT, Scope.RECIPIENT),
    (Stage.RCPT, "550 <unknown-user@b.test>: No", Kind.TRANSIENT, Scope.MESSAGE),
    # Our fault.
    (Stage.RCPT, "550 5.7.1 Refused", Kind.OUR_FAULT, Scope.MESSAGE),
    (Stage.DOT, "552 5.7.0 Refused", Kind.OUR_FAULT, Scope.MESSAGE),
    (Stage.DOT, "550 5.7.26 Not authenticated", Kind.OUR_FAULT, Scope.MESSAGE),
    (Stage.DOT, "554 Rejected as spam", Kind.OUR_FAULT, Scope.MESSAGE),
    (Stage.DOT, "550 DMARC says no", Kind.OUR_FAULT, Scope.MESSAGE),
    (Stage.DOT, "550 Against our policy", Kind.OUR_FAULT, Scope.MESSAGE),
    (Stage.RCPT, "550 5.1.1 Blocked by policy", Kind.OUR_FAULT, Scope.MESSAGE),
    (Stage.RCPT, "554 Listed in a blocklist", Kind.OUR_FAULT, Scope.RELAY),
    (Stage.RCPT, "550 5.1.1 Unknown user; see spamhaus", Kind.OUR_FAULT, Scope.RELAY),
    (Stage.RCPT, "550 Your IP has a poor reputation", Kind.OUR_FAULT, Scope.RELAY),
    (Stage.RCPT, "451 4.7.1 Client host rejected: RBL", Kind.OUR_FAULT, Scope.RELAY),
    (Stage.RCPT, "554 5.7.1 Relay access denied", Kind.OUR_FAULT, Scope.RELAY),
    (Stage.MAIL, "530 5.7.0 Log in first", Kind.OUR_FAULT, Scope.RELAY),
    (Stage.MAIL, "553 5.1.8 Sender's domain is unknown", Kind.OUR_FAULT, Scope.RELAY),
    (Stage.MAIL, "550 5.1.1 User unknown", Kind.OUR_FAULT, Scope.RELAY),
    (Stage.MAIL, "502 5.5.1 What?", Kind.OUR_FAULT, Scope.RELAY),
    (Stage.RCPT, "504 5.5.2 Need a full name", Kind.OUR_FAULT, Scope.RELAY),
    (Stage.DOT, "554 5.6.0 Broken MIME", Kind.OUR_FAULT, Scope.MESSAGE),
    (Stage.DOT, "552 5.3.4 Too big", Kind.OUR_FAULT, Scope.MESSAGE),
    (Stage.MAIL, "552 Message size exceeds the limit", Kind.OUR_FAULT, Scope.MESSAGE),
    # A 4xx that mentions policy is not an accusation yet.
    (Stage.RCPT, "450 4.2.0 Policy: try later", Kind.TRANSIENT, Scope.MESSAGE),
    # Throttling.
    (Stage.MAIL, "454 4.7.0 Throttling failure", Kind.THROTTLED, Scope.RELAY),
    (Stage.RCPT, "454 Later", Kind.THROTTLED, Scope.RELAY),
    (Stage.DOT, "421 4.7.28 Unusual rate of unsolicited mail", Kind.THROTTLED, Scope.RELAY),
    (Stage.RCPT, "550 5.4.5 Daily sending quota exceeded", Kind.THROTTLED, Scope.RELAY),
    (Stage.RCPT, "450 4.2.1 Receives mail too quickly", Kind.THROTTLED, Scope.MESSAGE),
    (Stage.RCPT, "451 4.7.1 Rate limit exceeded", Kind.THROTTLED, Scope.MESSAGE),
    # SMTPUTF8.
    (Stage.LOCAL, "553 5.6.7 Not offered", Kind.PERMANENT, Scope.MESSAGE),
    # Nothing to go by: never the subscriber's loss.
    (Stage.RCPT, "550 Mailbox unavailable", Kind.TRANSIENT, Scope.MESSAGE),
    (Stage.RCPT, "550 5.5.0 Mailbox unavailable", Kind.TRANSIENT, Scope.MESSAGE),
    (Stage.RCPT, "550 5.4.1 Access denied", Kind.TRANSIENT, Scope.MESSAGE),
    (Stage.DOT, "554 Transaction failed", Kind.TRANSIENT, Scope.MESSAGE),
    (Stage.RCPT, "550", Kind.TRANSIENT, Scope.MESSAGE),
    (Stage.MAIL, "550 No such user", Kind.TRANSIENT, Scope.MESSAGE),
    (Stage.MAIL, "550 Mailbox full", Kind.TRANSIENT, Scope.MESSAGE),
]
"""What servers write, and what it is."""

FINAL = {"552 5.3.4 Too big", "552 Message size exceeds the limit", "554 5.6.0 Broken MIME"}
"""Our fault, and for ever: the same bytes would be refused again."""


def result(stage: Stage, text: str) -> Result:
    code, _, rest = text.partition(" ")
    return Result(stage, Reply(int(code), (rest,)))


@pytest.mark.parametrize(("stage", "text", "kind", "scope"), CASES)
def test_a_refusal_is_put_where_it_belongs(
    stage: Stage, text: str, kind: Kind, scope: Scope
) -> None:
    outcome = outcome_of(result(stage, text))
    is_final = kind is Kind.PERMANENT or text in FINAL
    assert (outcome.kind, outcome.scope) == (kind, scope)
    assert outcome.state is (DeliveryState.REFUSED if is_final else DeliveryState.DEFERRED)
    assert outcome.suppresses is (kind is Kind.PERMANENT and scope is Scope.RECIPIENT)
    assert outcome.is_recipient_failure is (scope is Scope.RECIPIENT)
    assert outcome.pauses is (kind is Kind.OUR_FAULT)
    assert outcome.is_failure is (kind is not Kind.THROTTLED and scope is not Scope.SESSION)
    assert text in outcome.reason


@given(
    st.sampled_from(MESSAGE_STAGES),
    st.integers(400, 599),
    st.sampled_from(["", "5.7.1 ", "4.7.1 ", "5.1.1 ", "5.2.2 ", "5.0.0 "]),
    st.sampled_from(
        ["spam", "listed at a blocklist", "DMARC", "your IP is banned", "by our policy"]
    ),
)
def test_what_is_said_about_us_never_costs_a_subscriber(
    stage: Stage, code: int, enhanced: str, words: str
) -> None:
    outcome = outcome_of(Result(stage, Reply(code, (f"{enhanced}{words}",))))
    assert not outcome.suppresses


@given(st.sampled_from(MESSAGE_STAGES), st.integers(400, 599), st.text(max_size=60))
def test_a_refusal_without_a_known_reason_is_tried_again(
    stage: Stage, code: int, text: str
) -> None:
    """Whatever a server writes there is one outcome, and a 4xx never suppresses."""
    outcome = outcome_of(Result(stage, Reply(code, (text,))))
    assert outcome.state in {DeliveryState.DEFERRED, DeliveryState.REFUSED}
    if code < 500:
        assert outcome.state is DeliveryState.DEFERRED
        assert not outcome.suppresses


def test_acceptance() -> None:
    outcome = outcome_of(result(Stage.DOT, "250 2.0.0 Queued as 4711"))
    assert (outcome.kind, outcome.state) == (Kind.ACCEPTED, DeliveryState.ACCEPTED)
    assert not outcome.is_failure
    assert "4711" in outcome.reason


@pytest.mark.parametrize("stage", [Stage.MAIL, Stage.DATA, Stage.RCPT])
def test_a_reply_that_is_no_verdict_is_a_mistake(stage: Stage) -> None:
    with pytest.raises(ValueError, match="354"):
        outcome_of(result(stage, "354 Go on"))


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize(
    ("stage", "kind", "scope", "state"),
    [
        (Stage.CONNECT, Kind.TRANSIENT, Scope.RELAY, DeliveryState.DEFERRED),
        (Stage.TLS, Kind.TRANSIENT, Scope.RELAY, DeliveryState.DEFERRED),
        (Stage.AUTH, Kind.TRANSIENT, Scope.RELAY, DeliveryState.DEFERRED),
        (Stage.UNSENT, Kind.TRANSIENT, Scope.SESSION, DeliveryState.QUEUED),
        (Stage.MAIL, Kind.TRANSIENT, Scope.SESSION, DeliveryState.DEFERRED),
        (Stage.BODY, Kind.TRANSIENT, Scope.SESSION, DeliveryState.DEFERRED),
        (Stage.DOT, Kind.UNCERTAIN, Scope.MESSAGE, DeliveryState.UNCERTAIN),
        (Stage.RSET, Kind.TRANSIENT, Scope.SESSION, DeliveryState.DEFERRED),
    ],
)
def test_silence_is_uncertain_after_the_dot_only(
    stage: Stage, kind: Kind, scope: Scope, state: DeliveryState, fault: Fault
) -> None:
    """reliability.md R9."""
    outcome = outcome_of(Result(stage, cause=Break(fault)))
    assert (outcome.kind, outcome.scope, outcome.state) == (kind, scope, state)
    assert outcome.is_failure is (scope in {Scope.RELAY, Scope.MESSAGE})
    assert str(fault) in outcome.reason


def test_a_message_handed_back_may_go_at_once() -> None:
    outcome = outcome_of(Result(Stage.UNSENT))
    assert outcome.state is DeliveryState.QUEUED
    assert retry_at(outcome, 3, NOW, 0.5) == NOW


def test_no_session_is_an_outcome_for_the_relay() -> None:
    relay = Relay("main", "mail.test", 587)
    down = outcome_of_error(SessionError(relay, Result(Stage.CONNECT, cause=Break(Fault.REFUSED))))
    unsafe = outcome_of_error(RelaySecurityError("no STARTTLS"))
    assert (down.kind, down.scope) == (Kind.TRANSIENT, Scope.RELAY)
    assert (unsafe.kind, unsafe.scope, unsafe.reason) == (
        Kind.OUR_FAULT,
        Scope.RELAY,
        "no STARTTLS",
    )


def minutes(outcome: Outcome, attempts: int, fraction: float) -> float:
    return (retry_at(outcome, attempts, NOW, fraction) - NOW) / timedelta(minutes=1)


DEFERRED = outcome_of(result(Stage.DOT, "451 4.3.0 Later"))
GREYLISTED = outcome_of(result(Stage.RCPT, "450 4.7.1 Later"))
OUR_FAULT = outcome_of(result(Stage.DOT, "554 5.7.1 Spam"))
UNCERTAIN = outcome_of(Result(Stage.DOT, cause=Break(Fault.EOF)))
REFUSED = outcome_of(result(Stage.RCPT, "550 5.1.1 Unknown"))
ACCEPTED = outcome_of(result(Stage.DOT, "250 OK"))


@pytest.mark.parametrize(
    ("outcome", "attempts", "fraction", "expected"),
    [
        (DEFERRED, 0, 0.5, 5),
        (DEFERRED, 1, 0.5, 5),
        (DEFERRED, 1, 0.0, 3.75),
        (DEFERRED, 2, 0.5, 10),
        (DEFERRED, 3, 0.5, 20),
        (DEFERRED, 4, 0.5, 40),
        (DEFERRED, 5, 0.5, 66),
        (DEFERRED, 6, 0.0, 49.5),
        (DEFERRED, 10_000, 0.5, 66),
        (GREYLISTED, 1, 0.0, 4),
        (GREYLISTED, 1, 0.5, 5),
        (GREYLISTED, 2, 0.0, 7.5),
        (OUR_FAULT, 1, 0.5, 66),
        (UNCERTAIN, 1, 0.5, 15),
        (UNCERTAIN, 1, 0.0, 15),
        (UNCERTAIN, 4, 0.5, 40),
    ],
)
def test_waits_double_from_5_to_66_minutes(
    outcome: Outcome, attempts: int, fraction: float, expected: float
) -> None:
    assert minutes(outcome, attempts, fraction) == pytest.approx(expected)


@given(
    st.sampled_from([DEFERRED, GREYLISTED, OUR_FAULT, UNCERTAIN]),
    st.integers(0, 100),
    st.floats(0, 1, exclude_max=True),
)
def test_waits_stay_within_a_quarter_of_their_bounds(
    outcome: Outcome, attempts: int, fraction: float
) -> None:
    assert 3.75 <= minutes(outcome, attempts, fraction) <= 82.5


def test_uncertain_messages_are_left_alone_as_long_as_the_operator_says() -> None:
    """reliability.md R9."""
    later = retry_at(UNCERTAIN, 1, NOW, 0.9, uncertain_after=timedelta(hours=2))
    assert later == NOW + timedelta(hours=2)


@pytest.mark.parametrize("outcome", [ACCEPTED, REFUSED])
def test_what_is_final_has_no_retry(outcome: Outcome) -> None:
    with pytest.raises(ValueError, match="no retry"):
        retry_at(outcome, 1, NOW, 0.5)
