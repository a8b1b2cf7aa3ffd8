"""The public pages as a browser is given them (feeds.md H7, H13; security.md 4, 6, 7, 11)."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import lxml.html
import pytest
from selecting import find
from web_client import WebClient
from web_samples import client_of, later, read_articles, send_issue, site_service

from digest.errors import StoreError
from digest.model import IssueState
from digest.steps.site import Site, step
from digest.store import issues
from digest.store.issues import NewIssue
from digest.wiring import Service


def tree(client: WebClient, path: str) -> lxml.html.HtmlElement:
    answer = client.get(path)
    assert answer.status == 200, answer.text
    return lxml.html.document_fromstring(answer.text)


PAGES = ("/", "/articles", "/articles/ferry", "/topics", "/topics/science", "/feeds", "/privacy")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_feeds_landmarks_and_a_skip_link(reader: WebClient, path: str) -> None:
    """H7: ``link rel=alternate`` for each format; one main, one h1, a language, a direction."""
    page = tree(reader, path)
    kinds = [link.get("type") for link in find(page, "link[rel=alternate]")]
    assert kinds == ["application/rss+xml", "application/atom+xml", "application/feed+json"] * 2
    assert (page.get("lang"), page.get("dir")) == ("en", "ltr")
    assert len(find(page, "main#content")) == len(find(page, "h1")) == 1
    assert find(page, "body *")[0].get("href") == "#content"
    assert find(page, "header")
    assert find(page, "footer nav")


def test_the_front_page_leads_with_the_pinned_article(reader: WebClient) -> None:
    page = tree(reader, "/")
    titles = [found.text_content() for found in find(page, "main .headline")]
    assert titles == [
        "The ferry runs again & <again>",
        "The lake is full",
        "البئر في الوادي",
        "A report elsewhere",
    ]
    forms = find(page, "form")
    assert [(form.get("action"), form.get("method")) for form in forms] == [("/subscribe", "post")]
    assert dict(forms[0].form_values())["briefing"] == "daily"
    assert "email" in forms[0].fields


def test_an_article_elsewhere_is_linked_there_and_has_no_page(reader: WebClient) -> None:
    links = [a.get("href") for a in find(tree(reader, "/"), ".headline a")]
    assert links[-1] == "https://elsewhere.example/report"
    assert reader.get("/articles/away").status == 404


def test_an_article_has_picture_caption_credit_quotation_and_correction(reader: WebClient) -> None:
    page = tree(reader, "/articles/ferry")
    figure = find(page, "figure")[0]
    image = find(figure, "img")[0]
    assert image.get("src").startswith("/feeds/media/")
    assert image.get("alt") == "A white ferry"
    assert " ".join(figure.text_content().split()) == "The ferry on Monday · Picture: I. Prado"
    assert find(page, "blockquote cite")[0].text_content() == "The harbour master"
    assert "wrong day" in find(page, ".correction")[0].text_content()
    assert "By Ines Prado" in find(page, ".meta")[0].text_content()
    assert [a.text for a in find(page, ".related .headline a")] == [
        "The lake is full",
        "البئر في الوادي",
    ]
    levels = [heading.tag for heading in find(page, "main h1, main h2, main h3")]
    assert levels[0] == "h1"
    assert "h1" not in levels[1:]


def test_machines_are_told_of_an_article(reader: WebClient) -> None:
    page = tree(reader, "/articles/ferry")
    named = {tag.get("property"): tag.get("content") for tag in find(page, "meta[property]")}
    assert named["og:type"] == "article"
    assert named["og:title"] == "The ferry runs again & <again>"
    assert named["og:url"] == "https://gazette.example/articles/ferry"
    assert named["og:image"].startswith("https://gazette.example/feeds/media/")
    assert find(page, "link[rel=canonical]")[0].get("href") == named["og:url"]
    told = json.loads(find(page, "script[type=application/ld+json]")[0].text)
    assert told["@type"] == "NewsArticle"
    assert told["headline"] == named["og:title"]
    assert told["author"] == [{"@type": "Person", "name": "Ines Prado"}]
    assert told["image"]["creditText"] == "I. Prado"


def test_an_article_of_another_direction_says_so(reader: WebClient) -> None:
    story = find(tree(reader, "/articles/well"), "article.story")[0]
    assert (story.get("lang"), story.get("dir")) == ("ar", "rtl")


def test_nothing_in_an_article_runs_or_is_filled_in(reader: WebClient) -> None:
    """security.md 6 and 7: a script is taken out, ``{{7*7}}`` stays what it is."""
    text = reader.get("/articles/lake").text
    assert "{{7*7}}" in text
    assert "alert(1)" not in text
    assert re.findall("<script[^>]*>", text) == ['<script type="application/ld+json">']


def test_a_title_cannot_end_the_data_for_machines(service: Service) -> None:
    path = service.source_folder("articles") / "odd.md"
    path.write_text(
        "---\ntitle: '</script><script>alert(1)</script>{{7*7}}'\nslug: odd\n"
        "published: 2026-11-20\n---\n\nText.\n"
    )
    read_articles(service)
    text = client_of(service).get("/articles/odd").text
    assert "<script>alert" not in text
    assert text.count("</script>") == 1
    assert "{{7*7}}" in text


def test_an_embargoed_article_appears_when_its_time_has_come(
    service: Service, client: WebClient
) -> None:
    assert client.get("/articles/coming").status == 404
    assert client.get("/topics/local").text.count("row-teaser") == 2
    later(service, timedelta(days=1))
    assert client.get("/articles/coming").status == 200
    assert client.get("/topics/local").text.count("row-teaser") == 3


def test_a_moved_article_leads_on_and_a_withdrawn_one_is_gone(
    service: Service, client: WebClient
) -> None:
    folder = service.source_folder("articles")
    text = (folder / "ferry.md").read_text()
    (folder / "ferry.md").write_text(text.replace("slug: ferry", "slug: boat"))
    (folder / "lake.md").unlink()
    read_articles(service)
    later(service)
    moved = client.get("/articles/ferry")
    assert (moved.status, moved.headers["location"]) == (301, "/articles/boat")
    assert client.get("/articles/boat").status == 200
    gone = client.get("/articles/lake")
    assert gone.status == 410
    assert "withdrawn" in gone.text
    assert "The lake is full" not in client.get("/").text


def test_an_article_that_moved_elsewhere_leads_there(service: Service, client: WebClient) -> None:
    """security.md 11: only to the recorded http(s) address."""
    path = service.source_folder("articles") / "lake.md"
    path.write_text(
        path.read_text().replace("---\ntitle", "---\nurl: https://other.example/x\ntitle")
    )
    read_articles(service)
    later(service)
    moved = client.get("/articles/lake")
    assert (moved.status, moved.headers["location"]) == (301, "https://other.example/x")


def test_an_issue_is_shown_as_it_was_mailed_but_for_what_is_personal(
    service: Service, client: WebClient
) -> None:
    number = send_issue(service)
    answer = client.get(f"/issues/daily/{number}")
    assert answer.status == 200
    assert "The ferry runs again" in unescape(answer.text)
    assert "/unsubscribe/" not in answer.text
    assert "/preferences/" not in answer.text
    assert "Unsubscribe" not in answer.text
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert "script-src" not in policy
    assert "sandbox" in policy
    assert client.get(f"/issues/daily/{number + 1}").status == 404
    archive = tree(client, "/issues/daily")
    assert find(archive, ".issues a")[0].get("href") == f"/issues/daily/{number}"
    assert find(tree(client, "/issues"), ".issues a")


def test_an_issue_nobody_has_been_sent_is_not_shown(client: WebClient) -> None:
    assert client.get("/issues/daily/1").status == 404
    assert client.get("/issues/other").status == 404
    assert client.get("/feeds/other").status == 404
    assert tree(client, "/issues").text_content().count("nothing here yet") == 1


def test_each_feed_has_a_page_for_people(reader: WebClient) -> None:
    """H13: the articles, how to subscribe, addresses to copy, and readers' programs."""
    page = tree(reader, "/feeds/science")
    assert [field.get("value") for field in find(page, "input[readonly]")] == [
        "https://gazette.example/feeds/science/rss.xml",
        "https://gazette.example/feeds/science/atom.xml",
        "https://gazette.example/feeds/science/feed.json",
    ]
    assert len(find(page, ".steps li")) == 3
    programs = [a.get("href") for a in find(page, ".readers a")]
    assert "feed:https://gazette.example/feeds/science/atom.xml" in programs
    assert any(href.startswith("https://feedly.com/") for href in programs)
    titles = [found.text_content() for found in find(page, "main .headline")]
    assert titles == ["The ferry runs again & <again>", "The lake is full"]


