"""What editors do by commands: approve, hold, drop, check, correct, and see what was left out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from typer.testing import CliRunner

from digest.cli.app import app
from digest.errors import ConfigError, DigestError, NotFoundError
from digest.mail.sink import Sink

CONFIG = """
[publication]
title = "The Harbour Gazette"
url = "https://gazette.example/"
id = "tag:gazette.example,2026"
postal_address = "1 Quay Street, Port Halden"
[sources.articles]
[relays.default]
host = "127.0.0.1"
port = {port}
tls = "none"
[briefings.daily]
title = "Morning Briefing"
from_address = "briefing@gazette.example"
max_age_days = 0
content = "full"
"""
READER = "ada@reader.example"


@pytest.fixture
def news(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A publication with two articles and a reader, and a relay that is not there."""
    monkeypatch.chdir(tmp_path)
    Path("config.toml").write_text(CONFIG.format(port=1))
    Path("articles").mkdir()
    for slug in ("ferry", "tides"):
        write(slug, f"All of the {slug}, told by those who saw it from the quay.")
    run("subscribers", "add", READER, "--confirmed", "told us")
    return tmp_path


def write(slug: str, text: str) -> None:
    Path(f"articles/{slug}.md").write_text(
        f"---\nslug: {slug}\npublished: 2026-01-01T08:00:00Z\n---\n# The {slug}\n\n{text}\n"
    )


def run(*words: str, code: int = 0, stdin: str = "") -> str:
    """Run a command that raises nothing; return all that it printed."""
    done = CliRunner().invoke(app, list(words), input=stdin)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == code, done.output
    return done.output


def run_json(*words: str, code: int = 0) -> Any:  # noqa: ANN401 - JSON
    return json.loads(run(*words, "--json", code=code))


@contextmanager
def relay() -> Iterator[Sink]:
    """A sink as the publication's relay, in a thread: commands need the main one for signals."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    sink = Sink()
    try:
        asyncio.run_coroutine_threadsafe(sink.__aenter__(), loop).result(10)
        Path("config.toml").write_text(CONFIG.format(port=sink.port))
        yield sink
    finally:
        asyncio.run_coroutine_threadsafe(sink.__aexit__(None, None, None), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@pytest.mark.usefixtures("news")
def test_an_issue_is_held_approved_and_dropped() -> None:
    run("send", "daily", "--now", code=1)
    assert run("issues", "hold", "daily/1") == "daily/1: held\n"
    assert "held, period" in run("issues", "show", "daily/1")
    assert run("issues", "approve", "daily/1").startswith("daily/1: ")
    shown = run("issues", "show", "daily/1")
    assert "operator decided at" in shown
    assert "held" not in shown
    said = run("issues", "drop", "daily/1", stdin="n\n", code=1)
    assert "Never send daily/1?" in said
    assert run_json("issues", "drop", "daily/1", "--yes")["cancelled"] == 1
    assert "1 candidates = 1 cancelled" in run("ledger", "daily/1")
    with pytest.raises(DigestError, match="daily/1"):
        run("issues", "approve", "daily/1")
    with pytest.raises(NotFoundError):
        run("issues", "hold", "daily/9")


@pytest.mark.usefixtures("news")
def test_the_next_issue_is_checked_before_it_goes_out() -> None:
    said = run("check", "daily", "--offline")
    assert "daily: 'The tides', 2 articles, 1 variants, 0 links looked at: 0 errors" in said
    assert "links were not looked at: --offline" in said
    write("mark", "What happened on [DATE] is TKTK.")
    found = run_json("check", "daily", "--offline", "--strict", code=1)["preflight"]
    assert "placeholders" in {item["rule"] for item in found["findings"]}


@pytest.mark.usefixtures("news")
def test_an_issue_is_checked_though_one_article_is_broken() -> None:
    """The others would go out without it, so what is wrong with them has to be known."""
    Path("articles/odd.md").write_text(f"---\ntitle: {'Long ' * 80}\n---\n\nText.\n")
    write("mark", "What happened on [DATE] is TKTK.")
    found = run_json("check", "daily", "--offline", code=1)
    assert [item["where"] for item in found["problems"]] == ["articles/odd.md"]
    assert "placeholders" in {item["rule"] for item in found["preflight"]["findings"]}
    with pytest.raises(NotFoundError, match="weekly"):
        run("check", "weekly", "--offline")


@pytest.mark.usefixtures("news")
def test_a_broken_template_is_named_once_where_an_issue_is_checked() -> None:
    own = Path("templates/email/briefing.txt")
    own.parent.mkdir(parents=True)
    own.write_text("{% if %}")
    found = run_json("check", "daily", "--offline", code=1)
    assert found["preflight"] is None
    assert [item["line"] for item in found["problems"]] == [1]


@pytest.mark.usefixtures("news")
def test_a_wrong_issue_is_corrected_for_those_who_got_it() -> None:
    correct = ("send", "daily", "--correct", "1", "--article", "tides")
    Path("sorry.txt").write_text("The tide was at nine, not at ten.\n")
    with relay() as sink:
        run("send", "daily", "--now")
        run("subscribers", "add", "ben@reader.example", "--confirmed", "told us")
        with pytest.raises(ConfigError, match="say what was wrong: --introduction FILE"):
            run(*correct)
        with pytest.raises(NotFoundError):
            run("send", "daily", "--correct", "7", "--introduction", "sorry.txt")
        said = run(*correct, "--introduction", "sorry.txt")
        assert "issue 2, 1 deliveries" in said
        assert [item.recipients for item in sink.received] == [(READER,), (READER,)]
    assert run_json("issues", "show", "daily/2")["issue"]["subject"].startswith("Correction: ")


@pytest.mark.usefixtures("news")
def test_what_was_left_out_to_fit_is_told_wherever_an_issue_is_shown() -> None:
    """email.md C1: recorded and shown."""
    write("ferry", "\n\n".join(["The water rose by a hand and fell again, as it does."] * 2500))
    told = "So that Gmail shows all of it: 1 article as a summary"
    assert told in run("preview", "daily")
    found = run_json("preview", "daily")
    assert found["size_bytes"] < 100_000
    assert found["fitting"]["all"]["is_enough"]
    run("send", "daily", "--now", code=1)
    assert told in run("issues", "show", "daily/1")
    assert told in run("ledger", "daily/1")
    assert run_json("ledger", "daily/1")["fitting"]["all"]["as_summary"]
    assert "as a summary so that Gmail shows the whole issue" in run("explain", "ferry")
    assert "Gmail" not in run("explain", "tides")
