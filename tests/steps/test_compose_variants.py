"""Each reader gets an issue of what they chose, made once for all who chose the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from compose_samples import Newsroom
from fakes import KEYRING

from digest.model import Cadence, MailContext, MailFormat, OccurrenceState, Placement
from digest.rendering import RenderedMail, Renderer, bundled_templates
from digest.steps.compose import compose_now, draft_issue
from digest.store import (
    alerts,
    choices,
    clicks,
    deliveries,
    editing,
    issues,
    occurrences,
    subscribers,
)
from digest.store.engine import Store


class Linker(Renderer):
    """Writes where the links of a mail lead, and nothing else."""

    def briefing(self, context: MailContext) -> RenderedMail:
        """Return a mail of the articles' addresses."""
        text = " ".join(article.url for article in context.content.articles)
        return RenderedMail(f"<p>{text}</p>", text, "")


DAY = timedelta(days=1)
SUNDAY = datetime(2026, 11, 29, 6, 0, tzinfo=UTC)


def test_readers_get_what_they_chose_on_both_engines(store: Store) -> None:
    """Topics, language, and format; who has nothing new gets nothing, and the issue says why."""
    room = Newsroom(store)
    room.write(1, topics=("World",))
    room.write(2, topics=("Science", "World"))
    room.write(3, topics=("Arts",))
    room.join("all")
    room.join("world", topics=["WORLD"])
    room.join("text", mail_format=MailFormat.TEXT)
    room.join("german", language="de-CH", topics=["Arts"])
    room.join("sport", topics=["Sport"])
    result = room.by_hand()
    assert room.got(result) == {
        "all": "en||a3 a2 a1",
        "world": "en||a2 a1",
        "text": "en||a3 a2 a1",
        "german": "de-CH||a3",
    }
    with store.read() as tx:
        assert result.issue_id
        variants = issues.variants_of(tx, result.issue_id)
        assert next(item.name for item in variants.values()) == "all"
        assert len(variants) == 4
        assert [item.html == "" for item in variants.values()].count(True) == 1
        assert issues.absences(tx, result.issue_id) == {
            "nothing new that fits the topics they chose": 1
        }
        assert deliveries.ledger(tx, result.issue_id).adds_up
    assert result.candidates == 4


def test_what_no_reader_wants_takes_no_room(sqlite_store: Store) -> None:
    room = Newsroom(sqlite_store, daily="max_articles = 1\nheadlines = 0")
    room.write(1, topics=("Sport",))
    room.write(2, topics=("Arts",))
    room.join("ada", topics=["Arts"])
    assert room.got(room.by_hand()) == {"ada": "en||a2"}
    assert room.by_hand().reason == "no new articles"


def test_too_many_variants_lose_nobody_and_are_told(sqlite_store: Store) -> None:
    room = Newsroom(sqlite_store, daily="max_variants = 2")
    for number, topic in enumerate(("World", "Science", "Arts"), start=1):
        room.write(number, topics=(topic,))
        room.join(topic.lower(), topics=[topic])
    room.join("second", topics=["Arts"])
    result = room.by_hand()
    assert room.got(result) == {
        "world": "en||a3 a2 a1",
        "science": "en||a3 a2 a1",
        "arts": "en||a3",
        "second": "en||a3",
    }
    with sqlite_store.read() as tx:
        (alert,) = (item for item in alerts.open_alerts(tx) if item.key == "variants:daily")
    assert "4 variants, more than max_variants = 2: 2 readers get all of it" in alert.text
    room.now += DAY
    room.write(4, topics=("Arts",))
    room.by_hand()
    with sqlite_store.read() as tx:
        assert "variants:daily" not in {item.key for item in alerts.open_alerts(tx)}


def test_an_issue_that_fits_nobody_is_not_made(sqlite_store: Store) -> None:
    room = Newsroom(sqlite_store, daily="match_language = true")
    room.write(1, language="fr")
    room.join("ada", language="de")
    assert room.by_hand().reason == (
        "nothing in it for any reader: 1 nothing new that fits the topics they chose"
    )
    room.write(2, language="de-AT")
    assert room.got(room.by_hand()) == {"ada": "de||a2"}


