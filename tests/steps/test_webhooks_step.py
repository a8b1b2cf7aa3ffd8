"""What follows from what mail services send: proved, once, and only for whom we wrote to.

reliability.md Replies, security.md 16.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import TracebackType
from typing import Self, cast

import pytest
from fakes import KEYRING, subscription_states
from feedback_samples import SECRETS, Newsroom, newsroom
from sqlalchemy.exc import OperationalError
from store_samples import NOW
from webhook_samples import (
    CERTIFICATE_URL,
    SUBSCRIBE_URL,
    TOPIC,
    certificate,
    hook,
    notification,
    payload,
    posted,
    signed,
    subscription,
)

from digest import tokens
from digest.clock import ManualClock
from digest.errors import FetchError, NotFoundError, StoreError
from digest.mail.message import message_id
from digest.mail.webhooks import PROVIDERS, Answer, Hook, Post, Verdict, mark_of, read
from digest.model import SubscriptionState
from digest.steps.feedback import Effect, Event, Webhooks, explain_event
from digest.steps.feedback.webhooks import LIMITS
from digest.store import alerts, feedback, issues, webhooks
from digest.store.engine import Store
from digest.syndication.fetch import Fetched, Fetcher, Limits

READER = "reader@example.org"
BOUNCES = {
    "ses": "ses-bounce-no-such-address",
    "postmark": "postmark-bounce-hard",
    "sendgrid": "sendgrid-bounce",
    "mailgun": "mailgun-failed-no-such-address",
    "brevo": "brevo-hard-bounce",
}
COMPLAINTS = {
    "ses": "ses-complaint",
    "postmark": "postmark-complaint",
    "sendgrid": "sendgrid-complaint",
    "mailgun": "mailgun-complained",
    "brevo": "brevo-spam",
}
LEAVES = {
    "postmark": "postmark-change-unsubscribed",
    "sendgrid": "sendgrid-unsubscribe",
    "mailgun": "mailgun-unsubscribed",
    "brevo": "brevo-unsubscribed",
}


@dataclass
class Amazon:
    """Stands for Amazon's web server, and for what fetches from it."""

    pages: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    limits: Limits | None = None

    def fetcher(self, limits: Limits) -> Fetcher:
        """Return this, as what fetches within *limits*."""
        self.limits = limits
        return cast("Fetcher", self)

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close nothing."""

    async def get(self, url: str) -> Fetched:
        """Answer with the page at *url*; without one there is no answer."""
        self.asked.append(url)
        if url not in self.pages:
            raise FetchError(url, "cannot be fetched")
        status, body = self.pages[url]
        return Fetched(url, status, {}, body)


@dataclass
class Room:
    """A newsroom that services report to."""

    desk: Newsroom
    hooks: Webhooks
    amazon: Amazon
    clock: ManualClock

    def send(self, post: Post, name: str = "") -> Answer:
        """Send *post* to a webhook; by default to that of its service."""
        answer = asyncio.run(self.hooks.receive(name, post))
        assert answer is not None
        return answer

    def mark(self, issue: int, person: int) -> str:
        """Return what stands in the mail of an issue to a person."""
        return mark_of(issue, person, SECRETS)

    def message_id(self, issue_id: int, person: int) -> str:
        """Return the Message-ID of the mail of an issue to a person."""
        with self.desk.store.read() as tx:
            issue = issues.get(tx, issue_id)
        assert issue is not None
        secret = tokens.derive(KEYRING.first, "message-id")
        return message_id(secret, issue.key, person, "gazette.example")

    def effects(self) -> list[str]:
        """Return what followed from each report, oldest first."""
        with self.desk.store.read() as tx:
            return [item.effect for item in reversed(feedback.list_reports(tx, limit=1000))]

    def alerts(self) -> list[str]:
        """Return what needs the operator."""
        with self.desk.store.read() as tx:
            return [alert.text for alert in alerts.open_alerts(tx)]

    def counts(self) -> dict[str, int]:
        """Return how many events of each name were counted."""
        with self.desk.store.read() as tx:
            return {item.name: item.number for item in webhooks.counts(tx)}


def room_of(store: Store, *hooks: Hook) -> Room:
    desk, amazon = newsroom(store), Amazon({CERTIFICATE_URL: (200, certificate())})
    clock = ManualClock(NOW)
    by_name = {item.name: item for item in hooks or map(hook, PROVIDERS)}
    return Room(
        desk,
        Webhooks(store, desk.config, KEYRING, clock, by_name, amazon.fetcher),
        amazon,
        clock,
    )


@pytest.fixture
def room(sqlite_store: Store) -> Room:
    return room_of(sqlite_store)


def send(room: Room, provider: str, name: str, mark: str, message_id: str = "") -> Answer:
    return room.send(signed(name, mark, message_id, at=room.clock.now()), provider)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_bounce_counts_once_however_often_it_comes(room: Room, provider: str) -> None:
    """Services repeat what they think was not taken."""
    person = room.desk.person("reader")
    mark = room.mark(room.desk.issue(), person)
    for _ in range(3):
        assert send(room, provider, BOUNCES[provider], mark).status == 200
    assert room.effects() == [Effect.SUPPRESSED]
    assert room.desk.suppression("reader") is not None


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_complaint_unsubscribes_from_everything(room: Room, provider: str) -> None:
    person = room.desk.person("reader")
    send(room, provider, COMPLAINTS[provider], room.mark(room.desk.issue(), person))
    assert subscription_states(room.desk.store) == {READER: SubscriptionState.UNSUBSCRIBED}
    suppression = room.desk.suppression("reader")
    assert suppression is not None
    assert suppression.reason == "complaint"


@pytest.mark.parametrize("provider", LEAVES)
def test_who_leaves_at_the_service_leaves_the_briefing_that_was_meant(
    room: Room, provider: str
) -> None:
    person = room.desk.person("reader")
    send(room, provider, LEAVES[provider], room.mark(room.desk.issue(), person))
    assert subscription_states(room.desk.store) == {READER: SubscriptionState.UNSUBSCRIBED}
    assert room.effects() == [Effect.UNSUBSCRIBED]
    assert room.desk.suppression("reader") is None


def test_a_wish_to_leave_that_nobody_proved_is_no_letter_to_pass_on(room: Room) -> None:
    """A service's word alone moves nobody, and there is no mail in it for an editor."""
    room.desk.person("reader")
    room.desk.issue()
    send(room, "brevo", "brevo-unsubscribed", "")
    forged = mark_of(1, 1, (b"o" * 32,))
    send(room, "mailgun", "mailgun-unsubscribed", forged)
    # Genuine, and about an issue that is not there.
    send(room, "sendgrid", "sendgrid-unsubscribe", room.mark(999, 1))
    assert subscription_states(room.desk.store) == {READER: SubscriptionState.CONFIRMED}
    assert room.effects() == [Effect.NOTHING] * 3


