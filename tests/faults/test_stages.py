"""Every fault at every stage of a session, through the whole engine: fourteen times eleven.

tests/mail/test_smtp_matrix.py says what each comes to for one connection; here the issue is sent to
its end, with time passing in between. The server's own log is the judge: everybody has the message,
and nobody twice but where the server had it and never said so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from faults.rig import Publication
from smtp_servers import FAULTS, Act, Certificates, ScriptedServer, keeps, make_certificates, stalls

from digest.clock import ManualClock
from digest.mail.relay import Relay
from digest.store import deliveries, issues
from digest.wiring import Service

slow = pytest.mark.slow

STAGES: Mapping[str, Mapping[str, int]] = {
    "greeting": {"greeting": 0},
    "EHLO": {"EHLO": 0},
    "STARTTLS": {"STARTTLS": 0},
    "TLS": {"TLS": 0},
    "EHLO over TLS": {"EHLO2": 0},
    "AUTH": {"AUTH": 0},
    "MAIL": {"MAIL": 0},
    "RCPT": {"RCPT": 0},
    "DATA": {"DATA": 0},
    "body": {"body": 0},
    "dot": {"dot": 0},
    "next MAIL": {"MAIL": 1},
    "RSET": {"RSET": 0},
    "QUIT": {"QUIT": 0},
}
"""The fourteen stages: what the server calls it, and after how many that go well it fails."""

CONTRADICTIONS = {("body", "4xx"), ("body", "5xx")}
"""A short body is out whole when the server says no to it, which then takes it all the same: the
answer to the dot was no, so the message rightly comes again."""

READERS = 3
ROUNDS = 12
SILENT = ("EOF", "RST", "timeout")


def taken_in_silence(fault: str) -> Act:
    """Return the fault after the dot of a message that the server has all the same."""
    return keeps(FAULTS[fault])


def script_for(stage: str, act: Act) -> dict[str, Sequence[Act | None]]:
    script: dict[str, Sequence[Act | None]] = {
        name: [*[None] * before, act] for name, before in STAGES[stage].items()
    }
    if stage == "RSET":
        script["RCPT"] = [FAULTS["5xx"]]  # what makes a reset necessary
    return script


async def send_to_the_end(service: Service, server: ScriptedServer) -> None:
    """Send the issue until nothing waits, and let time pass where something does."""
    assert isinstance(service.clock, ManualClock)
    deliverer = service.deliverer()
    for _ in range(ROUNDS):
        await deliverer.run_due()
        with service.store.read() as tx:
            [issue] = issues.list_issues(tx, "daily", 2)
            if deliveries.ledger(tx, issue.id).open == 0:
                return
        service.clock.advance(timedelta(minutes=85))
    raise AssertionError(f"never done: {server.commands[-20:]}")


async def deliver(
    publication: Publication, script: Mapping[str, Sequence[Act | None]], certificates: Certificates
) -> dict[str, list[bytes]]:
    """Return what the server has, by recipient."""
    async with ScriptedServer(
        script, tls=certificates.server, password="p", body_bytes=200
    ) as server:
        relay = Relay(
            "default",
            "127.0.0.1",
            server.port,
            ca_file=certificates.ca_file,
            username="u",
            password="p",
            connect_timeout_seconds=0.4,
            command_timeout_seconds=0.4,
            data_timeout_seconds=0.4,
        )
        with publication.opened() as opened:
            clock = ManualClock(publication.now())
            await send_to_the_end(replace(opened, relays={"default": relay}, clock=clock), server)
        found: dict[str, list[bytes]] = defaultdict(list)
        for recipient, content in server.accepted:
            found[recipient].append(content)
        assert set(found) == publication.candidates
        assert set(publication.states().values()) == {"accepted"}
        return found


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Publication:
    """A publication with a frozen issue, for all tests to copy."""
    made = Publication(tmp_path_factory.mktemp("composed") / "pub", 1, connections=1)
    made.add_readers(READERS)
    made.compose()
    return made


@pytest.fixture
def publication(composed: Publication, tmp_path: Path) -> Publication:
    return composed.copied_to(tmp_path / "pub")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("tls"))


@pytest.mark.parametrize(
    "fault", [name if name == "EOF" else pytest.param(name, marks=slow) for name in FAULTS]
)
@pytest.mark.parametrize(
    "stage",
    [name if name in {"DATA", "dot"} else pytest.param(name, marks=slow) for name in STAGES],
)
async def test_whatever_goes_wrong_everybody_gets_it_once(
    publication: Publication, stage: str, fault: str, certificates: Certificates
) -> None:
    act = stalls if (stage, fault) == ("body", "timeout") else FAULTS[fault]
    found = await deliver(publication, script_for(stage, act), certificates)
    again = (stage, fault) in CONTRADICTIONS
    numbers = sorted(len(contents) for contents in found.values())
    assert numbers in ([1] * READERS, [1] * (READERS - 1) + [1 + again])


@pytest.mark.parametrize(
    "fault", [name if name == "EOF" else pytest.param(name, marks=slow) for name in SILENT]
)
async def test_what_the_server_took_in_silence_comes_again_the_very_same(
    publication: Publication, fault: str, certificates: Certificates
) -> None:
    """R6 and R9: nobody can know, so it is sent again, with the same bytes."""
    script = {"dot": [taken_in_silence(fault)]}
    found = await deliver(publication, script, certificates)
    assert sorted(len(contents) for contents in found.values()) == [1] * (READERS - 1) + [2]
    assert all(len(set(contents)) == 1 for contents in found.values())


def test_the_table_has_fourteen_stages_and_eleven_faults() -> None:
    assert (len(STAGES), len(FAULTS)) == (14, 11)
