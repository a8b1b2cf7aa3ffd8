"""``digest feeds``: what is published, for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from digest.cli.app import app

SETTINGS = """
[publication]
title = "The Harbour Gazette"
url = "https://gazette.example/"
id = "tag:gazette.example,2026"
"""


@pytest.fixture
def news(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A publication of one article, in the working folder, published."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text(SETTINGS)
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "sea.md").write_text("# The sea\n\nIt is still there.\n")
    run("publish")
    return tmp_path


def run(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == code, result.output
    return result.output


def test_feeds_are_listed(news: Path) -> None:
    told = run("feeds", "list")
    assert "main" in told
    (feed,) = json.loads(run("feeds", "list", "--json"))
    assert (feed["name"], feed["entries"], feed["archives"]) == ("main", 1, 0)
    assert feed["changed_at"]
    assert (news / "feeds" / "rss.xml").is_file()


def test_what_is_published_is_judged(news: Path) -> None:
    """Exit code 1, the number, and the entry."""
    assert "1 feeds, 1 documents in three formats: 0 errors, 0 warnings" in run("feeds", "check")
    place = news / "feeds" / "rss.xml"
    place.write_text(place.read_text().replace('isPermaLink="false"', 'isPermaLink="true"'))
    assert "R3: item 1: guid must say isPermaLink='false'" in run("feeds", "check", code=1)
    found = json.loads(run("feeds", "check", "--json", code=1))
    assert found["problems"][0]["reason"].startswith("R3: item 1")


def test_check_warns_of_feeds_that_are_out_and_wrong(news: Path) -> None:
    """Publishing again may mend it, so that is no error."""
    place = news / "feeds" / "atom.xml"
    place.write_text(place.read_text().replace("atom.xml", "other.xml"))
    report = json.loads(run("check", "--json"))
    (problem,) = [item for item in report["problems"] if "R2" in item["reason"]]
    assert problem["severity"] == "warning"
