"""``digest issues show --follow`` and ``digest clock``: what happens, as it happens."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from fakes import NOW, Desk, compose_issue
from typer.testing import CliRunner

from digest.cli.app import app
from digest.cli.following import bar, duration, words
from digest.model import Issue, IssueState
from digest.steps.deliver import Progress
from digest.steps.deliver.timekeeper import ALERT
from digest.store import alerts, issues, pacing
from digest.wiring import open_service

CONFIG = """
[publication]
title = "The Harbour Gazette"
url = "https://gazette.example/"
id = "tag:gazette.example,2026"
[relays.default]
host = "127.0.0.1"
port = 1
tls = "none"
[briefings.daily]
title = "Morning Briefing"
from_address = "briefing@gazette.example"
"""


def progress(done: int, candidates: int, rate: float, left: float | None) -> Progress:
    issue = Issue(1, "daily", 1, "2026-11-24", "S", IssueState.SENDING, NOW, NOW)
    return Progress(issue, {}, done, candidates, rate, left)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (progress(6200, 20000, 1240.4, 11.1), "6,200 of 20,000 done, 1,240 a second, 11 s left"),
        (progress(0, 5, 0.0, None), "0 of 5 done"),
        (progress(5, 5, 2.0, 0.0), "5 of 5 done, 2 a second"),
        (progress(1, 5, 0.5, 7500.0), "1 of 5 done, 30.0 a minute, 2 h 5 min left"),
        (progress(1, 5, 1.0, 0.2), "1 of 5 done, 1 a second, 1 s left"),
    ],
)
def test_progress_in_words(step: Progress, said: str) -> None:
    assert words(step) == said


def test_durations_have_two_units_at_most() -> None:
    assert [duration(s) for s in (0.2, 59, 61, 3599, 3600, 90061)] == [
        "1 s", "59 s", "1 min 1 s", "59 min 59 s", "1 h 0 min", "25 h 1 min",
    ]  # fmt: skip


def test_there_is_no_bar_where_nobody_looks() -> None:
    with bar(quiet=True) as move:
        move(progress(1, 2, 1.0, 1.0))


@pytest.fixture
def paused(tmp_path: Path) -> Path:
    """A publication whose one issue has paused itself."""
    config = tmp_path / "config.toml"
    config.write_text(CONFIG)
    service = open_service(config, {})
    store = service.store
    issue = compose_issue(Desk(store, tmp_path), ["ada@reader.example", "bob@reader.example"])
    with store.write() as tx:
        pacing.note_pause(tx, issue.id, "our fault", "3 were refused.", NOW)
        issues.move(tx, issue.id, IssueState.PAUSED, if_in=set(IssueState))
        alerts.raise_alert(tx, ALERT, "the clock went mad", NOW - timedelta(days=1))
    service.close()
    return config


def run(*words: str) -> str:
    result = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_following_ends_with_the_issue_and_says_why_it_paused(paused: Path) -> None:
    said = run("issues", "show", "daily/1", "--follow", "--config", str(paused))
    assert "paused: 0 of 2 done" in said
    assert "daily/1 is paused: 0 of 2 done" in said
    assert "It has paused itself: 3 were refused." in said


def test_following_as_json_is_a_line_for_each_change(paused: Path) -> None:
    said = run("issues", "show", "daily/1", "--follow", "--json", "--config", str(paused))
    [line] = said.splitlines()
    found = json.loads(line)
    assert found["counts"] == {"queued": 2}
    assert (found["state"], found["done"], found["candidates"]) == ("paused", 0, 2)
    assert found["seconds_left"] is None


def test_an_issue_says_why_it_paused_itself(paused: Path) -> None:
    said = run("issues", "show", "daily/1", "--config", str(paused))
    assert "paused itself at 2026-11-23 18:00 UTC: 3 were refused." in said


def test_the_clock_is_shown_and_can_be_accepted(paused: Path) -> None:
    assert "Sending is held: the clock went mad" in run("clock", "--config", str(paused))
    said = run("clock", "--accept", "--config", str(paused))
    assert "Sending is not held because of the clock." in said
    found = json.loads(run("clock", "--json", "--config", str(paused)))
    assert found["held"] == ""
    assert found["last_known"] is not None
