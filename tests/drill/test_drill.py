"""A drill: each receiving side leads to what it should, and nothing real is touched."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from digest.cli.app import app
from digest.cli.publication import ingest_all
from digest.cli.starter import write_starter
from digest.drill import SCENARIOS, Course, DrillResult, Scenario, drill
from digest.errors import ConfigError, DigestError, NotFoundError, StoreError
from digest.mail.sink import Sink
from digest.model import SubscriptionState
from digest.steps.subscribe import Wish, person_of, subscribe
from digest.store.copying import copy_to
from digest.store.engine import open_store
from digest.wiring import Service, open_service

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LASTING = {"closed", "full", "policy", "vague"}
"""Scenarios that take days to unfold."""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    folder = tmp_path / "news"
    write_starter(folder, title="News", url="https://news.example", now=NOW)
    path = folder / "config.toml"
    sending = 'send_at = "07:00"'
    change(path, sending, f'{sending}\nbounce_address = "bounces@news.example"')
    return path


def change(config: Path, old: str, new: str) -> None:
    """Have *new* in the settings where *old* is."""
    text = config.read_text("utf-8")
    assert old in text
    config.write_text(text.replace(old, new), "utf-8")


@pytest.fixture
def service(config: Path) -> Iterator[Service]:
    found = open_service(config, {})
    ingest_all(found, quiet=True)
    yield found
    found.close()


def named(*names: str) -> Sequence[Scenario]:
    return [scenario for scenario in SCENARIOS if scenario.name in names]


def courses(result: DrillResult) -> dict[str, Course]:
    return {course.scenario: course for course in result.courses}


def add_reader(service: Service, email: str) -> None:
    wish = Wish(person_of(email), "daily", SubscriptionState.CONFIRMED)
    subscribe(service.store, service.keyring, [wish], method="operator", evidence="", now=NOW)


def content_of(folder: Path) -> dict[str, object]:
    """Return every file's bytes; of the database what is in it."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        if path.name.endswith((".sqlite3-wal", ".sqlite3-shm")) or path.is_dir():
            continue
        if path.suffix == ".sqlite3":
            with closing(sqlite3.connect(path)) as database:
                found[path.name] = list(database.iterdump())
        else:
            found[str(path)] = path.read_bytes()
    return found


def test_every_quick_way_to_answer_leads_to_what_it_should(service: Service) -> None:
    """feedback: bounces, complaints, and replies have their effect; reliability.md (Replies)."""
    scenarios = [scenario for scenario in SCENARIOS if scenario.name not in LASTING]
    told: list[tuple[int, int]] = []
    result = drill(
        service,
        "daily",
        scenarios=scenarios,
        number=1,
        progress=lambda done, total: told.append((done, total)),
    )
    found = courses(result)
    assert {name: course.standing for name, course in found.items()} == {
        "fine": "subscribed",
        "greylisting": "subscribed",
        "throttling": "subscribed",
        "unknown": "on the do-not-mail record",
        "silence": "subscribed",
        "bounce": "on the do-not-mail record",
        "delay": "subscribed",
        "complaint": "on the do-not-mail record",
        "vacation": "subscribed",
        "leaving": "unsubscribed",
        "reply": "subscribed",
    }
    points = {name: course.points for name, course in found.items() if course.points}
    assert points == {"unknown": 10, "bounce": 10}
    # Put off, and taken in the end; what was not answered came twice.
    assert found["greylisting"].deliveries == found["throttling"].deliveries == {"accepted": 1}
    assert found["greylisting"].attempts in {2, 3}
    assert [item.kind for item in found["silence"].happenings] == ["uncertain", "accepted"]
    assert (found["silence"].arrived, found["fine"].arrived) == (2, 1)
    first, second = found["silence"].happenings
    assert second.at - first.at >= timedelta(minutes=15)
    assert found["unknown"].deliveries == {"refused": 1}
    assert found["bounce"].deliveries == {"accepted": 1}
    assert [item.effect for item in found["delay"].happenings] == ["accepted", "nothing"]
    assert told == [(1, 1)]
    assert result.ended_at - result.began_at > timedelta(hours=4)


async def test_nothing_is_sent_and_nothing_changes(config: Path, tmp_path: Path) -> None:
    """The relay of the settings gets nothing, and every file is what it was."""
    async with Sink(port=0) as sink:
        change(config, "port = 1025", f"port = {sink.port}")
        service = open_service(config, {})
        ingest_all(service, quiet=True)
        add_reader(service, "ann@reader.example")
        before = content_of(tmp_path)
        result = await asyncio.to_thread(
            drill,
            service,
            "daily",
            scenarios=named("unknown", "complaint"),
            number=1,
            readers={"ann@reader.example": "unknown"},
        )
        service.close()
        assert sink.received == []
    assert content_of(tmp_path) == before
    assert [course.standing for course in result.courses] == ["on the do-not-mail record"] * 3


