"""The site as files: the same pages as served, renewed and removed with what they show."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from web_samples import client_of, later, read_articles, send_issue, site_service

from digest.errors import TemplateError
from digest.model import IssueState
from digest.steps.site import Site, SiteResult, write_site, write_static
from digest.steps.site.write import MANIFEST
from digest.store import issues
from digest.store.issues import NewIssue
from digest.wiring import Service

STATIC = '[web]\nsite = "static"\nlisten = "127.0.0.1:0"'


@pytest.fixture
def service(tmp_path: Path, sqlite_template: Path) -> Iterator[Service]:
    made = site_service(tmp_path, sqlite_template, more=STATIC)
    yield made
    made.close()


def written(service: Service) -> SiteResult:
    later(service)
    result = write_static(
        service.store, service.config, service.page_renderer, service.clock, service.root
    )
    assert result is not None
    return result


def folder_of(service: Service) -> Path:
    return service.root / "feeds"


def test_files_are_the_pages_that_are_served(service: Service) -> None:
    number = send_issue(service)
    result = written(service)
    client = client_of(service)
    compared = 0
    for name in result.written:
        path = name.removesuffix("index.html").rstrip("/")
        if name != "404.html":
            answer = client.get(f"/{path}")
            assert answer.status == 200, name
            assert answer.body == (folder_of(service) / name).read_bytes(), name
            compared += 1
    assert compared >= 20
    assert f"issues/daily/{number}/index.html" in result.written
    assert "There is no such page" in (folder_of(service) / "404.html").read_text()
    assert result.pages == len(result.written)
    assert result.removed == ()


def test_an_issue_without_html_has_no_file(service: Service) -> None:
    now = service.clock.now()
    with service.store.write() as tx:
        new = NewIssue("daily", "x", "Nothing", now, now, "default")
        issue_id = issues.add(tx, new, 1)
        issues.move(tx, issue_id, IssueState.SENDING, if_in=[IssueState.COMPOSED])
    result = written(service)
    assert "issues/daily/index.html" in result.written
    assert "issues/daily/1/index.html" not in result.written


def test_feeds_and_pages_lie_in_one_folder_with_one_address(service: Service) -> None:
    written(service)
    assert service.config.publish.url == "https://gazette.example/"
    page = (folder_of(service) / "index.html").read_text()
    assert "https://gazette.example/rss.xml" in page
    assert (folder_of(service) / "rss.xml").is_file()


def test_nothing_is_touched_while_nothing_changes(service: Service) -> None:
    first = written(service)
    assert written(service) == SiteResult(first.pages, (), ())
    (folder_of(service) / "index.html").unlink()
    assert written(service).written == ("index.html",)


def test_what_moved_leads_on_what_was_withdrawn_says_so_and_what_is_no_more_goes(
    service: Service,
) -> None:
    articles = service.source_folder("articles")
    (articles / "ferry.md").write_text(
        (articles / "ferry.md").read_text().replace("slug: ferry", "slug: boat")
    )
    (articles / "odd.md").write_text("---\ntitle: Odd\ntopics: [Oddities]\n---\n\nText.\n")
    read_articles(service)
    written(service)
    folder = folder_of(service)
    assert (folder / "articles" / "boat" / "index.html").is_file()
    assert 'url=/articles/boat"' in (folder / "articles" / "ferry" / "index.html").read_text()
    assert (folder / "topics" / "oddities" / "index.html").is_file()
    (articles / "odd.md").unlink()
    read_articles(service)
    result = written(service)
    assert result.removed == ("topics/oddities/index.html",)
    assert not (folder / "topics" / "oddities").exists()
    gone = (folder / "articles" / "odd" / "index.html").read_text()
    assert "This article was withdrawn" in gone
    assert "Odd" not in gone


def test_other_files_in_the_folder_are_left_alone(service: Service) -> None:
    """Only what the site wrote is removed, and nothing outside, whatever the list says."""
    outside = service.root / "precious.txt"
    outside.write_text("mine")
    folder = folder_of(service)
    mine = folder / "mine.html"
    mine.write_text("mine")
    told = {"stamp": "x", "files": ["../precious.txt", "no/such.html", "topics/old/index.html"]}
    (folder / MANIFEST).write_text(json.dumps(told))
    (folder / "topics" / "old").mkdir(parents=True)
    (folder / "topics" / "old" / "index.html").write_text("old")
    (folder / "topics" / "old" / "other.txt").write_text("mine")
    assert written(service).removed == ("topics/old/index.html",)
    assert outside.read_text() == mine.read_text() == "mine"
    assert (folder / "topics" / "old" / "other.txt").is_file()


@pytest.mark.parametrize("told", ["", "{", "[]", '{"files": 1}', '{"stamp": 1}'])
def test_a_broken_list_is_made_anew(service: Service, told: str) -> None:
    folder_of(service).mkdir(exist_ok=True)
    (folder_of(service) / MANIFEST).write_text(told)
    first = written(service)
    assert first.written
    assert json.loads((folder_of(service) / MANIFEST).read_text())["files"]


def test_a_broken_template_leaves_the_site_as_it_was(service: Service) -> None:
    written(service)
    before = (folder_of(service) / "index.html").read_bytes()
    own = service.root / "templates" / "web"
    own.mkdir(parents=True)
    (own / "topics.html").write_text(
        "{% extends 'web/base.html' %}\n{% block main %}{{ tpoics }}{% endblock %}"
    )
    with pytest.raises(TemplateError, match=r"topics\.html:2: 'tpoics' is undefined"):
        written(service)
    assert (folder_of(service) / "index.html").read_bytes() == before


def test_a_site_that_is_only_served_is_not_written(tmp_path: Path, sqlite_template: Path) -> None:
    service = site_service(tmp_path, sqlite_template)
    done = write_static(
        service.store, service.config, service.page_renderer, service.clock, service.root
    )
    assert done is None
    assert not (service.root / "feeds" / "index.html").exists()
    service.close()


def test_another_title_makes_another_site(service: Service) -> None:
    """Settings are no part of the database: they are looked at as well."""
    written(service)
    config = service.config.model_copy(
        update={
            "publication": service.config.publication.model_copy(update={"title": "Other Gazette"})
        }
    )
    site = Site(service.store, config, service.page_renderer, service.clock, has_forms=False)
    assert "index.html" in write_site(site, folder_of(service)).written
    page = (folder_of(service) / "index.html").read_text()
    assert "Other Gazette" in page
    assert "<form" not in page
