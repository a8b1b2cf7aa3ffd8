"""Several relays, slow and angry domains, new senders: who gets what, by the servers' own logs."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fakes import KEYRING, NOW, Desk, FullDisk, add_readers, compose_issue, make_config, states_of
from running_clock import RunningClock
from smtp_servers import Act, ScriptedServer, Session, closes, keeps, says

from digest.clock import ManualClock
from digest.mail.relay import Relay
from digest.mail.sink import Received, Sink
from digest.model import DeliveryState, Issue, IssueState
from digest.steps.control import Command, control
from digest.steps.deliver import Deliverer, DeliverResult
from digest.steps.deliver.lane import WarmUp
from digest.steps.deliver.timekeeper import accept
from digest.store import alerts, pacing, settings
from digest.store.engine import Store

TWO = """
[relays.second]
host = "127.0.0.1"
port = 1
tls = "none"
connections = 2
{more}
"""
BOTH = 'relays = ["default", "second"]'
SPAM = "554 5.7.1 Message rejected as spam"
BLOCKED = "554 5.7.1 Your IP is on a blocklist"


class Station:
    """A publication that sends by several relays."""

    def __init__(
        self,
        store: Store,
        root: Path,
        connections: int = 2,
        **settings: Any,  # noqa: ANN401 - see make_config
    ) -> None:
        """Make the settings, with further lines from *settings*."""
        self.store = FullDisk(store)
        self.desk = Desk(self.store, root, make_config(connections=connections, **settings))
        self.clock: ManualClock | RunningClock = ManualClock(NOW)

    def compose(self, people: Sequence[str]) -> Issue:
        """Freeze an issue to *people*, in their order."""
        for person in people:
            add_readers(self.store, [person])
        return compose_issue(self.desk, [])

    def deliverer(self, *ports: int) -> Deliverer:
        """Return what sends to the servers at *ports*: the default relay, and the second one."""
        relays = {
            name: Relay(
                name,
                "127.0.0.1",
                port,
                tls="none",
                connect_timeout_seconds=2,
                command_timeout_seconds=2,
                messages_per_connection=self.desk.config.relays[name].messages_per_connection,
            )
            for name, port in zip(("default", "second"), ports, strict=False)
        }
        return Deliverer(
            self.store, self.desk.config, KEYRING, relays, self.clock, jitter=lambda: 0.5
        )

    async def send(self, *ports: int) -> DeliverResult:
        """Run once with a deliverer of its own, as a restarted process does."""
        (result,) = await self.deliverer(*ports).run_due()
        return result

    def wait(self, **duration: float) -> None:
        """Let time pass."""
        self.clock.advance(timedelta(**duration))

    def alerts(self) -> dict[str, str]:
        """Return the alerts that are up, by key."""
        with self.store.read() as tx:
            return {alert.key: alert.text for alert in alerts.open_alerts(tx)}

    def states(self, issue: Issue) -> Counter[str]:
        """Return how many deliveries stand where."""
        return Counter(states_of(self.store, issue).values())


def readers(number: int, domain: str = "reader.example") -> list[str]:
    return [f"r{place:03}@{domain}" for place in range(number)]


def taken(*servers: ScriptedServer) -> Counter[str]:
    return Counter(address for server in servers for address, _ in server.accepted)


async def until(is_so: Callable[[], bool]) -> None:
    """Return once *is_so*; fail if that takes long."""
    async with asyncio.timeout(20):
        while not is_so():  # noqa: ASYNC110 - the server has no event for it
            await asyncio.sleep(0.01)


# Several relays.


async def test_relays_share_the_mails_by_their_weights(sqlite_store: Store, tmp_path: Path) -> None:
    station = Station(
        sqlite_store, tmp_path, relay="weight = 3", daily=BOTH, more=TWO.format(more="")
    )
    people = readers(80)
    issue = station.compose(people)
    async with ScriptedServer() as first, ScriptedServer() as second:
        result = await station.send(first.port, second.port)
        assert taken(first, second) == Counter(people)
        assert 50 <= len(first.accepted) <= 70
    assert result.issue.state is IssueState.FINISHED
    assert station.states(issue) == {"accepted": 80}


async def test_a_relay_that_is_down_has_its_share_taken_over(store: Store, tmp_path: Path) -> None:
    """With an alert meanwhile; all goes out, and the run has no trouble."""
    station = Station(store, tmp_path, daily=BOTH, more=TWO.format(more=""))
    people = readers(30)
    station.compose(people)
    async with ScriptedServer() as gone:
        port = gone.port
    async with ScriptedServer() as second:
        result = await station.send(port, second.port)
        assert taken(second) == Counter(people)
    assert result.trouble == ""
    assert result.issue.state is IssueState.FINISHED
    assert list(station.alerts()) == ["relay:default"]
    assert "refused" in station.alerts()["relay:default"]


async def test_what_one_relay_deferred_may_go_by_another(
    sqlite_store: Store, tmp_path: Path
) -> None:
    station = Station(sqlite_store, tmp_path, daily=BOTH, more=TWO.format(more="weight = 0"))
    people = readers(3)
    station.compose(people)
    async with Sink(refuse={"*": "451 4.3.0 Not now"}) as first, ScriptedServer() as second:
        await station.send(first.port, second.port)
        assert second.accepted == []
        port = first.port
    station.wait(minutes=6)
    async with ScriptedServer() as second:
        result = await station.send(port, second.port)
        assert taken(second) == Counter(people)
    assert result.issue.state is IssueState.FINISHED


async def test_a_relay_that_breaks_in_the_middle_leaves_its_share_to_the_other(
    sqlite_store: Store, tmp_path: Path
) -> None:
    relay = "messages_per_connection = 3"
    station = Station(sqlite_store, tmp_path, relay=relay, daily=BOTH, more=TWO.format(more=""))
    people = readers(40)
    station.compose(people)
    script = {"greeting": [None, None, *[closes] * 50]}
    async with ScriptedServer(script) as first, ScriptedServer() as second:
        result = await station.send(first.port, second.port)
        assert taken(first, second) == Counter(people)
        assert 0 < len(first.accepted) <= 6
    assert result.issue.state is IssueState.FINISHED


async def test_when_no_relay_can_be_used_it_says_so(sqlite_store: Store, tmp_path: Path) -> None:
    station = Station(sqlite_store, tmp_path, daily=BOTH, more=TWO.format(more=""))
    issue = station.compose(readers(5))
    async with ScriptedServer() as gone:
        port = gone.port
    deliverer = station.deliverer(port, port)
    (result,) = await deliverer.run_due()
    assert "refused" in result.trouble
    assert station.states(issue) == {"queued": 5}
    assert set(station.alerts()) == {"relay:default", "relay:second"}
    assert deliverer.readiness() == ()
    station.wait(minutes=1)
    async with ScriptedServer() as server:
        result = await station.send(server.port, server.port)
        assert len(server.accepted) == 5
    assert station.alerts() == {}


# Domains.


async def test_a_domain_that_asks_to_slow_down_holds_nobody_else(
    store: Store, tmp_path: Path
) -> None:
    """reliability.md, Replies: one slow domain never holds the others; the ledger stays right."""
    station = Station(store, tmp_path)
    people = [
        a for pair in zip(readers(40, "angry.example"), readers(40), strict=True) for a in pair
    ]
    issue = station.compose(people)
    angry = dict.fromkeys(people[::2], "451 4.7.1 Too many messages, slow down")
    async with Sink(refuse=angry) as sink:
        result = await station.send(sink.port)
        assert Counter(m.recipients[0] for m in sink.received) == Counter(people[1::2])
    states = station.states(issue)
    assert states["accepted"] == 40
    assert states["queued"] >= 25  # They were not even tried.
    assert result.ledger.adds_up
    assert result.trouble == ""
    assert result.next_attempt_at is not None
    assert result.next_attempt_at > NOW
    async with Sink() as sink:
        station.wait(hours=2)  # By then it is out of date that the domain was angry.
        await station.send(sink.port)
        assert Counter(m.recipients[0] for m in sink.received) == Counter(people[::2])
    assert station.states(issue) == {"accepted": 80}


async def test_a_domain_has_a_rate_of_its_own(sqlite_store: Store, tmp_path: Path) -> None:
    """What has its turn soon is waited for in the same run; the others go meanwhile."""
    more = '[delivery.domains."slow.example"]\nrate_per_second = 10'
    station = Station(sqlite_store, tmp_path, more=more)
    station.clock = RunningClock(NOW)
    station.compose(readers(15, "slow.example") + readers(15))
    order: list[str] = []
    began = station.clock.monotonic()
    async with Sink(on_message=lambda mail: order.append(mail.recipients[0])) as sink:
        result = await station.send(sink.port)
    assert result.issue.state is IssueState.FINISHED
    assert station.clock.monotonic() - began >= 14 / 10 - 0.2
    fast = [place for place, address in enumerate(order) if not address.endswith("slow.example")]
    assert max(fast) < 20


@pytest.mark.slow
async def test_a_domain_that_is_slow_to_take_mails_holds_nobody_else(
    sqlite_store: Store, tmp_path: Path
) -> None:
    """reliability.md, Replies: "so that one slow domain never holds the others".

    Every other message is to it and occupies its connection for long. Before that is seen each of
    the four connections may have sent one of them, and have three more in hand; and a few others
    wait behind those.
    """
    station = Station(sqlite_store, tmp_path, connections=4, daily="canary_messages = 0")
    station.clock = RunningClock(NOW)
    slow, fast = readers(28, "slow.example"), readers(60)
    pairs = zip(slow, fast, strict=False)
    station.compose([*(who for pair in pairs for who in pair), *fast[len(slow) :]])

    @keeps
    async def takes_its_time(session: Session, normal: bytes) -> None:
        [to] = [line for line in session.commands if line.startswith(b"RCPT")][-1:]
        if b"slow.example" in to:
            await asyncio.sleep(1.2)
        await session.say(normal)

    async with ScriptedServer({"dot": [takes_its_time] * 88}) as server:
        result = await station.send(server.port)
        order = [address for address, _ in server.accepted]
    assert result.issue.state is IssueState.FINISHED
    assert sorted(order) == sorted([*slow, *fast])
    nearly_last = sorted(order.index(who) for who in fast)[-6]
    assert sum(who in slow for who in order[:nearly_last]) <= 4 + 12


# Refusals that blame us.


async def test_a_refusal_that_blames_us_pauses_the_domain_first(
    sqlite_store: Store, tmp_path: Path
) -> None:
    """reliability.md, Replies, our fault: no subscriber is touched; alert; the others go on."""
    station = Station(sqlite_store, tmp_path, daily="canary_messages = 0")
    odd, people = readers(6, "odd.example"), readers(12)
    issue = station.compose(odd + people)
    async with Sink(refuse=dict.fromkeys(odd, SPAM)) as sink:
        result = await station.send(sink.port)
        assert Counter(m.recipients[0] for m in sink.received) == Counter(people)
    assert result.trouble == ""
    states = station.states(issue)
    assert (states["accepted"], states["deferred"] + states["queued"]) == (12, 6)
    assert list(station.alerts()) == ["domain:default/odd.example"]
    assert "rejected as spam" in station.alerts()["domain:default/odd.example"]
    station.wait(hours=2)
    async with Sink() as sink:
        result = await station.send(sink.port)
        assert len(sink.received) >= 1
        station.wait(hours=1)
        result = await station.send(sink.port) if result.ledger.open else result
    assert station.alerts() == {}
    assert station.states(issue) == {"accepted": 18}


async def test_several_domains_that_blame_us_pause_the_relay(
    sqlite_store: Store, tmp_path: Path
) -> None:
    station = Station(sqlite_store, tmp_path, daily="canary_messages = 0")
    people = [f"ada@d{number}.example" for number in range(30)]
    issue = station.compose(people)
    async with Sink(refuse={"*": SPAM}) as sink:
        result = await station.send(sink.port)
    assert "rejected as spam" in result.trouble
    assert list(station.alerts()) == ["relay:default"]
    assert station.states(issue)["queued"] >= 30 - 9
    station.wait(hours=2)
    async with Sink() as sink:
        await station.send(sink.port)
        assert len(sink.received) == 30
    assert station.alerts() == {}


# How an issue begins.


async def test_a_bad_start_pauses_the_issue_and_it_goes_on_when_told(
    store: Store, tmp_path: Path
) -> None:
    """reliability.md, Replies: an issue that goes badly pauses itself and alerts."""
    station = Station(store, tmp_path)
    people = readers(60)
    issue = station.compose(people)
    refuse = dict.fromkeys(people[:30], "550 5.1.1 No such user")
    async with Sink(refuse=refuse) as sink:
        result = await station.send(sink.port)
        assert result.issue.state is IssueState.PAUSED
        assert "refused for good" in result.trouble or "Not one" in result.trouble
        assert len(sink.received) < 10
        alert = station.alerts()[f"start:{issue.id}"]
        assert "issue daily/1 has paused itself" in alert
        assert "digest issues resume daily/1" in alert
        control(station.store, issue.id, Command.RESUME, now=NOW)
        assert station.alerts() == {}
        result = await station.send(sink.port)
    assert result.issue.state is IssueState.FINISHED
    assert station.states(issue) == {"accepted": 30, "refused": 30}


@pytest.mark.parametrize("goes_on", [False, True])
async def test_greylisting_is_no_bad_start_unless_it_goes_on(
    sqlite_store: Store,
    tmp_path: Path,
    goes_on: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """reliability.md, Replies: 450/451 4.7.1. A relay may put off each first try, of everybody."""
    station = Station(sqlite_store, tmp_path)
    people = [f"r{place}@d{place}.example" for place in range(8)]
    issue = station.compose(people)
    greylisted = dict.fromkeys(people, "451 4.7.1 Greylisted, come back in 5 minutes")
    async with Sink(refuse=greylisted) as sink:
        result = await station.send(sink.port)
    assert (result.issue.state, result.trouble) == (IssueState.SENDING, "")
    assert station.states(issue) == {"deferred": 8}
    station.wait(minutes=7)
    async with Sink(refuse=greylisted if goes_on else {}) as sink:
        result = await station.send(sink.port)
    if goes_on:
        assert result.issue.state is IssueState.PAUSED
        assert "Not one of the first" in result.trouble
    else:
        assert (result.issue.state, result.trouble) == (IssueState.FINISHED, "")


async def test_the_first_results_are_known_after_a_restart(
    sqlite_store: Store, tmp_path: Path
) -> None:
    station = Station(sqlite_store, tmp_path)
    people = readers(30)
    issue = station.compose(people)
    with station.store.write() as tx:
        counts = pacing.StartCounts(accepted=10, permanent=9)
        pacing.add_start(tx, issue.id, "readers", counts)
    async with Sink(refuse={people[0]: "550 5.1.1 No such user"}) as sink:
        result = await station.send(sink.port)
    assert result.trouble.startswith(("10 of the first", "11 of the first"))


async def test_seeds_get_it_first_and_can_stop_it(sqlite_store: Store, tmp_path: Path) -> None:
    daily = 'seeds = ["r018@reader.example", "R019@reader.example", "nobody@reader.example"]'
    station = Station(sqlite_store, tmp_path, daily=daily)
    people = readers(20)
    issue = station.compose(people)
    order: list[str] = []
    async with Sink(on_message=lambda mail: order.append(mail.recipients[0])) as sink:
        await station.send(sink.port)
    assert set(order[:2]) == set(people[18:])
    assert Counter(order) == Counter(people)
    station.desk.write("harbour.md")
    issue = compose_issue(station.desk, [])
    async with Sink(refuse={people[18]: SPAM}) as sink:
        result = await station.send(sink.port)
        assert {mail.recipients[0] for mail in sink.received} <= {people[19]}
    assert "seed addresses" in result.trouble
    assert result.issue.state is IssueState.PAUSED
    control(station.store, issue.id, Command.RESUME, now=NOW)
    station.wait(minutes=1)
    async with Sink() as sink:
        await station.send(sink.port)
    assert station.states(issue)["accepted"] == 19


async def test_one_slow_answer_does_not_hold_the_rest_for_ever(
    sqlite_store: Store, tmp_path: Path
) -> None:
    station = Station(sqlite_store, tmp_path)
    people = readers(40)
    station.compose(people)
    let = asyncio.Event()

    async def waits(session: Session, normal: bytes) -> None:
        await let.wait()
        await session.say(normal)

    async with ScriptedServer({"dot": [waits]}) as server:
        run = asyncio.create_task(station.send(server.port))
        await until(lambda: len(server.accepted) >= 17)
        await asyncio.sleep(0.1)
        assert len(server.accepted) <= 20
        for _ in range(4):
            station.wait(seconds=8)
            await asyncio.sleep(0.6)
        await until(lambda: len(server.accepted) >= 36)
        let.set()
        await run


# New senders.


async def test_a_new_sender_sends_so_many_a_day(sqlite_store: Store, tmp_path: Path) -> None:
    """Known after a restart; the rest goes on the next day."""
    station = Station(sqlite_store, tmp_path, relay="warmup_start = 2026-11-23")
    people = readers(10)
    issue = station.compose(people)
    with station.store.write() as tx:
        pacing.add_messages(tx, "default", "2026-11-23", 194)
    async with Sink() as sink:
        result = await station.send(sink.port)
        assert len(sink.received) == 6
        assert "warms up: on day 1 it may send 200 mails" in result.trouble
        assert station.alerts() == {"relay:default": result.trouble}
        result = await station.send(sink.port)
        assert len(sink.received) == 6
        station.wait(hours=12)
        result = await station.send(sink.port)
        assert len(sink.received) == 10
    assert result.issue.state is IssueState.FINISHED
    assert station.alerts() == {}
    assert station.states(issue) == {"accepted": 10}
    with station.store.read() as tx:
        assert pacing.messages_on(tx, "default", "2026-11-23") == 200
        assert pacing.messages_on(tx, "default", "2026-11-24") == 4


async def test_another_relay_takes_what_a_new_one_may_not(
    sqlite_store: Store, tmp_path: Path
) -> None:
    station = Station(
        sqlite_store,
        tmp_path,
        relay="warmup_start = 2026-11-23",
        daily=BOTH,
        more=TWO.format(more=""),
    )
    people = readers(30)
    station.compose(people)
    with station.store.write() as tx:
        pacing.add_messages(tx, "default", "2026-11-23", 195)
    async with ScriptedServer() as first, ScriptedServer() as second:
        result = await station.send(first.port, second.port)
        assert len(first.accepted) == 5
        assert taken(first, second) == Counter(people)
    assert result.trouble == ""


# What waits can be stopped.


@pytest.mark.parametrize("command", [Command.PAUSE, Command.HOLD, Command.CANCEL])
async def test_what_waits_for_its_turn_is_stopped_within_a_second(
    sqlite_store: Store, tmp_path: Path, command: Command
) -> None:
    station = Station(sqlite_store, tmp_path, relay="rate_per_second = 0.5")
    station.clock = RunningClock(NOW)
    issue = station.compose(readers(10))
    async with Sink() as sink:
        run = asyncio.create_task(station.send(sink.port))
        await until(lambda: bool(sink.received))
        began = station.clock.monotonic()
        control(station.store, issue.id, command, now=station.clock.now())
        result = await run
        assert station.clock.monotonic() - began < 1
        assert len(sink.received) == 1
    assert result.ledger.counts[DeliveryState.CLAIMED] == 0


async def test_stopping_does_not_wait_for_a_turn(sqlite_store: Store, tmp_path: Path) -> None:
    station = Station(sqlite_store, tmp_path, relay="rate_per_second = 0.5")
    station.clock = RunningClock(NOW)
    issue = station.compose(readers(10))
    async with Sink() as sink:
        deliverer = station.deliverer(sink.port)
        run = asyncio.create_task(deliverer.run_due())
        await until(lambda: bool(sink.received))
        began = station.clock.monotonic()
        deliverer.stop()
        await run
        assert station.clock.monotonic() - began < 1
    assert station.states(issue) == {"accepted": 1, "queued": 9}


# What was learnt.


async def test_a_relay_that_asks_to_slow_down_is_given_less_also_after_a_restart(
    sqlite_store: Store, tmp_path: Path
) -> None:
    station = Station(sqlite_store, tmp_path)
    station.compose(readers(10))
    script = {"MAIL": [None, None, says("450 4.4.5 Too many messages, slow down")]}
    async with ScriptedServer(script) as server:
        station.clock = RunningClock(NOW)
        run = asyncio.create_task(station.send(server.port))
        await asyncio.sleep(0.5)
        fast = len(server.accepted)
        for _ in range(30):
            await asyncio.sleep(0.1)
            station.wait(seconds=2)
        await run
        assert fast < 9
    deliverer = station.deliverer(1)
    await deliverer.run_due()
    [lane] = deliverer._lanes.values()  # noqa: SLF001 - what it knows
    assert lane.rate.is_slowed
    station.wait(hours=2)
    deliverer = station.deliverer(1)
    await deliverer.run_due()
    [lane] = deliverer._lanes.values()  # noqa: SLF001 - what it knows
    assert not lane.rate.is_slowed


# The clock.


@pytest.mark.parametrize("hours", [25, -25])
async def test_a_clock_that_jumps_by_more_than_a_day_holds_sending(
    sqlite_store: Store, tmp_path: Path, hours: int
) -> None:
    """reliability.md, clock jump: with an alert; it goes on when the clock is right again."""
    station = Station(sqlite_store, tmp_path, daily="expire_after_hours = 100")
    issue = station.compose(readers(10))

    def jump(mail: Received) -> None:
        if mail.number == 3:
            station.clock.jump(station.clock.now() + timedelta(hours=hours))
            station.wait(seconds=1)

    async with Sink(on_message=jump) as sink:
        deliverer = station.deliverer(sink.port)
        await deliverer.run_due()
        sent = len(sink.received)
        assert 3 <= sent <= 5
        (result,) = await deliverer.run_due()
        assert len(sink.received) == sent
        assert result.trouble == deliverer.readiness()[0] == station.alerts()["clock"]
        assert "forward" in result.trouble if hours > 0 else "back" in result.trouble
        assert station.states(issue) == {"accepted": sent, "queued": 10 - sent}
        station.clock.jump(station.clock.now() - timedelta(hours=hours))
        assert deliverer.readiness() != ()
        await deliverer.run_due()
        assert deliverer.readiness() == ()
        assert len(sink.received) == 10
    assert "clock" not in station.alerts()


async def test_a_time_that_was_accepted_is_right(sqlite_store: Store, tmp_path: Path) -> None:
    station = Station(sqlite_store, tmp_path, daily="expire_after_hours = 100")
    async with Sink() as sink:
        deliverer = station.deliverer(sink.port)
        await deliverer.run_due()
        station.compose(readers(3))
        station.clock.jump(NOW + timedelta(hours=30))
        (result,) = await deliverer.run_due()
        assert "digest clock --accept" in result.trouble
        accept(station.store, station.clock.now())
        await deliverer.run_due()
        assert len(sink.received) == 3


@pytest.mark.parametrize(
    ("away", "is_held"),
    [
        (timedelta(hours=-25), True),
        (timedelta(hours=-23), False),
        (timedelta(days=40), False),
        (timedelta(days=50), True),
    ],
)
async def test_a_start_long_before_or_after_the_last_known_time_is_held(
    sqlite_store: Store, tmp_path: Path, away: timedelta, *, is_held: bool
) -> None:
    """A machine that was off for weeks is no reason to."""
    station = Station(sqlite_store, tmp_path, daily="expire_after_hours = 100")
    await station.deliverer(1).run_due()
    station.clock.jump(NOW + away)
    deliverer = station.deliverer(1)
    await deliverer.run_due()
    assert bool(deliverer.readiness()) is is_held
    if is_held:
        accept(station.store, station.clock.now())
        await deliverer.run_due()
    assert deliverer.readiness() == ()
    assert station.alerts() == {}


async def test_readiness_says_that_writing_fails_until_it_works(
    sqlite_store: Store, tmp_path: Path
) -> None:
    """reliability.md, disk full: readiness red; goes on by itself."""
    station = Station(sqlite_store, tmp_path)
    issue = station.compose(readers(3))
    async with Sink() as sink:
        deliverer = station.deliverer(sink.port)
        await station.deliverer(sink.port).run_due(issue.id + 1)
        station.store.is_full = True
        for _ in range(2):
            with pytest.raises(Exception, match="disk is full"):
                await deliverer.run_due()
            assert "disk is full" in deliverer.readiness()[0]
        assert sink.received == []
        station.store.is_full = False
        await deliverer.run_due()
        assert deliverer.readiness() == ()
        assert len(sink.received) == 3


# Corners.


async def test_a_relay_that_is_set_up_wrongly_says_so(sqlite_store: Store, tmp_path: Path) -> None:
    """Before anything is sent, and whatever the relay would say."""
    station = Station(sqlite_store, tmp_path)
    station.compose(readers(2))
    relay = Relay("default", "127.0.0.1", 1, tls="none", helo="not a name")
    deliverer = Deliverer(
        station.store, station.desk.config, KEYRING, {"default": relay}, station.clock
    )
    (result,) = await deliverer.run_due()
    assert "helo must be a host name" in result.trouble


async def test_what_was_learnt_is_kept_while_something_is_sent(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a crash forgets no more than the last moments."""
    monkeypatch.setattr("digest.steps.deliver.step.REMEMBER_SECONDS", 0.05)
    station = Station(sqlite_store, tmp_path)
    station.compose(readers(6))
    let = asyncio.Event()

    async def waits(session: Session, normal: bytes) -> None:
        await let.wait()
        await session.say(normal)

    script: dict[str, list[Act]] = {
        "MAIL": [says("450 4.4.5 Too many messages, slow down")],
        "dot": [waits] * 6,
    }
    async with ScriptedServer(script) as server:
        run = asyncio.create_task(station.send(server.port))

        def is_kept() -> bool:
            with station.store.read() as tx:
                return bool(settings.get(tx, "pace:default"))

        await until(is_kept)
        let.set()
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run


def test_a_new_day_begins_with_nothing_sent() -> None:
    warmup = WarmUp(NOW.date(), ZoneInfo("Europe/Zurich"), day=NOW.date(), sent=200)
    assert warmup.left(NOW) == 0
    assert warmup.left(NOW + timedelta(hours=12)) == 300
    assert (warmup.day, warmup.sent) == (NOW.date() + timedelta(days=1), 0)