def alternates(page: lxml.html.HtmlElement) -> list[str | None]:
    return [link.get("href") for link in find(page, "link[rel=alternate]")]


def test_a_page_of_a_feed_leads_to_that_feed_first(reader: WebClient) -> None:
    """H7: a program that is given the page's address takes the first feed it names."""
    base = "https://gazette.example/feeds/"
    formats = ("rss.xml", "atom.xml", "feed.json")
    main, science = [base + name for name in formats], [f"{base}science/{name}" for name in formats]
    assert alternates(tree(reader, "/feeds/science")) == [*science, *main]
    assert alternates(tree(reader, "/feeds/main")) == alternates(tree(reader, "/"))
    assert alternates(tree(reader, "/")) == [*main, *science]


def test_the_feed_of_a_topic_has_a_page_and_is_found_from_the_topics(
    tmp_path: Path, sqlite_template: Path
) -> None:
    """feeds.md H7, H13: also of feeds that topics get by themselves."""
    more = "[publish]\ntopic_feeds = true"
    service = site_service(tmp_path, sqlite_template, more=more)
    client = client_of(service)
    own = "https://gazette.example/feeds/topics/local/rss.xml"
    for path in ("/topics/local", "/feeds/topics/local"):
        assert alternates(tree(client, path))[0] == own
    page = tree(client, "/feeds/topics/local")
    assert find(page, "input[readonly]")[0].get("value") == own
    titles = [found.text_content() for found in find(page, "main .headline")]
    assert titles == ["The ferry runs again & <again>", "البئر في الوادي"]
    for path in ("/feeds", "/topics/local"):
        links = [link.get("href") for link in find(tree(client, path), "main a")]
        assert "/feeds/topics/local" in links
    assert client.get("/feeds/topics/nothing").status == 404
    assert "/feeds/topics/local<" in client.get("/sitemap.xml").text
    assert len(alternates(tree(client, "/topics"))) == 6