@pytest.mark.parametrize("name", ["ses-complaint", "sendgrid-bounce", "mailgun-complained"])
def test_without_a_mark_our_message_id_and_the_address_say_whose_it_was(
    room: Room, name: str
) -> None:
    person = room.desk.person("reader")
    own_id = room.message_id(room.desk.issue(), person)
    send(room, name.partition("-")[0], name, "", own_id)
    assert room.effects() == [Effect.SUPPRESSED]
    with room.desk.store.read() as tx:
        (report,) = feedback.list_reports(tx)
    assert (report.proof, report.subscriber_id) == ("message", person)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_address_alone_changes_nothing(room: Room, provider: str) -> None:
    """security.md 16: not even in a request that is genuine."""
    room.desk.person("reader")
    room.desk.issue()
    assert send(room, provider, BOUNCES[provider], "", "<x@gazette.example>").status == 200
    assert send(room, provider, COMPLAINTS[provider], "m-" + "a" * 32 + "@d.invalid").status == 200
    assert room.effects() == [Effect.NOTHING, Effect.NOTHING]
    assert room.desk.suppression("reader") is None


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_thousand_forged_requests_change_nothing(room: Room, provider: str) -> None:
    """security.md 16; two hundred for each service, with the mark of a real mail."""
    person = room.desk.person("reader")
    mark = room.mark(room.desk.issue(), person)
    post = signed(COMPLAINTS[provider], mark, at=room.clock.now())
    for number in range(200):
        headers = {
            name: value if name == "content-type" else value[:-number] + "A" * number
            for name, value in post.headers.items()
        }
        body = post.body.replace(b'"signature": "', b'"signature": "%d' % number).replace(
            b'"Signature": "', b'"Signature": "%04d' % number
        )
        if provider in {"postmark", "brevo", "sendgrid"} and number == 0:
            headers = {"content-type": "application/json"}
        answer = room.send(replace(post, body=body, headers=headers), provider)
        assert answer.verdict is Verdict.FORGED
        assert 400 <= answer.status < 500
    assert room.effects() == []
    assert room.desk.suppression("reader") is None


