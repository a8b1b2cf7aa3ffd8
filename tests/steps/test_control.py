"""Stopping, resuming, and ending an issue that is on its way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from restore_samples import add_readers, open_publication, put_back, readers, save
from test_daemon import EVENING, make_service

from digest.errors import DigestError, NotFoundError, RestoredError
from digest.mail.sink import Sink
from digest.model import Decision, DeliveryState, IssueState
from digest.steps.approval import decide, settle_undecided
from digest.steps.compose import compose_now
from digest.steps.control import Command, control, decide_uncertain
from digest.steps.deliver import Deliverer
from digest.steps.ingest import ingest
from digest.steps.reconcile import reconcile
from digest.store import issues
from digest.store.uncertain import Choice
from digest.wiring import Service


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = make_service(tmp_path)
    yield made
    made.close()


def composed(service: Service) -> int:
    """Ingest, compose an issue, and return its id."""
    ingest(
        service.store,
        service.config,
        "articles",
        service.source_folder("articles"),
        now=service.clock.now(),
    )
    result = compose_now(
        service.store,
        service.config,
        service.renderer,
        service.keyring,
        "daily",
        now=service.clock.now(),
    )
    assert result.issue_id is not None
    return result.issue_id


def state_of(service: Service, issue_id: int) -> IssueState:
    with service.store.read() as tx:
        found = issues.get(tx, issue_id)
    assert found is not None
    return found.state


@pytest.mark.parametrize("stop", [Command.PAUSE, Command.HOLD])
async def test_a_stopped_issue_is_not_sent_until_it_is_resumed(
    tmp_path: Path, stop: Command
) -> None:
    async with Sink() as sink:
        service = make_service(tmp_path, sink.port)
        issue_id = composed(service)
        deliverer = Deliverer(
            service.store, service.config, service.keyring, service.relays, service.clock
        )
        control(service.store, issue_id, stop, now=EVENING)
        assert await deliverer.run_due() == ()
        assert sink.received == []
        control(service.store, issue_id, Command.RESUME, now=EVENING)
        [done] = await deliverer.run_due()
        assert done.counts == {DeliveryState.ACCEPTED: 1}
        assert len(sink.received) == 1
        service.close()


def test_a_cancelled_issue_is_never_sent_and_its_ledger_adds_up(service: Service) -> None:
    issue_id = composed(service)
    done = control(service.store, issue_id, Command.CANCEL, now=EVENING)
    assert (done.state, done.cancelled) == (IssueState.CANCELLED, 1)
    assert done.ledger.counts[DeliveryState.CANCELLED] == 1
    assert done.ledger.adds_up
    assert done.ledger.open == 0
    for command in (Command.RESUME, Command.PAUSE, Command.HOLD):
        with pytest.raises(DigestError, match="is cancelled: there is nothing to"):
            control(service.store, issue_id, command, now=EVENING)


@pytest.mark.parametrize(
    ("first", "then", "state"),
    [
        (Command.PAUSE, Command.PAUSE, IssueState.PAUSED),
        (Command.PAUSE, Command.HOLD, IssueState.HELD),
        (Command.HOLD, Command.RESUME, IssueState.SENDING),
        (Command.PAUSE, Command.CANCEL, IssueState.CANCELLED),
        (Command.CANCEL, Command.CANCEL, IssueState.CANCELLED),
    ],
)
def test_commands_follow_each_other(
    service: Service, first: Command, then: Command, state: IssueState
) -> None:
    """Asking twice for the same is no mistake."""
    issue_id = composed(service)
    control(service.store, issue_id, first, now=EVENING)
    assert control(service.store, issue_id, then, now=EVENING).state is state
    assert state_of(service, issue_id) is state


def restored_with_an_issue(root: Path) -> tuple[Service, int]:
    """Return a publication whose backup has an issue that was finished since, and the issue."""
    before = open_publication(root)
    add_readers(before, readers(2))
    issue_id = composed(before)
    control(before.store, issue_id, Command.PAUSE, now=EVENING)
    copy = save(root)
    control(before.store, issue_id, Command.RESUME, now=EVENING)
    control(before.store, issue_id, Command.CANCEL, now=EVENING)
    before.close()
    put_back(root, copy)
    return open_publication(root), issue_id


def test_a_restored_backup_is_reconciled_before_its_issues_go_on_or_end(tmp_path: Path) -> None:
    """reliability.md, restored backup: who has got them is not known before; stopping is safe."""
    service, issue_id = restored_with_an_issue(tmp_path)
    store = service.store
    for command in (Command.RESUME, Command.CANCEL):
        with pytest.raises(RestoredError, match="until `digest reconcile` has replayed"):
            control(store, issue_id, command, now=EVENING)
    with pytest.raises(RestoredError):
        decide_uncertain(store, issue_id, Choice.RETRY, now=EVENING)
    for decision in (Decision.SEND, Decision.DROP):
        with pytest.raises(RestoredError):
            decide(store, issue_id, decision, "operator", now=EVENING)
    assert state_of(service, issue_id) is IssueState.PAUSED
    assert control(store, issue_id, Command.HOLD, now=EVENING).state is IssueState.HELD
    assert decide(store, issue_id, Decision.HOLD, "operator", now=EVENING).cancelled == 0
    assert settle_undecided(store, now=EVENING) == ()
    reconcile(store, now=EVENING, uncertain_after=None)
    assert state_of(service, issue_id) is IssueState.CANCELLED
    service.close()


def test_there_is_nothing_to_do_with_an_issue_that_is_not_there(service: Service) -> None:
    with pytest.raises(NotFoundError, match="there is no issue '7'"):
        control(service.store, 7, Command.PAUSE, now=service.clock.now())