def test_pages_do_not_lead_to_feeds_that_have_ended(tmp_path: Path, sqlite_template: Path) -> None:
    """feeds.md H6, H7: who comes to the page of such a feed is told that it is gone."""
    more = (
        '[publish]\ntopic_feeds = true\ngone = ["topics/local/rss.xml"]\n'
        'moved = { "old/rss.xml" = "rss.xml" }\n[feeds.old]\n[feeds.young]\n'
    )
    client = client_of(site_service(tmp_path, sqlite_template, more=more))
    for path in ("/", "/feeds", "/topics/local", "/articles/ferry"):
        page = client.get(path).text
        assert "feeds/old" not in page
        assert "feeds/topics/local" not in page
        assert "feeds/young" in page
    sitemap = client.get("/sitemap.xml").text
    assert "feeds/young<" in sitemap
    assert "feeds/old<" not in sitemap
    assert "feeds/topics/local<" not in sitemap
    for path in ("/feeds/old", "/feeds/topics/local"):
        assert client.get(path).status == 410
    for path in ("/feeds/young", "/feeds/topics/science"):
        assert client.get(path).status == 200
    for path in ("/feeds/topics/", "/feeds/topics", "/feeds/none", "/feeds/old/more"):
        assert client.get(path).status == 404


def test_the_feed_of_a_new_topic_is_there_once_it_is_published(
    tmp_path: Path, sqlite_template: Path
) -> None:
    service = site_service(tmp_path, sqlite_template, more="[publish]\ntopic_feeds = true")
    client = client_of(service)
    assert client.get("/feeds/topics/ships").status == 404
    path = service.source_folder("articles") / "lake.md"
    path.write_text(path.read_text().replace("[Science]", "[Ships]"))
    read_articles(service)
    later(service)
    assert find(tree(client, "/feeds/topics/ships"), "main .headline")