def test_without_a_bounce_address_later_reports_have_no_effect_and_that_is_said(
    config: Path,
) -> None:
    change(config, 'bounce_address = "bounces@news.example"', "")
    service = open_service(config, {})
    ingest_all(service, quiet=True)
    result = drill(service, "daily", scenarios=named("bounce"), number=1)
    service.close()
    (course,) = result.courses
    assert (course.standing, course.points) == ("subscribed", 0)
    assert "nothing proves whom it is about" in course.happenings[-1].explanation
    assert any("no bounce_address" in sentence for sentence in result.advice)


@pytest.mark.slow
def test_a_week_shows_trials_expiry_and_alerts(service: Service) -> None:
    """An address that was good gets a trial; what is our fault raises an alert and ends nobody."""
    result = drill(service, "daily", scenarios=named(*LASTING))
    found = courses(result)
    assert result.issues == 7
    effects = [item.effect for item in found["closed"].happenings if item.what == "report"]
    assert effects == ["spared", "suppressed"]
    assert found["closed"].deliveries == {"accepted": 5, "refused": 2}
    assert found["full"].deliveries == {"accepted": 6, "expired": 1}
    assert 2 < found["full"].points <= 3
    assert found["vague"].standing == found["policy"].standing == "subscribed"
    assert (found["vague"].points, found["policy"].points) == (0, 0)
    (alert,) = result.alerts
    assert alert.key == "domain:default/policy.drill.invalid"
    assert alert.cleared_at is not None
    assert timedelta(hours=20) < alert.cleared_at - result.began_at < timedelta(hours=28)


def test_what_is_not_there_is_told(service: Service) -> None:
    with pytest.raises(NotFoundError, match="weekly"):
        drill(service, "weekly", number=1)
    with pytest.raises(NotFoundError, match=r"nobody@reader\.example"):
        drill(service, "daily", number=1, readers={"nobody@reader.example": "full"})
    with pytest.raises(NotFoundError, match="earthquake"):
        drill(service, "daily", number=1, readers={"ann@reader.example": "earthquake"})


def test_a_publication_without_articles_has_nothing_to_send(config: Path) -> None:
    service = open_service(config, {})
    with pytest.raises(DigestError, match="digest publish"):
        drill(service, "daily", scenarios=named("fine"), number=1)
    service.close()


def test_what_cannot_be_copied_is_told(service: Service, tmp_path: Path) -> None:
    memory = open_store("sqlite://")
    with pytest.raises(StoreError, match="SQLite only"):
        copy_to(memory, tmp_path / "copy.sqlite3")
    memory.close()
    with pytest.raises(StoreError, match="cannot be copied"):
        copy_to(service.store, tmp_path / "no folder" / "copy.sqlite3")


def test_the_command_shows_a_table_and_what_happened_to_whom_was_asked_for(
    config: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    words = ["drill", "--config", str(config), "--issues", "1"]
    shown = CliRunner().invoke(app, [*words, "--only", "unknown"])
    assert shown.exit_code == 0, shown.output
    assert "1 issues of daily, one a day; nothing was sent to anybody" in shown.output
    assert "550 5.1.1 User unknown" in shown.output
    assert "Alerts: none" in shown.output
    assert "no forward_to" in shown.output
    add_reader(service, "ann@reader.example")
    asked = [*words, "--reader", "ann@reader.example=fine", "--json"]
    result = json.loads(CliRunner().invoke(app, asked).stdout)
    (course,) = result["courses"]
    assert (course["email"], course["standing"]) == ("ann@reader.example", "subscribed")


@pytest.mark.slow
def test_the_command_shows_alerts_once_and_cuts_many_attempts_short(
    config: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert service.store.path is not None  # it has articles
    monkeypatch.setenv("COLUMNS", "250")
    words = ["drill", "--config", str(config), "--issues", "1"]
    only = ["--only", "policy", "--only", "silence", "--only", "bounce"]
    shown = CliRunner().invoke(app, [*words, *only])
    assert shown.exit_code == 0, shown.output
    assert shown.output.count("policy.drill.invalid refuses our mail by relay 'default'") == 1
    assert "1 accepted (1 arrived twice)" in shown.output
    assert "more of the same (all of them with --json)" in shown.output
    assert "The address is given up" in shown.output


@pytest.mark.parametrize(
    ("words", "error"), [(["--only", "flood"], NotFoundError), (["--reader", "ann"], ConfigError)]
)
def test_words_that_mean_nothing_are_refused(
    config: Path, words: list[str], error: type[DigestError]
) -> None:
    result = CliRunner().invoke(app, ["drill", "--config", str(config), *words])
    assert isinstance(result.exception, error)
