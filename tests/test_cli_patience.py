"""`digest run` waits for a database that cannot be opened yet."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from digest.cli.patience import ALERT, TRY_SECONDS, opened_in_time
from digest.cli.starter import write_starter
from digest.errors import StoreError, UnavailableError
from digest.store.engine import Store, open_store
from digest.wiring import Service, open_service

FULL = "the disk is full"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The settings of a new publication."""
    now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    write_starter(tmp_path, title="Quay", url="https://quay.example/", now=now)
    return tmp_path / "config.toml"


def test_what_may_be_over_by_itself_is_said_once_and_waited_for(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """reliability.md, disk full: goes on by itself. That it was is left behind as an alert."""
    pauses: list[float] = []

    def opens(path: Path, environment: Mapping[str, str]) -> Service:
        if len(pauses) < 2:
            raise UnavailableError(FULL)
        return open_service(path, environment)

    with opened_in_time(config, pauses.append, opens) as service:
        assert service.store.is_sqlite
    assert pauses == [TRY_SECONDS] * 2
    said = capsys.readouterr()
    told = said.out + said.err
    assert (told.count("cannot begin yet"), told.count(FULL)) == (1, 1)
    with closing(sqlite3.connect(config.parent / "state" / "digest.sqlite3")) as database:
        rows = database.execute("SELECT key, cleared_at IS NOT NULL FROM alerts").fetchall()
    assert rows == [(ALERT, 1)]


def test_where_nothing_is_wrong_nothing_is_left_behind(config: Path) -> None:
    with opened_in_time(config) as service, service.store.read() as tx:
        assert tx.exec_driver_sql("SELECT count(*) FROM alerts").scalar() == 0


def test_being_asked_to_end_ends_the_waiting(config: Path) -> None:
    """reliability.md, SIGTERM: exit 0."""

    def opens(_path: Path, _environment: Mapping[str, str]) -> Service:
        raise UnavailableError(FULL)

    before = signal.getsignal(signal.SIGTERM)
    waiting = opened_in_time(config, lambda _: signal.raise_signal(signal.SIGTERM), opens)
    with pytest.raises(SystemExit) as ended, waiting:
        pass
    assert ended.value.code == 0
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize(
    ("code", "may_pass"),
    [
        (sqlite3.SQLITE_FULL, True),
        (sqlite3.SQLITE_IOERR_WRITE, True),
        (sqlite3.SQLITE_READONLY, False),
        (sqlite3.SQLITE_CANTOPEN, False),
    ],
)
def test_a_full_disk_may_get_room_and_wrong_rights_stay_wrong(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    may_pass: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    def fails(_store: Store) -> None:
        error = sqlite3.OperationalError("no")
        error.sqlite_errorcode = code
        raise OperationalError(None, None, error)

    monkeypatch.setattr(Store, "migrate", fails)
    with pytest.raises(StoreError, match=r"cannot be opened: no") as raised:
        open_store(f"sqlite:///{tmp_path}/digest.sqlite3")
    assert isinstance(raised.value, UnavailableError) is may_pass


def test_a_server_that_is_down_may_come_back() -> None:
    with pytest.raises(UnavailableError, match="Check that the server is up"):
        open_store("postgresql://nobody@127.0.0.1:1/none")
