"""Commands for servers of others, and for who reads the feeds."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from digest.cli.app import app
from digest.cli.starter import write_starter


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