def test_nobody_gets_an_article_in_two_briefings_where_that_is_wanted(store: Store) -> None:
    """never_repeat = "person"."""
    other = '[briefings.evening]\ntitle = "Evening"\nfrom_address = "desk@gazette.example"\n'
    room = Newsroom(store, more=other + 'never_repeat = "person"')
    room.join("ada")
    for name in ("ada", "ben"):
        room.join(name, briefing="evening")
    room.write(1)
    assert room.got(room.by_hand()) == {"ada": "en||a1"}
    room.write(2)
    room.now += timedelta(hours=10)
    result = room.by_hand("evening")
    assert room.got(result) == {"ada": "en||a2", "ben": "en||a2 a1"}
    room.write(3)
    room.by_hand()
    room.now += DAY
    again = room.by_hand("evening")
    assert room.got(again) == {"ben": "en||a3"}
    with store.read() as tx:
        assert again.issue_id
        assert issues.absences(tx, again.issue_id) == {"had all of it already": 1}


def test_one_a_week_brings_all_that_was_in_the_others(store: Store) -> None:
    room = Newsroom(store, daily='weekly_on = "sun"')
    room.join("ada")
    room.join("eve", cadence=Cadence.WEEKLY)
    room.due()
    for number in (1, 2):
        room.write(number)
        room.now = datetime(2026, 11, 23 + number, 6, 0, tzinfo=UTC)
        (made,) = room.due()
        assert room.got(made) == {"ada": f"en||a{number}"}
    room.now = SUNDAY
    skipped, made = room.due()[-2:]
    assert (skipped.reason, made.period) == ("no new articles", "2026-11-29/weekly")
    assert room.got(made) == {"eve": "en||a2 a1"}
    with store.read() as tx:
        assert made.issue_id
        issue = issues.get(tx, made.issue_id)
        assert issue is not None
        assert (issue.cadence, issue.number) == (Cadence.WEEKLY, 3)


def test_weeks_that_nobody_wants_are_not_made_up_for(sqlite_store: Store) -> None:
    room = Newsroom(sqlite_store, daily='weekly_on = "sun"')
    room.join("ada")
    room.due()
    room.write(1)
    room.now = SUNDAY - DAY
    room.due()
    room.now = SUNDAY
    assert room.due()[-1].reason == "nobody wants one a week"
    room.join("eve", cadence=Cadence.WEEKLY)
    room.write(2)
    room.now = SUNDAY + 7 * DAY
    assert room.got(room.due()[-1]) == {"eve": "en||a2"}


def test_who_changes_gets_what_they_missed_and_nothing_twice(store: Store) -> None:
    room = Newsroom(store, daily='weekly_on = "sun"')
    people = {"ada": room.join("ada"), "ben": room.join("ben"), "eve": room.join("eve")}
    room.join("fay", cadence=Cadence.WEEKLY)
    weekly = {"ben": room.join("gus", cadence=Cadence.WEEKLY)}
    room.due()
    room.write(1)
    room.now = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
    room.due()
    room.now += timedelta(hours=5)
    change(room, people["ada"], Cadence.WEEKLY)
    change(room, weekly["ben"], Cadence.EACH)
    room.write(2)
    room.now = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
    (made,) = room.due()
    assert room.got(made) == {"ben": "en||a2", "eve": "en||a2", "gus": "en||a2 a1"}
    room.now = SUNDAY
    made = room.due()[-1]
    assert room.got(made) == {"ada": "en||a2", "fay": "en||a2 a1"}


def test_who_changes_before_there_was_any_issue_missed_nothing(sqlite_store: Store) -> None:
    room = Newsroom(sqlite_store, daily='weekly_on = "sun"')
    person = room.join("ada", cadence=Cadence.WEEKLY)
    room.now += timedelta(hours=1)
    change(room, person, Cadence.EACH)
    room.write(1)
    assert room.got(room.by_hand()) == {"ada": "en||a1"}
    change(room, person, Cadence.WEEKLY)
    change(room, person, Cadence.EACH)
    room.now += timedelta(hours=1)
    assert room.by_hand().reason == "no new articles"


