"""Commands for servers of others, and for who reads the feeds."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from digest.cli import output
from digest.cli.app import app
from digest.cli.starter import write_starter
from digest.steps.census import Poll, record


@pytest.fixture
def news(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new publication in the current folder."""
    at = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    write_starter(tmp_path, title="Quay News", url="https://quay.example/", now=at)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def run(*words: str) -> str:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.usefixtures("news")
@pytest.mark.parametrize(
    ("server", "expected"),
    [
        ("nginx", 'default_type "application/rss+xml; charset=utf-8";'),
        ("caddy", "handle /feeds/* {"),
        ("headers", "/feeds/rss.xml\n  Content-Type: application/rss+xml"),
        ("redirects", "/feeds/old/rss.xml /feeds/404.html 404"),
    ],
)
def test_settings_for_other_servers_are_printed(
    server: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """feeds.md H15."""
    monkeypatch.setenv("DIGEST_PUBLISH__GONE", '["old/rss.xml"]')
    assert expected in run("feeds", "hosting", server)


def test_the_census_shows_who_reads_the_feeds(news: Path) -> None:
    with output.opened(news / "config.toml") as service:
        agent = "Feedly/1.0 (+http://feedly.com; 214 subscribers)"
        found = {Poll("rss.xml", "192.0.2.1", agent): 3}
        record(service.store, found, keep_days=90, now=service.clock.now())
    told = json.loads(run("feeds", "census", "--json"))
    assert (told["readers"], told["programs"][0]["program"]) == (214, "Feedly")
    assert "214 readers of 1 documents in 30 days" in run("feeds", "census", "--days", "30")


@pytest.mark.usefixtures("news")
def test_a_subscriber_gets_the_address_of_their_own_feed(monkeypatch: pytest.MonkeyPatch) -> None:
    email = "ada@reader.example"
    run("subscribers", "add", email, "--confirmed", "at the fair")
    refused = CliRunner().invoke(app, ["subscribers", "feed", email])
    assert "private_feeds" in str(refused.exception)
    monkeypatch.setenv("DIGEST_WEB__PRIVATE_FEEDS", "true")
    urls = run("subscribers", "feed", email).split()
    assert [url.rpartition("/")[2] for url in urls] == ["rss.xml", "atom.xml", "feed.json"]
    again = json.loads(run("subscribers", "feed", email, "--revoke", "--json"))
    assert not set(again["urls"]) & set(urls)