def test_the_log_does_not_fill_with_what_strangers_send(
    room: Room, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(50):
        room.send(Post(b"{}", {"content-type": "application/json"}), "brevo")
    assert capsys.readouterr().out.count("webhook refused") == 1
    room.clock.advance(timedelta(minutes=1))
    room.send(Post(b"{}", {"content-type": "application/json"}), "brevo")
    assert capsys.readouterr().out.count("webhook refused") == 1


def test_mailguns_token_counts_once(room: Room) -> None:
    """Its signature does not cover the event: who saw one request could make up others."""
    ann, bob = room.desk.person("reader"), room.desk.person("bob")
    issue = room.desk.issue()
    seen = signed("mailgun-delivered", room.mark(issue, ann), at=room.clock.now())
    assert room.send(seen, "mailgun").status == 200
    assert room.send(seen, "mailgun").status == 200
    text = payload("mailgun-complained", room.mark(issue, bob))
    forged = posted("mailgun", text, at=room.clock.now(), token="mailgun-delivered")
    assert room.send(forged, "mailgun").verdict is Verdict.FORGED
    assert room.effects() == []
    fresh = posted("mailgun", text, at=room.clock.now(), token="another")
    assert room.send(fresh, "mailgun").status == 200
    assert room.effects() == [Effect.SUPPRESSED]


def test_tokens_are_forgotten_when_their_age_refuses_them(room: Room) -> None:
    for days in (0, 1, 2, 5):
        room.clock.jump(NOW + timedelta(days=days))
        text = payload("mailgun-delivered")
        post = posted("mailgun", text, at=room.clock.now(), token=f"t{days}")
        assert room.send(post, "mailgun").status == 200
    with room.desk.store.read() as tx:
        kept = tx.exec_driver_sql("SELECT count(*) FROM webhook_requests").scalar_one()
    assert kept == 1


@pytest.mark.parametrize("provider", ["ses", "sendgrid", "mailgun"])
def test_what_somebody_kept_for_later_is_refused(room: Room, provider: str) -> None:
    person = room.desk.person("reader")
    post = signed(COMPLAINTS[provider], room.mark(room.desk.issue(), person), at=NOW)
    room.clock.advance(timedelta(days=2))
    assert room.send(post, provider).verdict is Verdict.NEVER
    assert room.effects() == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_cannot_be_read_is_refused_for_good(room: Room, provider: str) -> None:
    post = signed(COMPLAINTS[provider], at=room.clock.now())
    truncated = replace(post, body=post.body[:-20])
    odd = replace(post, headers={**post.headers, "content-type": "text/html"})
    for broken in (truncated, odd):
        assert room.send(broken, provider).verdict in {Verdict.NEVER, Verdict.FORGED}
    assert room.effects() == []


def test_there_is_no_other_webhook(room: Room) -> None:
    assert asyncio.run(room.hooks.receive("nobody", Post(b"{}", {}))) is None
    assert room.hooks.later("nobody") is None


def test_events_are_counted_also_those_that_nobody_knows(room: Room) -> None:
    person = room.desk.person("reader")
    mark = room.mark(room.desk.issue(), person)
    assert send(room, "sendgrid", "sendgrid-batch", mark).status == 200
    assert room.counts() == dict.fromkeys(
        ("processed", "deferred", "delivered", "open", "bounce", "brand_new"), 1
    )
    with room.desk.store.read() as tx:
        unknown = [item.name for item in webhooks.counts(tx) if not item.is_known]
    assert unknown == ["brand_new"]
    assert room.effects() == [Effect.SUPPRESSED]


def test_what_arrived_is_counted_without_a_transaction_each(room: Room) -> None:
    """A service may tell of every mail that arrived while a large issue goes out."""
    for _ in range(5):
        send(room, "postmark", "postmark-delivery", "")
    assert room.counts() == {"Delivery": 1}
    room.clock.advance(timedelta(minutes=1))
    send(room, "postmark", "postmark-delivery", "")
    assert room.counts() == {"Delivery": 6}


def test_a_large_batch_is_taken_in_several_transactions(room: Room) -> None:
    person = room.desk.person("reader")
    mark = room.mark(room.desk.issue(), person)
    one = json.loads(payload("brevo-soft-bounce", mark))
    batch = [{**one, "ts_epoch": number} for number in range(210)]
    assert room.send(posted("brevo", json.dumps(batch)), "brevo").status == 200
    assert len(room.effects()) == 210
    assert room.effects().count(Effect.COUNTED) == 1
    assert room.counts() == {"soft_bounce": 210}


# When it cannot be written


@contextmanager
def broken(store: Store) -> Iterator[None]:
    """Let nothing be written meanwhile."""

    def fail() -> None:
        raise StoreError("the disk is full")

    original = store.write
    store.write = fail  # type: ignore[assignment,method-assign]
    try:
        yield
    finally:
        store.write = original  # type: ignore[method-assign]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_cannot_be_written_now_is_sent_again_and_then_taken(room: Room, provider: str) -> None:
    person = room.desk.person("reader")
    post = signed(COMPLAINTS[provider], room.mark(room.desk.issue(), person), at=NOW)
    with broken(room.desk.store):
        answer = room.send(post, provider)
    assert (answer.verdict, answer.status) == (
        Verdict.LATER,
        429 if provider == "brevo" else 503,
    )
    assert room.effects() == []
    assert room.send(post, provider).status == 200
    assert room.effects() == [Effect.SUPPRESSED]


def test_a_mistake_of_ours_loses_nothing(room: Room) -> None:
    post = signed("brevo-spam", at=NOW)

    def fail() -> None:
        raise OperationalError("x", {}, Exception())

    room.desk.store.write = fail  # type: ignore[assignment,method-assign]
    assert room.send(post, "brevo").verdict is Verdict.LATER


# Amazon SNS


def test_the_certificate_is_fetched_once_and_kept(room: Room) -> None:
    for _ in range(3):
        send(room, "ses", "ses-event-delivery", "")
    assert room.amazon.asked == [CERTIFICATE_URL]
    assert room.amazon.limits == LIMITS
    assert LIMITS.redirects == 0


def test_without_its_certificate_a_message_waits(room: Room) -> None:
    room.amazon.pages[CERTIFICATE_URL] = (500, b"")
    assert send(room, "ses", "ses-complaint", "").verdict is Verdict.LATER
    room.amazon.pages[CERTIFICATE_URL] = (200, b"<html>maintenance</html>")
    assert send(room, "ses", "ses-complaint", "").verdict is Verdict.LATER
    del room.amazon.pages[CERTIFICATE_URL]
    assert send(room, "ses", "ses-complaint", "").verdict is Verdict.LATER
    room.amazon.pages[CERTIFICATE_URL] = (200, certificate())
    assert send(room, "ses", "ses-complaint", "").verdict is Verdict.TAKEN


def test_nobody_can_have_us_fetch_without_end(room: Room) -> None:
    """security.md 8: only Amazon's certificates, and not many."""
    start = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-"
    for number in range(40):
        url = f"{start}{number}.pem"
        room.amazon.pages[url] = (200, certificate())
        asks = subscription(topic=f"{TOPIC}-of-a-stranger")
        room.send(
            replace(asks, body=asks.body.replace(CERTIFICATE_URL.encode(), url.encode())), "ses"
        )
    assert len(room.amazon.asked) == 20
    foreign = notification("x", SigningCertURL="https://evil.example/a.pem")
    assert room.send(foreign, "ses").verdict is Verdict.FORGED
    assert len(room.amazon.asked) == 20
    # What our own topic needs was not used up, and the hour ends.
    assert send(room, "ses", "ses-complaint", "").verdict is Verdict.TAKEN
    room.clock.advance(timedelta(hours=1))
    room.send(replace(asks, body=asks.body.replace(CERTIFICATE_URL.encode(), url.encode())), "ses")
    assert len(room.amazon.asked) == 22


def test_a_topic_that_nobody_confirmed_is_not_believed(sqlite_store: Store) -> None:
    """Anybody can have Amazon send genuine messages of a topic of theirs."""
    room = room_of(sqlite_store, hook("ses", topics=()))
    person = room.desk.person("reader")
    post = signed("ses-complaint", room.mark(room.desk.issue(), person), at=NOW)
    assert room.send(post, "ses").verdict is Verdict.FORGED
    assert room.amazon.asked == []

    assert room.send(subscription(), "ses").status == 200
    assert room.amazon.asked == [CERTIFICATE_URL]
    assert room.send(post, "ses").verdict is Verdict.FORGED
    (alert,) = room.alerts()
    assert f"digest feedback confirm ses {TOPIC}" in alert

    room.amazon.pages[SUBSCRIBE_URL] = (200, b"<ConfirmSubscriptionResponse/>")
    asyncio.run(room.hooks.confirm("ses", TOPIC))
    assert room.amazon.asked[-1] == SUBSCRIBE_URL
    assert room.alerts() == []
    assert room.send(post, "ses").status == 200
    assert room.effects() == [Effect.SUPPRESSED]
    # Once is enough.
    asyncio.run(room.hooks.confirm("ses", TOPIC))
    assert room.amazon.asked.count(SUBSCRIBE_URL) == 1


def test_a_topic_of_the_settings_is_confirmed_by_itself(room: Room) -> None:
    room.amazon.pages[SUBSCRIBE_URL] = (500, b"")
    assert room.send(subscription(), "ses").verdict is Verdict.LATER
    room.amazon.pages[SUBSCRIBE_URL] = (200, b"")
    assert room.send(subscription(), "ses").status == 200
    assert room.alerts() == []
    with room.desk.store.read() as tx:
        (topic,) = webhooks.topics(tx)
    assert topic.confirmed_at == NOW


def test_topics_are_confirmed_at_amazon_and_nowhere_else(room: Room) -> None:
    foreign = subscription(SUBSCRIBE_URL.replace("amazonaws.com", "evil.example"))
    assert room.send(foreign, "ses").verdict is Verdict.NEVER
    assert room.amazon.asked == [CERTIFICATE_URL]
    with pytest.raises(NotFoundError, match="topic"):
        asyncio.run(room.hooks.confirm("ses", TOPIC))


def test_not_many_topics_wait(sqlite_store: Store) -> None:
    room = room_of(sqlite_store, hook("ses", topics=()))
    for number in range(21):
        topic = f"{TOPIC}{number}"
        answer = room.send(subscription(SUBSCRIBE_URL.replace(TOPIC, topic), topic), "ses")
    assert answer.verdict is Verdict.NEVER
    again = room.send(subscription(SUBSCRIBE_URL.replace(TOPIC, f"{TOPIC}0"), f"{TOPIC}0"), "ses")
    assert again.status == 200


def test_the_end_of_a_topic_is_told(room: Room, capsys: pytest.CaptureFixture[str]) -> None:
    ended = notification(
        "You have chosen to deactivate.",
        kind="UnsubscribeConfirmation",
        SubscribeURL=SUBSCRIBE_URL,
        Token="x",
    )
    assert room.send(ended, "ses").status == 200
    assert "topic ended" in capsys.readouterr().out
    assert SUBSCRIBE_URL not in room.amazon.asked


def test_what_would_follow_is_said_and_not_done(room: Room) -> None:
    person = room.desk.person("reader")
    mark = room.mark(room.desk.issue(), person)
    (item,) = read("brevo", payload("brevo-unsubscribed", mark).encode()).happenings
    event = Event(item.report, item.identity, address=item.address)
    taken = explain_event(room.desk.store, room.desk.config, KEYRING, event, now=NOW)
    assert taken.decision.effect is Effect.UNSUBSCRIBED
    assert taken.decision.explanation == "The reader asked the mail service for it."
    assert room.effects() == []
    send(room, "brevo", "brevo-unsubscribed", mark)
    taken = explain_event(room.desk.store, room.desk.config, KEYRING, event, now=NOW)
    assert not taken.is_new
