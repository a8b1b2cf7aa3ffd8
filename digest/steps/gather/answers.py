"""What a source's answer means: for its articles, and for when it is asked again. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from hashlib import sha256
from typing import Any

from digest.config import SourceConfig
from digest.model.upstream import UpstreamFeed
from digest.steps.gather import following
from digest.steps.gather.step import GatherResult
from digest.store.sources import State
from digest.syndication import polling, websub
from digest.syndication.extract import PageError, read_page
from digest.syndication.fetch import Fetched
from digest.syndication.parse import FeedError, parse_feed
from digest.syndication.polling import Bounds, Hints
from digest.syndication.urls import web_url

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/json;q=0.8, application/xml;q=0.8, text/xml;q=0.8, */*;q=0.1"
)
_NOT_MODIFIED, _GONE, _TOO_MANY = 304, 410, 429
_DETAIL_CHARS = 300


@dataclass(frozen=True, slots=True)
class Outcome:
    """What asking one source came to."""

    source: str
    values: Mapping[str, Any]
    """What is to be written of its state."""

    is_unchanged: bool = False
    is_well: bool = False
    """Whether it answered as it should: what was wrong with it is over."""

    is_gone: bool = False
    """Whether it said that it has ended."""

    failure: str = ""
    alert: str = ""
    """What somebody should be told; empty when nothing is to be told anew."""

    gathered: GatherResult | None = None


PAGE_ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"


def headers_for(state: State, *, is_page: bool = False) -> dict[str, str]:
    """Return what is said when the source is asked: what we have, and that news alone would do."""
    headers = {"Accept": PAGE_ACCEPT if is_page else ACCEPT}
    if state.etag:
        headers["If-None-Match"] = state.etag
        if not is_page:
            headers["A-IM"] = "feed"
    if state.last_modified:
        headers["If-Modified-Since"] = state.last_modified
    return headers


def digest_of(answer: Fetched) -> str:
    """Return by what the document of *answer* is known again."""
    return sha256(answer.body).hexdigest()


def _is_unread(state: State, answer: Fetched) -> bool:
    """Return whether *answer* has a document that was not read before.

    Raises:
        FeedError: if the source did not answer as it should.
    """
    if answer.status == _NOT_MODIFIED:
        return False
    if not answer.is_success:
        raise FeedError(f"answered with {answer.status}")
    return digest_of(answer) != state.digest


def read_feed(state: State, answer: Fetched) -> UpstreamFeed | None:
    """Return the feed in *answer*; ``None`` where there is nothing that was not read before.

    Raises:
        FeedError: if there is none, or the source did not answer as it should.
    """
    if not _is_unread(state, answer):
        return None
    return parse_feed(
        answer.body, url=answer.url, content_type=answer.headers.get("content-type", "")
    )


def read_source_page(state: State, answer: Fetched, timezone: tzinfo = UTC) -> UpstreamFeed | None:
    """Return the page in *answer* as a feed of one article; ``None`` where it is as it was.

    The article is known by the source's address, whatever else the page says of itself.

    Raises:
        FeedError: if it cannot be read as an article, or the source did not answer as it should.
    """
    if not _is_unread(state, answer):
        return None
    kind = answer.headers.get("content-type", "")
    try:
        found = read_page(answer.body, url=answer.url, content_type=kind, timezone=timezone)
    except PageError as error:
        raise FeedError(str(error)) from None
    article = replace(found, guid=state.url, origin="", is_summary=False)
    return UpstreamFeed("page", title=found.origin, site_url=answer.url, arrivals=(article,))


def outcome_of(
    settings: SourceConfig,
    state: State,
    answer: Fetched | None,
    feed: UpstreamFeed | None,
    failure: str,
    now: datetime,
    *,
    is_brought: bool = False,
) -> Outcome:
    """Return what becomes of the source.

    Args:
        settings: The source's.
        state: How it was doing.
        answer: What it answered; ``None`` when it did not.
        feed: What was read; ``None`` when nothing was, or nothing had changed.
        failure: What was wrong; empty when nothing was.
        now: The time of the answer.
        is_brought: Whether a hub brought it, and nobody asked.
    """
    bounds = Bounds(
        timedelta(seconds=settings.min_interval_seconds),
        timedelta(seconds=settings.max_interval_seconds),
    )
    if answer is not None and answer.status == _GONE:
        return _gone(state, now)
    if failure:
        return _failed(state, answer, failure, bounds, now)
    return _well(state, answer, feed, bounds, now, is_brought=is_brought)


def _gone(state: State, now: datetime) -> Outcome:
    text = (
        f"the source {state.source} has ended (410 Gone): {state.address} is not asked any more; "
        f"its articles stay. Take it out of the settings, or give it another url"
    )
    values = {"next_poll_at": None, "gone_at": now, "polled_at": now, "detail": "has ended (410)"}
    return Outcome(state.source, values, is_gone=True, failure="has ended (410)", alert=text)


def _failed(
    state: State, answer: Fetched | None, failure: str, bounds: Bounds, now: datetime
) -> Outcome:
    failures, since = state.failures + 1, state.failing_since or now
    wait = polling.backoff(failures, bounds)
    wanted = polling.retry_after(answer.headers, now) if answer is not None else None
    if wanted is None and answer is not None and answer.status == _TOO_MANY:
        wanted = now + max(wait, timedelta(hours=1))
    hints = Hints()
    detail = failure[:_DETAIL_CHARS]
    values: dict[str, Any] = {
        "polled_at": now,
        "failures": failures,
        "failing_since": since,
        "detail": detail,
        "next_poll_at": polling.next_poll(state.source, now, wait, hints, not_before=wanted),
    }
    alert = ""
    if polling.is_failing(failures, since, now):
        # Where it moved to may have been a mistake: the settings count again.
        values["moved_to"] = ""
        alert = (
            f"the source {state.source} could not be read since {since:%Y-%m-%d %H:%M} UTC "
            f"({failures} times): {state.address} {detail}. It is asked again by itself, less "
            f"often; look with `digest sources check {state.source}`"
        )
    return Outcome(state.source, values, failure=detail, alert=alert)


def _well(
    state: State,
    answer: Fetched | None,
    feed: UpstreamFeed | None,
    bounds: Bounds,
    now: datetime,
    *,
    is_brought: bool,
) -> Outcome:
    headers = answer.headers if answer is not None else {}
    values: dict[str, Any] = {
        "polled_at": now,
        "succeeded_at": now,
        "failures": 0,
        "failing_since": None,
        "gone_at": None,
        "detail": "",
        "etag": headers.get("etag", state.etag if feed is None else ""),
        "last_modified": headers.get("last-modified", state.last_modified if feed is None else ""),
    }
    if answer is not None and answer.moved_to and answer.moved_to != state.address:
        values["moved_to"] = answer.moved_to
        values["detail"] = f"has moved to {answer.moved_to}"
    news_at, hints = state.news_at, _hints(state)
    moments: list[datetime] = [news_at] if news_at else []
    if feed is not None and answer is not None:
        hints = Hints(None, feed.ttl, feed.skip_hours, feed.skip_days)
        moments = [
            item.draft.published_at for item in feed.arrivals if item.draft.published_at is not None
        ]
        values |= _said(feed, answer) | _hub(state, feed, answer, now)
        values["news_at"] = max((moment for moment in moments if moment <= now), default=news_at)
    hints = replace(hints, fresh_for=polling.fresh_for(headers, now))
    wait = polling.interval(moments, now, hints, bounds)
    missed = {} if is_brought else following.missed(state, values.get("news_at"), now)
    values |= missed
    if is_brought or (following.is_told(state, now) and not missed):
        wait = bounds.longest
    not_before = polling.retry_after(headers, now)
    values["next_poll_at"] = polling.next_poll(
        state.source, now, wait, hints, not_before=not_before
    )
    return Outcome(state.source, values, is_unchanged=feed is None, is_well=True)


def _hints(state: State) -> Hints:
    ttl = timedelta(seconds=state.ttl_seconds) if state.ttl_seconds is not None else None
    return Hints(None, ttl, frozenset(state.skip_hours), frozenset(state.skip_days))


def _said(feed: UpstreamFeed, answer: Fetched) -> dict[str, Any]:
    return {
        "digest": digest_of(answer),
        "title": feed.title[:_DETAIL_CHARS],
        "site_url": feed.site_url,
        "kind": feed.kind,
        "ttl_seconds": int(feed.ttl.total_seconds()) if feed.ttl is not None else None,
        "skip_hours": feed.skip_hours,
        "skip_days": feed.skip_days,
        "detail": "; ".join(feed.problems)[:_DETAIL_CHARS],
    }


def _hub(state: State, feed: UpstreamFeed, answer: Fetched, now: datetime) -> dict[str, Any]:
    """Return what is to be written of the hub that *feed* names (WebSub, section 4)."""
    hubs, topic = websub.read_links(answer.headers.get("link", ""), answer.url)
    hub = next(iter((*hubs, *feed.hubs)), "")
    topic = web_url(topic or feed.self_url or answer.url) if hub else ""
    return following.named(state, hub, topic, now)
