"""``digest add``: single articles from elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import run, run_json

SETTINGS = """
[publication]
title = "The Harbour Gazette"
url = "https://gazette.example/"
id = "tag:gazette.example,2026"

[sources.articles]
path = "articles"

[sources.desk]
kind = "push"

[sources.brook]
kind = "feed"
url = "https://brook.example/feed"
"""
DATA = Path(__file__).parent / "data"
PAGE = str(DATA / "pages" / "saved.html")
MAIL = str(DATA / "mails" / "newsletter.eml")


@pytest.fixture
def news(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text(SETTINGS)
    (tmp_path / "articles").mkdir()
    return tmp_path


def test_a_saved_page_and_a_mail_become_files_to_be_edited_and_published(news: Path) -> None:
    told = run("add", PAGE, MAIL)
    assert "A plan for the orchards" in told
    assert "by:        Finn Aldous" in told
    files = sorted(path.name for path in (news / "articles").iterdir())
    assert files == [
        "2024-10-01-a-plan-for-the-orchards.html",
        "2026-03-10-why-the-tide-was-late.html",
    ]
    text = (news / "articles" / files[0]).read_text()
    assert text.startswith('<!--\n---\ntitle: "A plan for the orchards"\n')
    assert text.endswith(
        '<p>\u2192 <a href="https://valley.example/2024/orchard-plan?x=1">valley.example</a></p>\n'
    )
    assert "2 new" in run("publish")
    assert "A plan for the orchards" in (news / "feeds" / "rss.xml").read_text()


def test_a_file_that_is_there_is_never_overwritten(news: Path) -> None:
    run("add", PAGE)
    path = news / "articles" / "2024-10-01-a-plan-for-the-orchards.html"
    path.write_text("mine")
    assert "is there already" in run("add", PAGE, code=1)
    assert path.read_text() == "mine"
    assert len(list((news / "articles").iterdir())) == 1


def test_a_dry_run_writes_nothing(news: Path) -> None:
    assert "would be written to" in run("add", "--dry-run", PAGE)
    assert "would be taken over" in run("add", "--dry-run", "--source", "desk", PAGE)
    assert list((news / "articles").iterdir()) == []


def test_an_article_goes_into_a_push_source_once_and_says_where_it_is_from(news: Path) -> None:
    assert "taken over" in run("add", "--source", "desk", PAGE)
    run("add", "--source", "desk", PAGE)
    run("publish")
    feed = (news / "feeds" / "feed.json").read_text()
    assert feed.count('"A plan for the orchards"') == 1
    assert "valley.example" in feed


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere.html", "nowhere.html: cannot be read: No such file"),
        ("notes.docx", "notes.docx: is neither a saved page (.html) nor a mail (.eml)"),
        ("http://127.0.0.1/", "http://127.0.0.1/"),
        ("ftp://a.example/x", "ftp://a.example/x"),
    ],
)
def test_what_cannot_be_added_is_said_and_the_others_go_on(
    news: Path, name: str, said: str
) -> None:
    told = run("add", name, PAGE, code=1)
    assert said in told
    assert len(list((news / "articles").iterdir())) == 1


@pytest.mark.usefixtures("news")
def test_results_are_json_for_programs() -> None:
    (item, other) = run_json("add", PAGE, "x.docx", code=1)
    assert item["path"].endswith("articles/2024-10-01-a-plan-for-the-orchards.html")
    assert (item["title"], item["authors"]) == ("A plan for the orchards", ["Finn Aldous"])
    assert other["error"]


@pytest.mark.usefixtures("news")
def test_only_folders_and_push_sources_can_be_added_to() -> None:
    told = run("add", "--source", "brook", PAGE, code=1)
    assert "There is: articles, desk" in told
