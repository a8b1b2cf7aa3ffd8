"""An editor's day at the desk: screens tell what there is, actions do what commands do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from api_samples import ARTICLE, MORE
from desk_client import DeskClient, desk_of
from web_samples import later, send_issue, site_service

from digest.model import Decision, IssueState, Role
from digest.steps.arrange import Wishes, arrange
from digest.steps.gather import push
from digest.steps.report import explain
from digest.store import alerts, issues, releases
from digest.store.releases import Release
from digest.web.api.bodies import ArticleIn
from digest.wiring import Service


@pytest.fixture
def service(tmp_path: Path, sqlite_template: Path) -> Iterator[Service]:
    """A publication with what waits for review."""
    made = site_service(tmp_path, sqlite_template, more=MORE)
    yield made
    made.close()


@pytest.fixture
async def desk(service: Service) -> DeskClient:
    """An editor at its desk."""
    client = desk_of(service, ines=Role.EDITOR)
    await client.enter()
    return client


def pushed(service: Service, source: str, name: str = "tram", **fields: object) -> None:
    """Have a program push an article."""
    article = ArticleIn.model_validate({**ARTICLE, **fields})
    push(service.store, service.config, source, article.pushed(name), now=service.clock.now())


def arranged(service: Service) -> list[str]:
    """Return the next issue's articles, in order."""
    found = arrange(service.store, service.config, "daily", Wishes(), now=service.clock.now())
    return [item.slug for item in found.plan.articles]


async def test_today_tells_what_needs_a_person(service: Service, desk: DeskClient) -> None:
    assert "Nothing. All goes its way." in await desk.page("/")
    pushed(service, "guests")
    number = send_issue(service)
    with service.store.write() as tx:
        issue = issues.find(tx, "daily", number)
        assert issue is not None
        issues.move(tx, issue.id, IssueState.HELD, if_in=[IssueState.SENDING])
        alerts.raise_alert(tx, "disk", "The disk is nearly full", service.clock.now())
    shown = await desk.page("/")
    assert "1 article waits to be let in" in shown
    assert "The disk is nearly full" in shown
    assert f"Morning Briefing {number}: " in shown
    assert "is held" in shown
    assert "Nothing. All goes its way." not in shown
    with service.store.write() as tx:
        issues.move(tx, issue.id, IssueState.FINISHED, if_in=[IssueState.HELD])
    shown = await desk.page("/")
    assert "0 of 1 taken by the relay" in shown


async def test_articles_are_found(desk: DeskClient) -> None:
    shown = await desk.page("/articles")
    assert "The ferry runs again &amp; &lt;again&gt;" in shown
    assert "{{7*7}}" not in shown
    assert "The lake is full" not in await desk.page("/articles?q=FERRY")
    assert "The ferry" in await desk.page("/articles?q=ines+prado")
    assert "The ferry" not in await desk.page("/articles?state=scheduled")
    assert "No article fits." in await desk.page("/articles?q=zeppelin")
    assert "No article fits." in await desk.page("/articles?page=9999&from=articles")


async def test_an_article_says_where_it_is_and_why(service: Service, desk: DeskClient) -> None:
    found = explain(service.store, service.config, "ferry", now=service.clock.now())
    number = found.article.sequence
    shown = await desk.page(f"/articles/{number}")
    assert found.article.uid in shown
    assert "no confirmed" not in shown
    assert "Will be in the next issue" in shown
    assert "An earlier version gave the wrong day." in shown
    assert "its file says what it is" in shown
    answer = await desk.post(f"/articles/{number}/withdraw", reason="x")
    assert answer.status_code == 409
    assert (await desk.get("/articles/99999999999999999999999")).status_code == 404
    assert (await desk.get("/articles/9999")).status_code == 404


async def test_a_pushed_article_is_withdrawn_after_a_question(
    service: Service, desk: DeskClient
) -> None:
    pushed(service, "desk")
    found = explain(service.store, service.config, "the-tram-is-back", now=service.clock.now())
    path = f"/articles/{found.article.sequence}/withdraw"
    assert "Withdraw this article?" in await desk.page(path)
    answer = await desk.post(path, reason="It was\n wrong")
    assert answer.status_code == 303
    shown = await desk.page(answer.headers["location"])
    assert "The article is withdrawn." in shown
    assert "It was wrong" in shown
    assert "The article is withdrawn." not in await desk.page(answer.headers["location"])
    assert "<strong>withdraw</strong>" in await desk.page("/log?who=ines")
    assert "it is withdrawn already" in await desk.page(path)