def test_the_page_of_a_feed_of_issues_has_the_issues(tmp_path: Path, sqlite_template: Path) -> None:
    """feeds.md H13: what the feed has, its page has."""
    more = '[feeds.numbers]\nkind = "issues"\n[preflight]\nplaceholders = "off"'
    service = site_service(tmp_path, sqlite_template, more=more)
    client = client_of(service)
    assert "There is nothing here yet." in client.get("/feeds/numbers").text
    number = send_issue(service)
    links = [link.get("href") for link in find(tree(client, "/feeds/numbers"), ".issues a")]
    assert links == [f"/issues/daily/{number}"]


def test_the_feeds_themselves_are_where_pages_say(reader: WebClient) -> None:
    page = tree(reader, "/")
    for link in find(page, "link[rel=alternate]"):
        path = link.get("href").removeprefix("https://gazette.example")
        answer = reader.get(path)
        assert answer.status == 200
        assert answer.headers["content-type"].startswith(link.get("type"))
    picture = find(tree(reader, "/articles/ferry"), "figure img")[0].get("src")
    assert reader.get(picture).headers["content-type"] == "image/png"


def test_lists_go_over_pages(service: Service) -> None:
    folder = service.source_folder("articles")
    for number in range(45):
        (folder / f"note-{number:02}.md").write_text(
            f"---\ntitle: Note {number}\ntopics: [Notes]\n"
            "published: 2026-10-01T12:00:00Z\n---\n\nText.\n"
        )
    read_articles(service)
    client = client_of(service)
    first, last = tree(client, "/topics/notes"), tree(client, "/topics/notes/page/3")
    assert len(find(first, ".row-teaser")) == 20
    assert len(find(last, ".row-teaser")) == 5
    assert find(first, ".pager a")[0].get("href") == "/topics/notes/page/2"
    assert find(last, ".pager a")[0].get("href") == "/topics/notes/page/2"
    assert client.get("/topics/notes/page/1").headers["location"] == "/topics/notes"
    assert len(find(tree(client, "/articles/page/2"), ".row-teaser")) == 20
    for wrong in (
        "/topics/notes/page/4",
        "/issues/daily/page/2",
        "/topics/notes/page/02",
        "/topics/notes/page/0",
    ):
        assert client.get(wrong).status == 404
    listed = client.get("/sitemap.xml").text
    assert "<loc>https://gazette.example/topics/notes/page/3</loc>" in listed
    assert "<loc>https://gazette.example/articles/note-00</loc><lastmod>2026-10-01" in listed
    assert "away" not in listed
    assert "Sitemap: https://gazette.example/sitemap.xml" in client.get("/robots.txt").text


def test_a_publication_without_briefings_has_no_archive_and_no_form(
    tmp_path: Path, sqlite_template: Path
) -> None:
    service = site_service(tmp_path, sqlite_template)
    bare = replace(service, config=service.config.model_copy(update={"briefings": {}}))
    client = client_of(bare)
    assert client.get("/issues").status == 404
    assert not find(tree(client, "/"), "form")
    assert "Who else sees it" not in client.get("/privacy").text
    assert "/issues" not in client.get("/sitemap.xml").text
    service.close()


def test_the_privacy_page_speaks_the_sites_language_and_says_whether_clicks_are_counted(
    tmp_path: Path, sqlite_template: Path
) -> None:
    service = site_service(tmp_path, sqlite_template, language="de")
    page = client_of(service).get("/privacy").text
    assert "Was gespeichert wird, wozu und wie lange" in page
    assert "Ihre E-Mail-Adresse" in page
    assert "Kein Link zählt, wer ihm folgt." in page
    briefings = {
        name: item.model_copy(update={"click_counts": True})
        for name, item in service.config.briefings.items()
    }
    counting = replace(service, config=service.config.model_copy(update={"briefings": briefings}))
    page = client_of(counting).get("/privacy").text
    assert "Kein Link zählt" not in page
    assert "die zählt, wie oft ihnen gefolgt wird" in page
    service.close()


