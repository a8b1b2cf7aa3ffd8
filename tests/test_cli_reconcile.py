"""`digest reconcile`, `digest issues uncertain`, and what `digest check` says of the journal."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from test_cli_corners import invoke, run

from digest.cli.starter import write_starter
from digest.clock import SystemClock
from digest.errors import DigestError, NotFoundError, RestoredError
from digest.model import DeliveryState, IssueState
from digest.steps.compose import compose_now
from digest.store import deliveries, issues
from digest.store.deliveries import Settlement
from digest.wiring import open_service

ADDRESS = "ada@reader.example"


@pytest.fixture
def publication(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A publication with a reader, in which commands run."""
    write_starter(tmp_path, title="The Quay", url="https://quay.example/", now=SystemClock().now())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    run("publish")
    run("subscribers", "add", ADDRESS, "--confirmed", "asked for it")
    return tmp_path


def save() -> None:
    """Save the database."""
    with (
        closing(sqlite3.connect("state/digest.sqlite3")) as source,
        closing(sqlite3.connect("saved")) as target,
    ):
        source.backup(target)


def put_back() -> None:
    """Restore what was saved."""
    for path in Path("state").glob("digest.sqlite3*"):
        path.unlink()
    shutil.copyfile("saved", "state/digest.sqlite3")


def settle(state: DeliveryState) -> None:
    """Let the newest issue's deliveries come to *state*; there is one more issue by then."""
    service = open_service(Path("config.toml"), {})
    now = service.clock.now()
    made = compose_now(
        service.store, service.config, service.renderer, service.keyring, "daily", now=now
    )
    assert made.issue_id is not None
    with service.store.write() as tx:
        issues.move(tx, made.issue_id, IssueState.SENDING, if_in={IssueState.COMPOSED})
    with service.store.write() as tx:
        [claim] = deliveries.claim(tx, made.issue_id, 10, now, now)
        again = now if state is DeliveryState.UNCERTAIN else None
        deliveries.settle(tx, [Settlement(claim.id, claim.fence, state, 1, "x", now, again)])
    service.close()


def as_json(*words: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads(run(*words, "--json"))


def test_a_restored_backup_is_told_reconciled_and_told_again(publication: Path) -> None:
    save()
    assert "database and journal agree, 1 transactions" in run("check")
    settle(DeliveryState.ACCEPTED)
    put_back()
    done = invoke("check")
    assert done.exit_code == 1
    assert "this database is older than its journal (by 2 transactions)" in done.output
    sent = invoke("send", "daily", "--now")
    assert isinstance(sent.exception, RestoredError)
    assert "Nothing was changed." in run("reconcile", "--dry-run")
    assert run("reconcile").splitlines() == [
        "The journal was ahead of the database by 2 transactions.",
        "         1 issues made again as they were sent",
        "         1 deliveries of them",
        "         1 deliveries marked as accepted: they are not sent again",
        "Sending goes on.",
    ]
    assert run("reconcile").splitlines()[0] == "The database was up to date with its journal."
    again = as_json("reconcile")
    assert set(again["replayed"].values()) == {0}
    assert as_json("check")["journal"]["is_missing"] is False
    assert "1 candidates = 1 accepted" in run("ledger", "daily/1")
    assert publication.joinpath("state", "digest.journal", "id").exists()


def test_going_on_without_the_journal_is_asked_first(publication: Path) -> None:
    settle(DeliveryState.UNCERTAIN)
    shutil.rmtree(publication / "state" / "digest.journal")
    refused = invoke("reconcile")
    assert isinstance(refused.exception, RestoredError)
    asked = invoke("reconcile", "--without-journal", stdin=b"n\n")
    assert asked.exit_code == 1
    assert "gets it again if you resume it" in asked.output
    assert run("reconcile", "--without-journal", "--yes").splitlines() == [
        "There was no journal; a new one is begun.",
        "         1 issues put on hold: daily/1",
        "Sending goes on.",
    ]


def test_a_journal_of_another_host_must_be_there(publication: Path) -> None:
    done = invoke("reconcile", "--journal", str(publication / "nowhere"))
    assert isinstance(done.exception, NotFoundError)
    assert "there is no journal" in str(done.exception)


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ("--retry", "sent again; `digest run` does it"),
        ("--accept", "taken as accepted"),
        ("--drop", "not sent again"),
    ],
)
@pytest.mark.usefixtures("publication")
def test_uncertain_mails_are_listed_and_decided_about(choice: str, said: str) -> None:
    settle(DeliveryState.UNCERTAIN)
    assert ADDRESS in run("issues", "uncertain", "daily/1")
    assert [row["email"] for row in as_json("issues", "uncertain", "daily/1")] == [ADDRESS]
    text = run("issues", "uncertain", "daily/1", choice)
    assert text == f"1 uncertain deliveries of daily/1: {said}\n"
    assert as_json("issues", "uncertain", "daily/1", choice)["ledger"]["candidates"] == 1


@pytest.mark.usefixtures("publication")
def test_only_one_decision_is_taken() -> None:
    done = invoke("issues", "uncertain", "daily/1", "--retry", "--drop")
    assert isinstance(done.exception, DigestError)
    assert str(done.exception) == "choose one of --retry, --accept, and --drop"


def test_check_tells_of_a_damaged_journal_and_of_a_database_it_cannot_read(
    publication: Path,
) -> None:
    [segment] = (publication / "state" / "digest.journal").glob("*.journal")
    data = segment.read_bytes()
    segment.write_bytes(data.replace(b"daily", b"Daily"))
    done = as_json("check")
    assert [item["severity"] for item in done["problems"]] == ["warning"]
    assert done["problems"][0]["where"] == f"{segment.relative_to(publication)}:1"
    for path in Path("state").glob("digest.sqlite3*"):
        path.unlink()
    Path("state/digest.sqlite3").write_bytes(b"no database at all" * 100)
    broken = invoke("check")
    assert broken.exit_code == 1
    assert "database: error:" in broken.output
    Path("state/digest.sqlite3").unlink()
    assert as_json("check")["journal"] is None


@pytest.mark.usefixtures("publication")
def test_check_leaves_a_database_of_another_digest_as_it_is() -> None:
    with closing(sqlite3.connect("state/digest.sqlite3")) as database:
        database.execute("UPDATE alembic_version SET version_num = '0001'")
        database.commit()
    assert as_json("check")["journal"] is None
    with closing(sqlite3.connect("state/digest.sqlite3")) as database:
        found = database.execute("SELECT version_num FROM alembic_version").fetchone()
    assert found == ("0001",)