async def test_review_lets_in_and_refuses(service: Service, desk: DeskClient) -> None:
    for name, title in (("a", "One"), ("b", "Two"), ("c", "Three")):
        pushed(service, "guests", name, title=title, content_text=f"{title}.\n\n<b>{{{{x}}}}</b>")
        later(service)
    shown = await desk.page("/review")
    assert 'Review <span class="count">3' in shown
    ids = [part.partition('"')[0] for part in shown.split('name="article" value="')[1:]]
    assert len(ids) == 3
    page = await desk.page(f"/review/{ids[0]}")
    assert "One." in page
    assert "<b>" not in page
    answer = await desk.post("/review", article=ids[0])
    assert answer.status_code == 303
    assert "1 let in" in await desk.page("/review")
    assert "one" in arranged(service)
    assert "kept out for good" in await desk.page(f"/review/{ids[1]}/refuse")
    await desk.post(f"/review/{ids[1]}/refuse", reason="an advertisement")
    shown = await desk.page("/review")
    assert "Two" not in shown
    assert "Three" in shown
    assert (await desk.get(f"/review/{ids[1]}")).status_code == 404
    assert (await desk.post("/review")).status_code == 303
    assert "an advertisement" in await desk.page("/log")


async def test_the_next_issue_is_arranged(service: Service, desk: DeskClient) -> None:
    before = arranged(service)
    assert (await desk.get("/next")).headers["location"] == "/next/daily"
    await desk.page("/next/daily")
    last = before[-1]
    for how in ("first", "lead"):
        await desk.post("/next/daily/place", how=how, article=last)
    assert arranged(service)[0] == last
    assert "leads." in await desk.page("/next/daily")
    await desk.post("/next/daily/place", how="release", article=last)
    one, two = before[1], before[2]
    await desk.post("/next/daily/place", how="first", article=one)
    await desk.post("/next/daily/place", how="first", article=two)
    await desk.page("/next/daily")
    orders = []
    for how in ("down", "up", "up"):
        await desk.post("/next/daily/place", how=how, article=two)
        orders.append([item for item in arranged(service) if item in {one, two}])
    assert orders == [[one, two], [two, one], [two, one]]
    await desk.post("/next/daily/place", how="hold", article=one)
    await desk.post("/next/daily/place", how="drop", article=two)
    assert not {one, two} & set(arranged(service))
    shown = await desk.page("/next/daily")
    assert "Set aside" in shown
    assert (await desk.post("/next/daily/place", how="up", article=one)).status_code == 404
    assert (await desk.post("/next/daily/place", how="eat", article=one)).status_code == 404
    assert (await desk.get("/next/weekly")).status_code == 404


async def test_subject_and_introduction_are_those_of_the_issue(
    service: Service, desk: DeskClient
) -> None:
    await desk.page("/next/daily")
    words = "Good morning.\r\n\r\n<script>{{7*7}}"
    await desk.post("/next/daily/words", subject=" Fog \n ahead ", introduction=words)
    shown = await desk.page("/next/daily")
    assert 'value="Fog ahead"' in shown
    assert "&lt;script&gt;{{7*7}}" in shown
    assert "Fog ahead" in await desk.page("/next/daily/preview")
    assert "<script>" not in (await desk.get("/next/daily/mail")).text
    number = send_issue(service)
    with service.store.read() as tx:
        issue = issues.find(tx, "daily", number)
    assert issue is not None
    assert issue.subject == "Fog ahead"
    assert 'value="Fog ahead"' not in await desk.page("/next/daily")


async def test_what_was_arranged_is_forgotten_after_a_question(
    service: Service, desk: DeskClient
) -> None:
    await desk.page("/next/daily")
    await desk.post("/next/daily/words", subject="Fog", introduction="")
    assert "Forget what was arranged?" in await desk.page("/next/daily/clear")
    await desk.post("/next/daily/clear")
    found = arrange(service.store, service.config, "daily", Wishes(), now=service.clock.now())
    assert found.subject == ""


