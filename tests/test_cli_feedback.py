"""Commands for what comes back, as an operator and a mail server use them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from digest.cli.app import app
from digest.cli.starter import write_starter
from digest.errors import NotFoundError

SAMPLES = Path(__file__).parent / "data" / "reports"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings of a new publication with one briefing, called daily."""
    folder = tmp_path / "news"
    now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    write_starter(folder, title="News", url="https://news.example", now=now)
    monkeypatch.setenv("COLUMNS", "200")
    return folder / "config.toml"


def run(config: Path, *words: str, code: int = 0, piped: bytes = b"") -> Result:
    words = ("feedback", *words, "--config", str(config))
    result = CliRunner().invoke(app, [*words], input=piped)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


def run_json(config: Path, *words: str, piped: bytes = b"") -> Any:  # noqa: ANN401 - JSON
    return json.loads(run(config, *words, "--json", piped=piped).stdout)


def test_what_would_follow_from_a_file_is_said_and_not_done(config: Path) -> None:
    said = run(config, "test", str(SAMPLES / "postfix-unknown-user.eml")).output
    assert "bounce (permanent, recipient): There is no such address." in said
    assert "they said: 550 5.1.1 <ann@reader.example>" in said
    assert "not proved, so about nobody; it names ann@reader.example" in said
    assert "Nothing follows: nothing proves whom it is about." in said
    assert run_json(config, "list") == []


def test_what_a_mail_server_pipes_is_taken_once_and_listed(config: Path) -> None:
    data = (SAMPLES / "gmail-over-quota.eml").read_bytes()
    words = ("process", "--recipient", "bounces+x@news.example", "--sender", "<>")
    first, again = run_json(config, *words, piped=data), run_json(config, *words, piped=data)
    assert (first["kind"], first["effect"], first["is_new"]) == ("transient", "nothing", True)
    assert again["is_new"] is False
    (listed,) = run_json(config, "list", "--sort", "bounce")
    assert (listed["source"], listed["reason"]) == ("stdin", "The mailbox is full.")
    assert run_json(config, "list", "--effective") == []
    assert "not proved" in run(config, "list").output
    shown = run(config, "show", "1").output
    assert "nobody: not proved" in shown
    assert run_json(config, "show", "1")["id"] == 1


def test_a_mail_that_cannot_be_taken_now_stays_with_the_mail_server(config: Path) -> None:
    """EX_TEMPFAIL, whatever the reason is: settings that are broken, a database that is full."""
    config.write_text("[publication]\n", "utf-8")
    assert "digest:" in run(config, "process", code=75, piped=b"Subject: x\n\n").output


def test_rates_are_shown_even_if_nothing_was_sent(config: Path) -> None:
    assert "0 accepted, 0 bounced (0.00 %), 0 complained" in run(config, "rates").output
    assert run_json(config, "rates", "--days", "7")["overall"]["accepted"] == 0


def test_what_does_not_exist_is_told(config: Path) -> None:
    with pytest.raises(NotFoundError, match="sort of report 'spam'"):
        run(config, "list", "--sort", "spam")
    with pytest.raises(NotFoundError, match="report '7'"):
        run(config, "show", "7")
    run(config, "process", "nowhere.eml", code=75)
