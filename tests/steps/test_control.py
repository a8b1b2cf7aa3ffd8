"""Stopping, resuming, and ending an issue that is on its way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from test_daemon import EVENING, make_service

from digest.errors import DigestError, NotFoundError
from digest.mail.sink import Sink
from digest.model import DeliveryState, IssueState
from digest.steps.compose import compose_now
from digest.steps.control import Command, control
from digest.steps.deliver import Deliverer
from digest.steps.ingest import ingest
from digest.store import issues
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


def test_there_is_nothing_to_do_with_an_issue_that_is_not_there(service: Service) -> None:
    with pytest.raises(NotFoundError, match="there is no issue '7'"):
        control(service.store, 7, Command.PAUSE, now=service.clock.now())