def test_once_weekly_is_not_offered_any_more_everybody_gets_each(sqlite_store: Store) -> None:
    room = Newsroom(sqlite_store, daily='weekly_on = "sun"')
    room.join("ada")
    room.join("eve", cadence=Cadence.WEEKLY)
    room.due()
    room.write(1)
    room.now = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
    room.due()
    room.config = Newsroom(sqlite_store).config
    room.write(2)
    room.now += DAY
    (made,) = room.due()
    assert room.got(made) == {"ada": "en||a2", "eve": "en||a2 a1"}


def change(room: Newsroom, person: int, cadence: Cadence) -> None:
    with room.store.write() as tx:
        (mine,) = subscribers.subscriptions_of(tx, person)
        choices.set_subscription(
            tx, mine.id, topics=(), cadence=cadence, paused_until=None, now=room.now
        )


# The reader's own time.


def test_each_reader_gets_it_at_the_same_time_of_day(store: Store) -> None:
    """send_in = "subscriber": one issue, made when it is seven for the first of them."""
    room = Newsroom(store, daily='send_in = "subscriber"')
    for name, zone in (("zoe", ""), ("tui", "Pacific/Auckland"), ("lee", "America/New_York")):
        room.join(name, timezone=zone)
    room.join("odd", timezone="Mars/Olympus")
    room.write(1)
    room.now = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    room.due()
    room.now = datetime(2026, 11, 23, 17, 59, tzinfo=UTC)
    assert room.due() == ()
    room.now = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
    (made,) = room.due()
    assert made.period == "2026-11-24"
    zurich = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
    assert room.times(made) == {
        "zoe": zurich,
        "tui": None,
        "lee": datetime(2026, 11, 24, 12, 0, tzinfo=UTC),
        "odd": zurich,
    }
    with store.read() as tx:
        assert made.issue_id
        issue = issues.get(tx, made.issue_id)
    assert issue is not None
    assert issue.expires_at == datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