def test_an_issue_without_a_page_is_not_found(service: Service, client: WebClient) -> None:
    """A variant always comes with its issue; what cannot be is no reason to fail."""
    now = service.clock.now()
    with service.store.write() as tx:
        new = NewIssue("daily", "x", "Nothing", now, now, "default")
        issue_id = issues.add(tx, new, 1)
        issues.move(tx, issue_id, IssueState.SENDING, if_in=[IssueState.COMPOSED])
    assert client.get("/issues/daily/1").status == 404


def test_memory_holds_so_many_pages_and_no_more(
    client: WebClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step, "MAX_CACHED", 2)
    first = [client.get(path).body for path in PAGES]
    assert [client.get(path).body for path in PAGES] == first


def test_without_a_database_from_the_start_nothing_is_shown(service: Service) -> None:
    """There is no last view to go on with: the answer says so, and the next one may be better."""
    site = Site(
        service.store, service.config, service.page_renderer, service.clock, has_forms=False
    )
    service.store.close()
    path = service.store.path
    assert path is not None
    path.rename(path.with_suffix(".away"))
    path.mkdir()
    with pytest.raises(StoreError):
        site.answer("")
    path.rmdir()
    path.with_suffix(".away").rename(path)
    assert site.answer("") is not None


def test_a_page_is_kept_by_its_tag_and_compressed_on_demand(
    service: Service, client: WebClient
) -> None:
    plain = client.get("/")
    assert plain.headers["cache-control"].startswith("public, max-age=")
    tag = plain.headers["etag"]
    again = client.get("/", if_none_match=f'"other", {tag}')
    assert (again.status, again.body) == (304, b"")
    packed = client.get("/", accept_encoding="gzip, br")
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert len(plain.body) < 100_000
    later(service)
    assert client.get("/", if_none_match=tag).status == 304
    (service.source_folder("articles") / "lake.md").unlink()
    read_articles(service)
    later(service)
    assert client.get("/", if_none_match=tag).status == 200


def test_files_of_pages_are_named_by_their_content(reader: WebClient) -> None:
    page = tree(reader, "/feeds")
    for path in (
        find(page, "link[rel=stylesheet]")[0].get("href"),
        find(page, "link[rel=icon]")[0].get("href"),
        find(page, "script[src]")[0].get("src"),
    ):
        assert "immutable" in reader.get(path).headers["cache-control"]


def test_a_site_below_a_folder_links_there_whether_or_not_the_proxy_takes_it_off(
    tmp_path: Path, sqlite_template: Path
) -> None:
    service = site_service(tmp_path, sqlite_template, url="https://gazette.example/news/")
    client = client_of(service)
    for path in ("/news/articles/ferry", "/articles/ferry"):
        page = tree(client, path)
        own = [a.get("href") for a in find(page, "a") if a.get("href", "").startswith("/")]
        assert own
        assert all(href.startswith("/news/") for href in own)
    assert client.get("/news").status == 200
    assert client.get("/newspaper").status == 404
    service.close()


def test_a_trailing_slash_leads_to_the_page_without(reader: WebClient) -> None:
    assert reader.get("/articles/ferry/").headers["location"] == "/articles/ferry"
    assert reader.get("//evil.example/").status == 404


def test_a_publication_in_another_language_speaks_it(tmp_path: Path, sqlite_template: Path) -> None:
    service = site_service(tmp_path, sqlite_template, language="ar")
    page = tree(client_of(service), "/")
    assert (page.get("lang"), page.get("dir")) == ("ar", "rtl")
    assert find(page, ".skip")[0].text == "انتقل إلى المحتوى"
    service.close()


def test_pages_show_what_was_there_while_the_database_is_away(
    service: Service, client: WebClient
) -> None:
    """The page that was made stays; what needs the database says that something is wrong."""
    assert client.get("/").status == 200
    later(service)
    service.store.close()
    path = service.store.path
    assert path is not None
    path.rename(path.with_suffix(".away"))
    path.mkdir()
    assert client.get("/").status == 200
    away = client.get("/articles/ferry")
    assert away.status == 503
    assert away.headers["retry-after"] == "30"
    path.rmdir()
    path.with_suffix(".away").rename(path)
