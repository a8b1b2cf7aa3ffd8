"""The judge is only worth something if it sees each kind of harm; here are all, one by one."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest
from faults.judge import Log, Taken, judge, read_log
from faults.sink import FAULTS, fault_of

ADA, BOB = "ada@reader.example", "bob@reader.example"
FIRST = Taken(1.0, 1.0, 1, ADA, "<a@x>", "aa", "250 2.0.0 Kept")
SECOND = Taken(2.0, 2.0, 1, BOB, "<b@x>", "bb", "250 2.0.0 Kept")
ACCEPTED = {ADA: "accepted", BOB: "accepted"}


def again(entry: Taken, connection: int = 2) -> Taken:
    """Return the same message, sent once more over another connection."""
    return replace(entry, at=entry.at + 9, begun_at=entry.begun_at + 9, connection=connection)


def test_all_once_is_good() -> None:
    verdict = judge(Log((FIRST, SECOND), ended={1: "quit"}), [ADA, BOB], ACCEPTED)
    assert verdict.faults == ()
    assert (verdict.taken, verdict.open, verdict.crash_repeats) == (2, 0, 0)
    assert str(verdict).startswith("2 candidates, 2 messages, 0 lost")


@pytest.mark.parametrize(
    ("states", "log"),
    [
        pytest.param(ACCEPTED, Log((FIRST,)), id="accepted, and the sink never had it"),
        pytest.param(
            ACCEPTED, Log((FIRST, replace(SECOND, answer=""))), id="accepted without an answer"
        ),
        pytest.param({ADA: "accepted"}, Log((FIRST,)), id="no delivery at all"),
        pytest.param({**ACCEPTED, BOB: "refused"}, Log((FIRST,)), id="refused by nobody"),
        pytest.param({**ACCEPTED, BOB: "suppressed"}, Log((FIRST,)), id="has not left"),
        pytest.param({**ACCEPTED, BOB: "expired"}, Log((FIRST,)), id="given up"),
        pytest.param({**ACCEPTED, BOB: "cancelled"}, Log((FIRST,)), id="cancelled by nobody"),
    ],
)
def test_who_is_settled_and_was_not_written_to_is_lost(states: dict[str, str], log: Log) -> None:
    verdict = judge(log, [ADA, BOB], states)
    assert verdict.lost == (BOB,)
    assert "1 lost" in verdict.faults[0]


def test_refusals_wishes_and_what_waits_are_no_losses() -> None:
    people = ["nobody@reader.example", "gone@reader.example", "later@reader.example"]
    states = dict(zip(people, ["refused", "suppressed", "deferred"], strict=True))
    log = Log(refused={people[0]: "550 5.1.1 No such mailbox"})
    verdict = judge(log, people, states, left={people[1]: 0.0})
    assert verdict.faults == ()
    assert verdict.open == 1


def test_the_last_message_of_a_crashed_connection_may_be_repeated() -> None:
    log = Log((FIRST, SECOND, again(SECOND)), ended={1: "gone", 2: "quit"})
    verdict = judge(log, [ADA, BOB], ACCEPTED, crashes=1, connections=1)
    assert verdict.faults == ()
    assert verdict.crash_repeats == 1


def test_an_earlier_message_of_a_crashed_connection_may_not() -> None:
    """R4: its result was to be durable before the next one began."""
    log = Log((FIRST, SECOND, again(FIRST)), ended={1: "gone", 2: "quit"})
    assert judge(log, [ADA, BOB], ACCEPTED, crashes=9, connections=9).needless == (ADA,)


@pytest.mark.parametrize("ended", [{1: "quit"}, {}])
def test_nothing_is_repeated_after_a_connection_that_ended_well_or_still_stands(
    ended: dict[int, str],
) -> None:
    log = Log((FIRST, SECOND, again(SECOND)), ended=ended)
    assert judge(log, [ADA, BOB], ACCEPTED, crashes=9, connections=9).needless == (BOB,)


def test_what_a_frozen_connection_was_at_may_be_repeated_and_nothing_before_or_after() -> None:
    log = Log((FIRST, SECOND, again(FIRST, 2), again(SECOND, 3)), ended={1: "quit", 2: "quit"})
    for frozen, needless in ((1.5, (BOB,)), (2.5, (ADA,))):
        verdict = judge(log, [ADA, BOB], ACCEPTED, crashes=1, connections=1, frozen=[frozen])
        assert verdict.needless == needless
        assert verdict.crash_repeats == 1


def test_more_repeats_than_crashes_explain_are_too_many() -> None:
    log = Log((FIRST, SECOND, again(SECOND)), ended={1: "gone"})
    [fault] = judge(log, [ADA, BOB], ACCEPTED).faults
    assert fault == "1 repeats by crashes, at most 0 may be"


@pytest.mark.parametrize(
    "log",
    [
        Log((replace(FIRST, answer=""), again(FIRST))),
        Log((FIRST, again(FIRST)), ended={1: "sink"}),
    ],
)
def test_what_the_sink_never_answered_may_be_repeated(log: Log) -> None:
    verdict = judge(log, [ADA], {ADA: "accepted"})
    assert verdict.faults == ()
    assert verdict.silence_repeats == 1


@pytest.mark.parametrize("change", [{"message_id": "<other@x>"}, {"sha256": "cc"}])
def test_a_repeat_with_another_id_or_other_bytes_is_seen(change: dict[str, str]) -> None:
    """R6."""
    log = Log((replace(FIRST, answer=""), replace(again(FIRST), **change)))  # type: ignore[arg-type]
    assert judge(log, [ADA], {ADA: "accepted"}).altered == (ADA,)


def test_a_message_to_somebody_else_and_a_shared_message_id_are_seen() -> None:
    log = Log((FIRST, replace(SECOND, message_id="<a@x>")))
    verdict = judge(log, [ADA], {ADA: "accepted"})
    assert verdict.strangers == (BOB,)
    assert verdict.shared_ids == ("<a@x>",)
    assert len(verdict.faults) == 2


def test_a_second_after_the_wish_to_leave_nothing_begins() -> None:
    log = Log((replace(FIRST, begun_at=6.0), replace(SECOND, begun_at=6.1)))
    assert judge(log, [ADA, BOB], ACCEPTED, left={ADA: 5.0, BOB: 5.0}).late == (BOB,)


def test_a_log_is_read_as_it_was_written_but_for_a_line_cut_short() -> None:
    lines = [
        '{"event": "opened", "at": 0.5, "connection": 1}\n',
        json.dumps({"event": "taken"} | asdict(FIRST)) + "\n",
        '{"event": "refused", "recipient": "nobody@x", "reply": "550 5.1.1 No"}\n',
        '{"event": "ended", "connection": 1, "how": "quit"}\n',
        '{"event": "ended", "connec',
    ]
    assert read_log(lines) == Log((FIRST,), {"nobody@x": "550 5.1.1 No"}, {1: "quit"}, (0.5,))


def test_faults_are_as_many_as_asked_for_and_the_same_each_time() -> None:
    found = [fault_of(7, 0.1, FAULTS, f"r{place}@x", 1) for place in range(5000)]
    assert 400 < sum(map(bool, found)) < 600
    assert set(found) == {"", *FAULTS}
    assert found == [fault_of(7, 0.1, FAULTS, f"r{place}@x", 1) for place in range(5000)]
    assert fault_of(7, 0.0, FAULTS, ADA, 1) == fault_of(7, 1.0, (), ADA, 1) == ""
