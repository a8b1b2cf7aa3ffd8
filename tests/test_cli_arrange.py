"""``digest arrange``, and what ``next``, ``explain``, and ``issues show`` tell an editor."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from digest.cli.app import app
from digest.cli.output import opened
from digest.errors import ConfigError, NotFoundError
from digest.steps.approval import preview_of
from digest.store import issues

CONFIG = """
[publication]
title = "The Harbour Gazette"
url = "https://gazette.example/"
id = "tag:gazette.example,2026"
postal_address = "1 Quay Street, Port Halden"
[sources.articles]
[relays.default]
host = "127.0.0.1"
port = 1
tls = "none"
[briefings.daily]
title = "Morning Briefing"
from_address = "briefing@gazette.example"
max_age_days = 0
weekly_on = "sun"
send_in = "subscriber"
"""
PEOPLE = """\
email,state,topics,timezone
ada@reader.example,confirmed,World,Asia/Tokyo
ben@reader.example,confirmed,,
eve@reader.example,confirmed,Sport,
"""


@pytest.fixture
def news(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A publication with three articles and three readers."""
    monkeypatch.chdir(tmp_path)
    Path("config.toml").write_text(CONFIG)
    Path("people.csv").write_text(PEOPLE)
    Path("articles").mkdir()
    for slug, topic in (("ferry", "World"), ("tides", "Arts"), ("moon", "Arts")):
        Path(f"articles/{slug}.md").write_text(
            f"---\nslug: {slug}\ntopics: [{topic}]\npublished: 2026-01-01T08:00:00Z\n---\n"
            f"# The {slug}\n\nAll of the {slug}.\n"
        )
    run("subscribers", "import", "people.csv", "--confirmed", "asked")
    run("publish")
    return tmp_path


def run(*words: str, stdin: str = "") -> str:
    result = CliRunner().invoke(app, list(words), input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


@pytest.mark.usefixtures("news")
def test_an_editor_arranges_the_next_issue_and_sees_it() -> None:
    said = run("arrange", "daily", "--lead", "tides", "--hold", "moon", "--introduction", "-",
               stdin="Good morning.\n")  # fmt: skip
    assert "lead     The tides" in said
    assert "hold     The moon" in said
    assert "Introduction: Good morning." in said
    found = json.loads(run("arrange", "daily", "--json"))
    assert found == {
        "briefing": "daily",
        "articles": ["tides", "ferry"],
        "waiting": [],
        "arranged": [{"placement": "lead", "slug": "tides"}, {"placement": "hold", "slug": "moon"}],
        "introduction": "Good morning.",
        "subject": "",
    }
    assert "held for a later issue by an editor" in run("explain", "moon")
    assert "(section); 2 readers get it, 1 do not" in run("explain", "ferry")


@pytest.mark.usefixtures("news")
def test_mistakes_say_what_to_do() -> None:
    with pytest.raises(NotFoundError, match="ferry"):
        run("arrange", "daily", "--drop", "err")
    with pytest.raises(ConfigError, match="cannot be read as UTF-8 text"):
        run("arrange", "daily", "--introduction", "nowhere.txt")


@pytest.mark.usefixtures("news")
def test_an_issue_that_is_sent_at_once_can_be_introduced_at_once() -> None:
    """email.md C6: the editor's words, without arranging anything first."""
    Path("hello.txt").write_text("Good evening.\n")
    with pytest.raises(ConfigError, match=r"digest arrange daily --introduction hello\.txt"):
        run("send", "daily", "--dry-run", "--introduction", "hello.txt")
    run("send", "daily", "--now", "--introduction", "hello.txt")
    with opened(Path("config.toml")) as service, service.store.read() as tx:
        issue = issues.find(tx, "daily", 1)
        assert issue is not None
        html, _ = preview_of(tx, service.keyring, issue)
    assert "Good evening." in html
    assert "Introduction" not in run("arrange", "daily")


@pytest.mark.usefixtures("news")
def test_next_tells_of_weekly_issues_and_of_readers_own_times() -> None:
    said = run("next", "--days", "9")
    told = [line for line in said.splitlines() if "goes to each reader at their own time" in line]
    own = [item["cadence"] for item in json.loads(run("next", "--days", "9", "--json"))
           if item["until"]]  # fmt: skip
    assert len(own) > len(told) == len(set(own)), "once for each kind of issue, not for each date"
    assert "one a week" in said
    assert "nobody" not in said
    assert {item["cadence"] for item in json.loads(run("next", "--days", "9", "--json"))} == {
        "each",
        "weekly",
    }


@pytest.mark.usefixtures("news")
def test_an_issue_shows_its_variants_and_who_gets_nothing() -> None:
    run("send", "daily", "--now")
    said = run("issues", "show", "daily/1")
    assert "In 2 variants: all; 1 of 3: World" in said
    assert "Not for 1: nothing new that fits the topics they chose" in said
    assert "was in issue 1" in run("explain", "ferry")
    Path("articles/late.md").write_text("# Late\n\nToo late.\n")
    run("publish")
    assert "waits    " not in run("arrange", "daily")
