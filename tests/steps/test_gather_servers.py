"""Asking servers that misbehave: what is made of it, and when they are asked again."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from fakes import make_config
from web_servers import Play, Playing, answer, dripping, playing, saying

from digest.clock import ManualClock
from digest.steps.gather import Gatherer, PollResult
from digest.store import alerts, articles, sources
from digest.store.engine import Store
from digest.store.sources import State
from digest.syndication.fetch import Fetcher, Limits, Resolver, resolve

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def document(*notes: str, guid: str = "", head: str = "") -> bytes:
    """Return a feed with an article for each of *notes*."""
    items = "".join(
        f"<item><title>Note {note}</title><link>https://h.example/{note}</link>"
        f"<guid isPermaLink='false'>{guid or note}</guid>"
        f"<description>About {note}.</description></item>"
        for note in notes
    )
    return f"<rss version='2.0'><channel><title>Notes</title>{head}{items}</channel></rss>".encode()


def fed(*notes: str, status: int = 200, **headers: str) -> bytes:
    """Return the answer of a server with that feed."""
    return answer(status, document(*notes), Content_Type="application/rss+xml", **headers)


@dataclass
class Desk:
    """A gatherer, its clock, and the server that it asks."""

    gatherer: Gatherer
    clock: ManualClock
    server: Playing
    store: Store

    async def ask(self, *, after: timedelta | None = None) -> PollResult:
        """Ask when the source is due next, or *after* a time, due or not."""
        if after is not None:
            self.clock.advance(after)
        elif self.server.asked:
            due = self.state().next_poll_at
            assert due is not None
            self.clock.advance(max(due - self.clock.now(), timedelta()))
        return await self.gatherer.go_round()

    def state(self) -> State:
        """Return how the source is doing."""
        with self.store.read() as tx:
            found = sources.state(tx, "notes")
        assert found is not None
        return found

    def wait(self) -> timedelta:
        """Return how long it is until the source is asked again."""
        due = self.state().next_poll_at
        assert due is not None
        return due - self.clock.now()

    def titles(self) -> list[str]:
        """Return the titles of all articles."""
        with self.store.read() as tx:
            return [item.title for item in articles.list_all(tx)]

    def alerts(self) -> list[str]:
        """Return what people are told now."""
        with self.store.read() as tx:
            return [item.text for item in alerts.open_alerts(tx)]


@asynccontextmanager
async def desk(
    store: Store,
    play: Play,
    *,
    seconds: float = 20,
    host: str = "",
    resolver: Resolver = resolve,
    allow: bool = True,
) -> AsyncIterator[Desk]:
    async with playing(play) as server:
        address = host or server.address
        config = make_config(
            more=f'[sources.notes]\nkind = "feed"\nurl = "http://{address}/feed"\n'
            f'[fetch]\nallow = ["{address if allow else "x.example"}"]\n'
        )

        def fetcher(limits: Limits) -> Fetcher:
            own = Limits(limits.body_bytes, limits.ratio, min(limits.seconds, seconds))
            return Fetcher("Test/1", allow=config.fetch.allow, limits=own, resolver=resolver)

        clock = ManualClock(NOW)
        yield Desk(Gatherer(store, config, fetcher, clock, pause_seconds=0), clock, server, store)


async def test_what_has_not_changed_is_asked_for_by_its_etag_and_not_read_again(
    sqlite_store: Store,
) -> None:
    """RFC 9110, section 13.1; RFC 3229 with `A-IM: feed`."""
    answers = [
        fed("1", ETag='"a"', Last_Modified="Mon, 23 Nov 2026 08:00:00 GMT"),
        answer(304),
        answer(304, ETag='"b"'),
        fed("1", ETag='"c"'),
        fed("2", status=226, ETag='"d"', IM="feed"),
        answer(304),
    ]
    async with desk(sqlite_store, saying(*answers)) as at:
        results = [await at.ask() for _ in answers]
    assert [result.unchanged for result in results] == [0, 1, 1, 1, 0, 1]
    sent = [asked.headers for asked in at.server.asked]
    assert "if-none-match" not in sent[0]
    assert [headers.get("if-none-match") for headers in sent[1:]] == [
        '"a"',
        '"a"',
        '"b"',
        '"c"',
        '"d"',
    ]
    assert sent[1]["if-modified-since"] == "Mon, 23 Nov 2026 08:00:00 GMT"
    assert sent[1]["a-im"] == "feed"
    assert at.titles() == ["Note 1", "Note 2"]
    state = at.state()
    assert (state.polls, state.polls_unchanged, state.articles_used) == (6, 4, 2)


async def test_names_that_change_at_each_look_make_no_new_articles(sqlite_store: Store) -> None:
    answers = [answer(200, document("1", guid=f"made-{n}")) for n in range(4)]
    async with desk(sqlite_store, saying(*answers)) as at:
        for _ in answers:
            await at.ask()
    assert at.titles() == ["Note 1"]


@pytest.mark.parametrize(
    ("play", "reason"),
    [
        (saying(answer(500)), "answered with 500"),
        (saying(answer(404)), "answered with 404"),
        (saying(answer(204)), "is empty"),
        (saying(answer(302, Location="/feed")), "redirects more than 5 times"),
        (saying(answer(302, Location="file:///etc/passwd")), "redirects to file"),
        (saying(answer(301, Location="http://169.254.169.254/")), "redirects to http://169"),
        (
            saying(answer(200, gzip.compress(b"\0" * 9_000_000), Content_Encoding="gzip")),
            "is a bomb when unpacked",
        ),
        (saying(answer(200, b"<rss>", Content_Encoding="gzip")), "is damaged"),
        (saying(answer(200, b"<!DOCTYPE html><html>sign in</html>")), "is a web page"),
        (saying(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n<rss"), "cannot be fetched"),
        (saying(b"garbage\r\n\r\n"), "cannot be fetched"),
        (saying(b""), "cannot be fetched"),
        (dripping(b"HTTP/1.1 200 OK\r\n\r\n<rss>", b" ", 0.02, 500), "took longer than"),
        (dripping(b"HTTP/1.1 ", b"2", 0.02, 500), "took longer than"),
    ],
)
async def test_security_9_whatever_a_server_does_the_source_is_asked_again_later(
    sqlite_store: Store, play: Play, reason: str
) -> None:
    async with desk(sqlite_store, play, seconds=0.5) as at:
        result = await at.ask()
        assert reason in result.failures["notes"]
        assert (at.state().failures, at.titles(), at.alerts()) == (1, [], [])
        assert 10 * MINUTE <= at.wait() <= 11 * MINUTE
        await at.ask()
        assert 20 * MINUTE <= at.wait() <= 22 * MINUTE


async def test_a_failure_takes_nothing_away(sqlite_store: Store) -> None:
    answers = [fed("1", ETag='"a"'), answer(500), fed("1", "2")]
    async with desk(sqlite_store, saying(*answers)) as at:
        for _ in answers:
            await at.ask()
    assert at.server.asked[2].headers["if-none-match"] == '"a"'
    assert at.titles() == ["Note 1", "Note 2"]
    assert at.state().failures == 0


@pytest.mark.parametrize(
    ("reply", "wait"),
    [
        (answer(429, Retry_After="7200"), 2 * HOUR),
        (answer(503, Retry_After="Mon, 23 Nov 2026 23:00:00 GMT"), 5 * HOUR),
        (answer(503, Retry_After="999999999"), 2 * DAY),
        (answer(429), HOUR),
        (fed("1", Retry_After="36000"), 10 * HOUR),
        (fed("1", Cache_Control="max-age=21600"), 6 * HOUR * 1.0),
    ],
    ids=str,
)
async def test_a_server_that_names_a_time_is_not_asked_before(
    sqlite_store: Store, reply: bytes, wait: timedelta
) -> None:
    """RFC 9110, section 10.2.3."""
    async with desk(sqlite_store, saying(reply)) as at:
        await at.ask()
        assert wait <= at.wait() <= wait * 1.1
        await at.ask(after=wait - MINUTE)
        assert len(at.server.asked) == 1


async def test_what_has_moved_for_good_is_asked_there_until_it_fails_there(
    sqlite_store: Store,
) -> None:
    async def play(asked, writer) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - a Play
        moved = answer(301, Location="/new")
        told = {"/feed": moved, "/new": fed("1") if at.clock.now() < NOW + DAY else answer(404)}
        writer.write(told[asked.path])
        await writer.drain()

    async with desk(sqlite_store, play) as at:
        await at.ask()
        await at.ask()
        assert [asked.path for asked in at.server.asked] == ["/feed", "/new", "/new"]
        assert at.state().moved_to == at.server.url("/new")
        at.clock.advance(DAY)
        for _ in range(9):
            await at.ask()
        assert at.state().moved_to == ""
        await at.ask()
        assert [asked.path for asked in at.server.asked][-2:] == ["/feed", "/new"]


async def test_a_source_that_has_ended_is_not_asked_and_one_person_is_told(
    sqlite_store: Store,
) -> None:
    async with desk(sqlite_store, saying(fed("1"), answer(410))) as at:
        await at.ask()
        await at.ask()
        assert at.state().next_poll_at is None
        [text] = at.alerts()
        assert "has ended (410 Gone)" in text
        await at.ask(after=30 * DAY)
        assert len(at.server.asked) == 2
        assert at.titles() == ["Note 1"]


async def test_a_source_that_has_ended_and_lives_again_is_well_once_somebody_asks(
    sqlite_store: Store,
) -> None:
    async with desk(sqlite_store, saying(answer(410), fed("1"))) as at:
        await at.ask()
        await at.gatherer.go_round(["notes"])
        assert (at.state().gone_at, at.alerts()) == (None, [])
        assert at.wait() > timedelta()


async def test_a_failing_source_is_told_of_once_when_it_lasts_and_once_when_it_heals(
    sqlite_store: Store,
) -> None:
    answers = [*[answer(500)] * 10, fed("1")]
    async with desk(sqlite_store, saying(*answers)) as at:
        told = []
        for _ in answers:
            await at.ask()
            told.append(len(at.alerts()))
        assert told == [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0]
        with sqlite_store.read() as tx:
            assert alerts.open_alerts(tx) == []
        assert at.state().failing_since is None


async def test_a_paused_source_is_asked_only_when_somebody_says_so(sqlite_store: Store) -> None:
    async with desk(sqlite_store, saying(fed("1"))) as at:
        await at.ask()
        with sqlite_store.write() as tx:
            sources.save(tx, "notes", is_paused=True, next_poll_at=None)
        await at.ask(after=30 * DAY)
        assert len(at.server.asked) == 1
        await at.gatherer.go_round(["notes"])
        assert len(at.server.asked) == 2
        assert at.state().next_poll_at is None


async def test_a_source_that_is_paused_while_it_answers_stays_paused(sqlite_store: Store) -> None:
    async def play(asked, writer) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001, ARG001 - a Play
        with sqlite_store.write() as tx:
            sources.save(tx, "notes", is_paused=True, next_poll_at=None)
        writer.write(fed("1"))
        await writer.drain()

    async with desk(sqlite_store, play) as at:
        await at.ask()
        assert at.titles() == ["Note 1"]
        assert at.state().next_poll_at is None


async def test_a_document_is_read_anew_when_somebody_wants_that(sqlite_store: Store) -> None:
    async with desk(sqlite_store, saying(fed("1", ETag='"a"'))) as at:
        await at.ask()
        assert (await at.gatherer.go_round(["notes"])).unchanged == 1
        assert (await at.gatherer.go_round(["notes"], anew=True)).unchanged == 0
    assert "if-none-match" not in at.server.asked[2].headers


async def test_security_8_a_name_that_turns_to_the_inside_is_not_connected_to(
    sqlite_store: Store,
) -> None:
    """The resolver says something public first and 127.0.0.1 later, as in DNS rebinding."""
    lookups: list[str] = []

    async def flipping(host: str, port: int) -> list[str]:
        del port
        lookups.append(host)
        return ["192.0.2.1", "127.0.0.1"] if len(lookups) == 1 else ["127.0.0.1"]

    async with desk(
        sqlite_store, saying(fed("1")), host="news.example", resolver=flipping, allow=False
    ) as at:
        for _ in range(2):
            result = await at.gatherer.go_round(["notes"])
            assert "is not a public address" in result.failures["notes"]
        assert at.server.asked == []
    assert lookups == ["news.example", "news.example"]


async def test_hours_of_rest_are_kept(sqlite_store: Store) -> None:
    head = "<skipHours>" + "".join(f"<hour>{n}</hour>" for n in (18, 19, 20)) + "</skipHours>"
    async with desk(sqlite_store, saying(answer(200, document("1", head=head)))) as at:
        await at.ask()
        due = at.state().next_poll_at
        assert due is not None
        assert due.hour == 21


async def test_one_host_is_asked_by_one_at_a_time(sqlite_store: Store) -> None:
    at_once = [0, 0]

    async def play(asked, writer) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - a Play
        at_once[0] += 1
        at_once[1] = max(at_once)
        writer.write(fed(asked.path.strip("/")))
        await writer.drain()
        at_once[0] -= 1

    async with playing(play) as server:
        tables = "".join(
            f'[sources.s{n}]\nkind = "feed"\nurl = "{server.url(f"/{n}")}"\n' for n in range(8)
        )
        config = make_config(more=f'{tables}[fetch]\nallow = ["{server.address}"]\n')
        gatherer = Gatherer(
            sqlite_store,
            config,
            lambda limits: Fetcher("Test/1", allow=config.fetch.allow, limits=limits),
            ManualClock(NOW),
            pause_seconds=0,
        )
        result = await gatherer.go_round()
    assert (result.asked, len(result.gathered), at_once[1]) == (8, 8, 1)
    assert result.is_news


async def test_a_gatherer_that_stops_claims_nothing_more(sqlite_store: Store) -> None:
    async with desk(sqlite_store, saying(fed("1"))) as at:
        at.gatherer.stop()
        assert (await at.ask()).asked == 0
    assert at.server.asked == []