async def test_the_preview_shows_every_side_and_asks_nobody(
    service: Service, desk: DeskClient
) -> None:
    for view, shown in (("mail", "<iframe"), ("text", "<pre"), ("headers", "List-Unsubscribe")):
        assert shown in await desk.page(f"/next/daily/preview?view={view}")
    assert "digest check daily" in await desk.page("/next/daily/preview?view=checks")
    mail = await desk.get("/next/daily/mail?scheme=dark&variant=7")
    policy = mail.headers["content-security-policy"]
    assert "img-src 'self' data:;" in policy
    assert "sandbox" in policy
    assert "https:" not in policy
    assert mail.headers["x-frame-options"] == "SAMEORIGIN"
    off = await desk.get("/next/daily/mail?images=off")
    assert "img-src 'none'" in off.headers["content-security-policy"]
    name = next(path.name for path in (service.root / "feeds" / "media").iterdir())
    stranger = DeskClient(desk.app)
    picture = await stranger.get(f"/-pictures/media/{name}")
    assert picture.headers["content-type"] == "image/png"
    for path in ("rss.xml", "media", "../config.toml", "%2e%2e/articles/ferry.png"):
        assert (await stranger.get(f"/-pictures/{path}")).status_code == 404


async def test_a_test_that_the_relay_does_not_take_says_so(desk: DeskClient) -> None:
    await desk.page("/next/daily/preview")
    answer = await desk.post("/next/daily/test", to="ed@gazette.example", variant="0")
    shown = answer.text
    if answer.status_code == 303:
        shown = await desk.page(answer.headers["location"])
    assert "Test: deferred" in shown or "127.0.0.1:1" in shown
    assert (await desk.post("/next/daily/test", to="nonsense")).status_code == 409


async def test_issues_that_are_made_are_held_approved_and_dropped(
    service: Service, desk: DeskClient
) -> None:
    number = send_issue(service)
    path = f"/next/daily/{number}"
    await desk.page("/next/daily")
    await desk.post(f"{path}/hold")
    assert state_of(service, number) is IssueState.HELD
    shown = await desk.page("/next/daily")
    assert "is held: nothing of it goes out" in shown
    assert "Approve…" in shown
    assert "cannot be called back" in await desk.page(f"{path}/approve")
    await desk.post(f"{path}/approve")
    assert state_of(service, number) is IssueState.SENDING
    assert "never sent" in await desk.page(f"{path}/drop")
    await desk.post(f"{path}/drop")
    assert state_of(service, number) is IssueState.CANCELLED
    answer = await desk.post(f"{path}/hold")
    assert answer.status_code == 409
    assert "nothing to decide any more" in answer.text
    log = await desk.page(f"/log?about=daily/{number}")
    for word in ("hold", "approve", "drop", "1 deliveries cancelled"):
        assert word in log
    assert (await desk.get("/next/daily/77/drop")).status_code == 404


async def test_who_decided_is_told(service: Service, desk: DeskClient) -> None:
    number = send_issue(service)
    with service.store.write() as tx:
        issue = issues.find(tx, "daily", number)
        assert issue is not None
        now = service.clock.now()
        asked = Release(issue.id, now, deadline_at=now, default=Decision.SEND)
        releases.add(tx, asked)
    await desk.page("/next/daily")
    await desk.post(f"/next/daily/{number}/hold")
    assert "is held by desk: ines" in await desk.page("/next/daily")


async def test_the_log_goes_on_by_pages(service: Service, desk: DeskClient) -> None:
    await desk.page("/next/daily")
    for number in range(52):
        await desk.post("/next/daily/words", subject=f"S{number}", introduction="")
        later(service)
    first = await desk.page("/log")
    assert "Older" in first
    path = first.partition('class="pager"><a href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "make account" in await desk.page(path)
    assert "make account" in await desk.page("/log?before=nonsense&who=command%20line")


def state_of(service: Service, number: int) -> IssueState:
    """Return the state of the issue of that number."""
    with service.store.read() as tx:
        issue = issues.find(tx, "daily", number)
    assert issue is not None
    return issue.state