def test_moving_east_or_west_makes_no_second_issue(sqlite_store: Store) -> None:
    """Exactly one issue a period: who moves between two of them gets the next one once."""
    room = Newsroom(sqlite_store, daily='send_in = "subscriber"')
    person = room.join("ada", timezone="Pacific/Auckland")
    room.join("ben")
    room.now = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    room.due()
    counts: dict[str, int] = {}
    zones = ("Pacific/Auckland", "Pacific/Pago_Pago", "Asia/Tokyo", "Pacific/Kiritimati", "")
    for hour in range(24 * 6):
        room.now += timedelta(hours=1)
        if hour % 7 == 0:
            room.write(hour + 1)
            with sqlite_store.write() as tx:
                choices.set_person(
                    tx,
                    person,
                    language="",
                    timezone=zones[hour // 7 % len(zones)],
                    mail_format=MailFormat.HTML,
                )
        for made in room.due():
            counts[made.period] = counts.get(made.period, 0) + 1
            assert set(room.got(made)) == {"ada", "ben"}
    days = [f"2026-11-{day}" for day in range(24, 30)]
    assert {period: counts.get(period) for period in days[:5]} == dict.fromkeys(days[:5], 1)


# What editors arrange.


def test_an_arrangement_holds_for_one_issue(sqlite_store: Store) -> None:
    room = Newsroom(sqlite_store)
    room.join("ada")
    numbers = [room.write(number) for number in range(1, 6)]
    with sqlite_store.write() as tx:
        editing.arrange(
            tx,
            "daily",
            {
                numbers[0]: Placement.LEAD,
                numbers[1]: Placement.FIRST,
                numbers[2]: Placement.HOLD,
                numbers[3]: Placement.DROP,
            },
            room.now,
        )
        editing.introduce(tx, "daily", "Good morning", room.now)
    assert room.got(room.by_hand()) == {"ada": "en|Good morning|a1 a2 a5"}
    assert room.got(room.by_hand()) == {"ada": "en||a3"}
    with sqlite_store.read() as tx:
        assert editing.placements(tx, "daily") == {numbers[3]: Placement.DROP}


def test_who_waits_too_long_for_room_is_not_mailed(sqlite_store: Store) -> None:
    room = Newsroom(
        sqlite_store, daily="max_articles = 1\nheadlines = 0\nmax_held_over = 2\nmax_per_source = 1"
    )
    room.join("ada")
    for number in range(1, 6):
        room.write(number)
    assert [room.got(room.by_hand())["ada"] for _ in range(2)] == ["en||a1", "en||a2"]
    with sqlite_store.read() as tx:
        assert list(editing.waits(tx, "daily", Cadence.EACH).values()) == [1, 2, 2, 2]
    assert room.by_hand().reason == "no new articles"


def test_a_story_of_several_sources_is_told_once(sqlite_store: Store) -> None:
    """The others are named with it, and it is not told again in a later issue."""
    room = Newsroom(sqlite_store)
    room.join("ada")
    text = " ".join(f"word{number}" for number in range(60))
    room.write(1, source="articles", content_text=text)
    room.write(2, source="wire", content_text=text + " more")
    result = room.by_hand()
    assert room.got(result) == {"ada": "en||a1 also:a2"}
    room.write(3, source="agency", content_text=text)
    assert room.by_hand().reason == "no new articles"
    with sqlite_store.read() as tx:
        assert result.issue_id
        assert [item.title for item in issues.articles_of(tx, result.issue_id)]
        assert [item.role for item in issues.also_in(tx, result.issue_id)] == ["also"]


def test_what_was_passed_by_is_recorded(sqlite_store: Store) -> None:
    room = Newsroom(sqlite_store, daily='weekly_on = "sun"')
    room.due()
    with sqlite_store.read() as tx:
        found = occurrences.recent(tx, "daily", cadence=Cadence.WEEKLY)
        assert [(item.state, item.cadence) for item in found] == [
            (OccurrenceState.SKIPPED, Cadence.WEEKLY)
        ]


# Counted links.


def test_counted_links_are_the_same_for_all_readers_and_frozen_with_the_issue(
    store: Store,
) -> None:
    """email.md C7: no tracking unless switched on, and then of articles, not of readers."""
    room = Newsroom(store, daily="click_counts = true")
    lister = Linker([bundled_templates()])
    one = room.write(1, topics=("World",))
    two = room.write(2, topics=("Arts",))
    room.join("all")
    room.join("world", topics=["World"])
    draft = draft_issue(store, room.config, lister, KEYRING, "daily", now=room.now)
    assert not isinstance(draft, str)
    assert "/c/" not in draft.mail.text, "the links of a draft lead nowhere yet"
    result = compose_now(store, room.config, lister, KEYRING, "daily", now=room.now)
    base = room.config.web.url
    links = {number: f"{base}c/daily/1/{number}" for number in (one, two)}
    assert room.got(result) == {"all": f"{links[two]} {links[one]}", "world": links[one]}
    with store.read() as tx:
        assert result.issue_id
        assert clicks.target(tx, "daily", 1, one) == (
            result.issue_id,
            "https://courier.example/articles/article-1/",
        )
        assert len(clicks.targets_of(tx, result.issue_id)) == 2
        assert clicks.counts_of(tx, result.issue_id) == {one: 0, two: 0}
    for day in ("2026-11-24", "2026-11-24", "2026-11-25"):
        with store.write() as tx:
            clicks.count(tx, day, {(result.issue_id, two): 2})
    with store.read() as tx:
        assert clicks.counts_of(tx, result.issue_id) == {two: 6, one: 0}


def test_links_are_not_counted_unless_that_is_wanted(sqlite_store: Store) -> None:
    room = Newsroom(sqlite_store)
    room.write(1)
    room.join("all")
    result = room.by_hand()
    with sqlite_store.read() as tx:
        assert result.issue_id
        assert clicks.targets_of(tx, result.issue_id) == ()
        assert clicks.counts_of(tx, result.issue_id) is None
