"""config.toml: what is read, what is refused and how that is said (security.md 13)."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from digest.config import Config, load, redacted, warnings
from digest.config.environment import OTHER_VARIABLES, variable_of
from digest.config.shape import fields_at, is_named, is_secret, table_in, table_of
from digest.config.tables import DOMAINS, DomainConfig, Table
from digest.config.values import check_language
from digest.errors import ConfigError, NotFoundError, Problem
from digest.mail.pace.providers import provider_of
from digest.model import Author, BriefingInfo, FeedInfo, Publication
from digest.schedule import Schedule

SAMPLE = (Path(__file__).parent.parent / "config.toml").read_text("utf-8")

SMALLEST = """\
[publication]
title = "The Courier"
url = "https://courier.example"
id = "tag:courier.example,2026"
"""
"""Four lines; what is added to it begins on line 5."""

DAILY = """\
[briefings.daily]
title = "Daily"
from_address = "desk@courier.example"
"""
RELAY = """\
[relays.default]
host = "smtp.example.net"
"""


def problems(text: str, **environment: str) -> list[Problem]:
    """Return what is wrong with *text*; there must be something."""
    with pytest.raises(ConfigError) as caught:
        load(text, environment=environment)
    assert caught.value.problems
    return caught.value.problems


def reasons(text: str, **environment: str) -> list[str]:
    return [str(problem) for problem in problems(text, **environment)]


# The sample


def uncommented(text: str) -> str:
    """Return *text* with every option that is commented out set."""
    return re.sub(r"(?m)^#(?=[a-z0-9_]+ = |\[[a-z.]+\]$)", "", text)


def test_the_sample_is_valid_and_raises_no_doubts() -> None:
    config = load(SAMPLE)
    assert config.publication.timezone == "Europe/Zurich"
    assert config.briefings["daily"].max_age is None
    assert warnings(config) == []


def test_every_option_of_the_sample_can_be_set() -> None:
    config = load(uncommented(SAMPLE))
    assert config.schedule_of("weekly") == Schedule(
        time(8, 30), ZoneInfo("Europe/Zurich"), frozenset({5})
    )
    assert warnings(config) == []
    assert uncommented(SAMPLE).count("\n#") == SAMPLE.count("\n# ") + SAMPLE.count("\n#\n")


def test_the_sample_names_every_option() -> None:
    for section in Config.model_fields:
        header = rf"\[{section}\.[a-z]+\]" if is_named(section) else rf"\[{section}\]"
        path = (section, "default") if is_named(section) else (section,)
        check_that_the_sample_names(table_of(section), header, path)


def check_that_the_sample_names(model: type[Table], header: str, path: tuple[str, ...]) -> None:
    tables = re.findall(rf"(?ms)^#?{header}$.*?(?=^#?\[|\Z)", SAMPLE)
    assert tables, path
    for key, field in model.model_fields.items():
        inner = table_in(field)
        if inner is not None:
            check_that_the_sample_names(inner, rf"\[{path[0]}\.{key}\]", (*path, key))
        elif is_secret(field):
            assert variable_of((*path, key)) in SAMPLE
        else:
            assert any(re.search(rf"(?m)^#?{key} = ", table) for table in tables), (path, key)


def test_the_sample_shows_the_real_defaults() -> None:
    """What is commented out and has a default says what it is, also where that is derived."""
    as_it_stands, all_set = load(SAMPLE), load(uncommented(SAMPLE))
    compared = 0
    for path in paths_commented_out(SAMPLE):
        default, shown = value_at(as_it_stands, path), value_at(all_set, path)
        if default not in ("", None):
            assert shown == default, path
            compared += 1
    assert compared > 45


def paths_commented_out(text: str) -> list[tuple[str, ...]]:
    """Return the options that are commented out in tables that are not."""
    table: tuple[str, ...] | None = None
    found = []
    for line in text.splitlines():
        if match := re.fullmatch(r"(#?)\[([a-z.]+)\]", line):
            table = None if match[1] else tuple(match[2].split("."))
        elif table and (match := re.match(r"#([a-z0-9_]+) = ", line)):
            found.append((*table, match[1]))
    return found


def value_at(config: Config, path: tuple[str, ...]) -> object:
    value: Any = config
    for part in path:
        value = value[part] if isinstance(value, dict) else getattr(value, part)
    return value


# What is filled in


def test_four_lines_are_enough_for_feeds() -> None:
    config = load(SMALLEST)
    assert config.publication.url == "https://courier.example/"
    assert config.publish.url == "https://courier.example/feeds/"
    assert config.web.url == "https://courier.example/"
    assert list(config.sources) == ["articles"]
    assert config.sources["articles"].path == "articles"
    assert config.sources["articles"].language == "en"
    assert config.feed_infos() == (
        FeedInfo(
            name="main",
            title="The Courier",
            description="The Courier",
            language="en",
            rss_url="https://courier.example/feeds/rss.xml",
            atom_url="https://courier.example/feeds/atom.xml",
            json_url="https://courier.example/feeds/feed.json",
            uid="tag:courier.example,2026:feed/main",
            full_content=True,
            ttl_minutes=5,
        ),
    )
    assert config.briefings == {}
    assert warnings(config) == []


def test_main_is_the_first_feed_and_others_have_folders_of_their_own() -> None:
    config = load(
        SMALLEST
        + '[feeds.world-news]\ncontent = "summary"\nlanguage = "fr"\n'
        + '[feeds.main]\ntitle = "All"\ndescription = "Everything"\n'
        + '[publish]\nurl = "https://cdn.example/f"\nevery_minutes = 15'
    )
    main, world = config.feed_infos()
    assert (main.name, main.title, main.description) == ("main", "All", "Everything")
    assert main.rss_url == "https://cdn.example/f/rss.xml"
    assert world == FeedInfo(
        name="world-news",
        title="The Courier: World news",
        description="The Courier",
        language="fr",
        rss_url="https://cdn.example/f/world-news/rss.xml",
        atom_url="https://cdn.example/f/world-news/atom.xml",
        json_url="https://cdn.example/f/world-news/feed.json",
        uid="tag:courier.example,2026:feed/world-news",
        full_content=False,
        ttl_minutes=15,
    )


def test_a_briefing_takes_what_it_does_not_say_from_the_publication() -> None:
    config = load(
        SMALLEST.replace("title", 'language = "de-ch"\ntimezone = "Asia/Kathmandu"\ntitle')
        + DAILY
        + RELAY
        + '[relays.other]\nhost = "other.example.net"\ntls = "tls"'
    )
    briefing = config.briefing("daily")
    assert briefing.from_name == "The Courier"
    assert briefing.language == "de-CH"
    assert briefing.timezone == "Asia/Kathmandu"
    assert briefing.relay == "default"
    assert briefing.list_id == "daily.courier.example"
    assert briefing.unsubscribe_mailto == "unsubscribe@courier.example"
    assert briefing.max_lateness == timedelta(hours=6)
    assert briefing.expire_after == timedelta(hours=48)
    assert briefing.max_age == timedelta(days=30)
    assert config.relay_of("daily").host == "smtp.example.net"
    assert config.schedule_of("daily") == Schedule(time(7), ZoneInfo("Asia/Kathmandu"))
    assert config.briefing_info("daily") == BriefingInfo(
        name="daily", title="Daily", language="de-CH", timezone="Asia/Kathmandu"
    )


def test_a_briefings_own_words_win() -> None:
    config = load(
        SMALLEST
        + DAILY
        + 'from_name = "Desk"\nlanguage = "fr"\ntimezone = "Europe/Paris"\ncontent = "full"\n'
        + 'list_id = "Morning.Courier.Example"\nunsubscribe_mailto = "leave@courier.example"\n'
        + 'relay = "second"\nsend_at = 06:15:00\ndays = ["Monday", "wed-fri"]\n'
        + "day_of_month = [-1, 1, 1]\n"
        + RELAY
        + '[relays.second]\nhost = "[::1]"\ntls = "none"'.replace("[::1]", "::1")
    )
    briefing = config.briefing("daily")
    assert (briefing.from_name, briefing.language) == ("Desk", "fr")
    assert briefing.list_id == "morning.courier.example"
    assert briefing.unsubscribe_mailto == "leave@courier.example"
    assert briefing.days == ("mon", "wed", "thu", "fri")
    assert briefing.day_of_month == (-1, 1)
    assert config.relay_of("daily").port == 25
    assert config.briefing_info("daily").full_content
    assert config.schedule_of("daily") == Schedule(
        time(6, 15), ZoneInfo("Europe/Paris"), frozenset({0, 2, 3, 4}), frozenset({-1, 1})
    )


@pytest.mark.parametrize(("tls", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_a_relays_port_follows_its_tls(tls: str, port: int) -> None:
    assert load(f'{SMALLEST}{RELAY}tls = "{tls}"').relays["default"].port == port
    assert load(f'{SMALLEST}{RELAY}tls = "{tls}"\nport = 2525').relays["default"].port == 2525


def test_cron_stands_for_the_three_other_keys() -> None:
    config = load(f'{SMALLEST}{DAILY}cron = "30 6 * * mon-fri"\n{RELAY}')
    assert config.schedule_of("daily") == Schedule(
        time(6, 30), ZoneInfo("UTC"), frozenset(range(5))
    )


def test_the_publication_as_others_are_given_it() -> None:
    text = SMALLEST + (
        'description = "News"\nlanguage = "ar"\nauthor_name = "Desk"\naccent = "#ABCDEF"\n'
        'author_email = "desk@courier.example"\npostal_address = "A\\nB"\ncopyright = "© C"\n'
    )
    assert load(text + 'logo = "img/logo.png"').publication_value() == Publication(
        title="The Courier",
        url="https://courier.example/",
        id="tag:courier.example,2026",
        description="News",
        language="ar",
        author=Author("Desk", "desk@courier.example"),
        postal_address="A\nB",
        copyright="© C",
        logo_url="https://courier.example/img/logo.png",
        accent="#abcdef",
    )
    logo = "https://cdn.example/logo.png"
    assert load(f'{text}logo = "{logo}"').publication_value().logo_url == logo
    assert load(SMALLEST).publication_value().logo_url == ""
    assert load(SMALLEST).publication_value().author == Author("The Courier")


def test_asking_for_an_unknown_briefing_names_those_there_are() -> None:
    config = load(SMALLEST + DAILY + RELAY)
    for ask in (config.briefing, config.briefing_info, config.schedule_of, config.relay_of):
        with pytest.raises(NotFoundError, match=r"no briefing 'dayly'. There is: daily."):
            ask("dayly")


def test_a_subject_is_filled_once_and_its_values_are_data() -> None:
    """security.md 7: a title that looks like a placeholder stays as it is."""
    config = load(SMALLEST + DAILY + 'subject = "{briefing} {number}: {lead} ({date})"\n' + RELAY)
    subject = config.briefing("daily").subject_of(
        lead="{number} {lead} {0.__class__} %s", date="24 November", number=7
    )
    assert subject == "Daily 7: {number} {lead} {0.__class__} %s (24 November)"


def test_a_config_cannot_be_changed() -> None:
    config = load(SMALLEST)
    with pytest.raises(ValidationError, match="frozen"):
        config.publication.title = "Another"


def test_byte_order_mark_and_windows_line_ends_are_no_mistake() -> None:
    text = "\ufeff" + (SMALLEST + "[log]\nlevl = 'x'").replace("\n", "\r\n")
    assert reasons(text) == [
        "config.toml:6: log.levl: there is no such key in [log]; did you mean level?"
    ]


# What is refused, on its line


@pytest.mark.parametrize(
    ("added", "reason"),
    [
        # Keys and tables
        ("[publisher]", ":5: publisher: there is no such table; did you mean publish?"),
        ("[zzz]\na = 1", ":5: zzz: there is no such table; there is: publication, database,"),
        ("[log]\nlevle = 'info'", ":6: log.levle: there is no such key in [log]; did you mean lev"),
        ("[log]\nentries = 5", ":6: log.entries: there is no such key in [log]; there is: level,"),
        ("[log]\nkey_file = 5", "no such key in [log]; did you mean secrets.key_file?"),
        ("log = 5", ":5: publication.log: there is no such key in [publication]; did you mean lo"),
        (
            "[feeds]\ntitle = 'x'",
            ":6: feeds.title: must be a table [feeds.title], not the text 'x'",
        ),
        ("[[feeds]]", ":5: feeds: must be tables, each with a name: [feeds.main], not a list"),
        ("[feeds.'A b']", ':5: feeds."A b": must be 1 to 40 characters of a-z, 0-9, and single'),
        ("[feeds.a--b]", ":5: feeds.a--b: must be 1 to 40 characters"),
        (f"[feeds.{'a' * 41}]", "must be 1 to 40 characters"),
        ("[briefings.a]\nfrom_address = 'a@b.example'", ":5: briefings.a.title: is required: text"),
        ("feeds.a.entries = 1", "publication.feeds: there is no such key"),
        # Types, with unit and range
        (
            "[publish]\nevery_minutes = '5'",
            "a whole number of minutes, 1 to 1440, not the text '5'",
        ),
        ("[publish]\nevery_minutes = 5.5", "a whole number of minutes, 1 to 1440, not 5.5"),
        ("[publish]\nevery_minutes = true", "a whole number of minutes, 1 to 1440, not true"),
        ("[publish]\nevery_minutes = 0", "a whole number of minutes, 1 to 1440, not 0"),
        ("[publish]\nfolder = ''", ":6: publish.folder: must not be empty"),
        ("[publish]\nfolder = ['a']", "a path, relative to the folder of config.toml, not a list"),
        ("[publish]\nfolder = {}", "a path, relative to the folder of config.toml, not a table"),
        (
            f"[log]\nlevel = '{'x' * 61}'",
            'must be "debug", "info", "warning", or "error", not a lo',
        ),
        ("[feeds.a]\ntopics = 'x'", ":6: feeds.a.topics: must be a list of topics such as"),
        ("[feeds.a]\ntopics = [\n'x',\n5]", ":8: feeds.a.topics[1]: must be a list of topics"),
        ("[feeds.a]\ntopics = ['']", ":6: feeds.a.topics[0]: must not be empty"),
        ("[delivery]\nuncertain = 'drop'", '"retry" (perhaps twice, never lost) or "hold" (for'),
        (
            "[sources.a]\nkind = 'magazine'",
            'must be "folder", "feed", "page", or "push", not the text ',
        ),
        # Values
        ("language = 'german'", ":5: publication.language: 'german' is not a language tag"),
        (
            "language = 'en_us'",
            """'en_us' is not a language tag such as "en" or "de-CH"; write 'en-US'""",
        ),
        (
            "timezone = 'Zurich'",
            'not a time zone of the IANA database such as "Europe/Zurich"; did',
        ),
        ("timezone = 'Europe'", ":5: publication.timezone: 'Europe' is not a time zone"),
        ("timezone = '../../etc/passwd'", ":5: publication.timezone: '../../etc/passwd' is not a"),
        ("timezone = 'europe/zurich'", "did you mean 'Europe/Zurich'?"),
        ("timezone = 'new york'", "did you mean 'America/New_York'?"),
        (
            "timezone = '!'",
            "'!' is not a time zone of the IANA database such as \"Europe/Zurich\"$",
        ),
        ("accent = 'red'", ":5: publication.accent: 'red' must be a colour \"#rrggbb\" of six"),
        ("accent = '#12345'", "must be a colour"),
        ('author_name = "a\\nBcc: x"', ":5: publication.author_name: must be one line without"),
        ("author_email = 'Ann <a@b.example>'", "must be an email address alone, such as"),
        ("author_email = 'a@b..example'", "must be an email address alone"),
        ("author_email = 'a@.example'", "must be an email address alone"),
        ("author_email = 'mailto:a@b.example'", "must be an email address alone"),
        ("logo = 'ftp://x/y'", "'ftp://x/y' must be an absolute URL such as https://example.org/"),
        ("logo = '//x/y'", "must be an absolute URL"),
        ("[web]\nurl = 'https://a.example/?x'", "must not contain ? or #, because paths are added"),
        ("[web]\nurl = 'https://[a.example/'", "is not a URL"),
        ("[web]\nurl = 'https://a.example:99999/'", "is not a URL"),
        ("[web]\nurl = 'https:///path'", "must be an absolute URL"),
        ("[web]\nurl = 'https://a.example/a b'", "must not contain blanks; write them as %20"),
        ("[web]\nurl = 'https://u@a.example/'", "must not carry a user name or password"),
        ("[database]\nurl = 'postgres://h/d'", "must begin with postgresql://, not postgres://"),
        ("[database]\nurl = 'mysql://h/d'", "must be sqlite:///path/of/the/file or postgresql://"),
        ("[database]\nurl = 5", "must be a database URL such as sqlite:///state/x.sqlite3, not 5"),
        (
            "[relays.a]\nhost = 'smtp://h'",
            "must be a host name or an address alone, without scheme",
        ),
        ("[relays.a]\nhost = 'h:25'", "must be a host name or an address alone"),
        (
            "[relays.a]\nhost = 'h'\nport = 70000",
            ":7: relays.a.port: must be a port number, 1 to 65",
        ),
        # What keys of one table must agree on
        (
            "[relays.a]\nhost = 'h'\ntls = 'none'\nusername = 'u'",
            ':5: relays.a: has a username and tls = "none": the password would travel readable',
        ),
        (
            (
                "[dkim.a]\ndomain = 'h.example'\nselector = 'a'\nkey_file = 'k'\n"
                "ed25519_selector = 'e'"
            ),
            ":5: dkim.a: needs ed25519_selector and ed25519_key_file together, or neither",
        ),
        (
            (
                "[dkim.a]\ndomain = 'h.example'\nselector = 'a'\nkey_file = 'k'\n"
                "ed25519_selector = 'a'\ned25519_key_file = 'e'"
            ),
            ":5: dkim.a: has one selector for two keys",
        ),
        # What tables must agree on
        (DAILY, ":5: briefings.daily: needs a relay that takes its mail: add a table [relays.d"),
        (
            f"{DAILY}relay = 'defalt'\n{RELAY}",
            ":8: briefings.daily.relay: there is no relay 'defalt'; did you mean 'default'?",
        ),
        (
            f"{DAILY}relay = 'x'\n{RELAY}",
            ":8: briefings.daily.relay: there is no relay 'x'; there is: default",
        ),
        (
            "[feeds.a]\nsources = [\n'articles',\n'artikles']",
            ":8: feeds.a.sources[1]: there is no source 'artikles'; did you mean 'articles'?",
        ),
        (
            f"{DAILY}sources = ['x']\n{RELAY}[sources.news]",
            ":8: briefings.daily.sources[0]: there is no source 'x'; there is: news",
        ),
        (
            (
                f"{DAILY}{RELAY}[briefings.b]\ntitle = 'B'\nfrom_address = 'b@b.example'\n"
                "list_id = 'daily.courier.example'"
            ),
            ":13: briefings.b.list_id: 'daily.courier.example' is the list id of briefings.daily",
        ),
        (
            "[sources.a]\npath = 'x'\n[sources.b]\npath = './x/'",
            ":8: sources.b.path: './x/' is the folder of sources.a already",
        ),
        (
            "[publish]\nfolder = 'articles/feeds'",
            ":6: publish.folder: 'articles/feeds' lies in the folder of sources.articles",
        ),
    ],
)
def test_a_mistake_is_named_by_key_and_line(added: str, reason: str) -> None:
    (found,) = reasons(SMALLEST + added)
    expected = f"config.toml{reason}" if reason.startswith(":") else reason
    if expected.endswith("$"):
        assert found.endswith(expected[:-1])
    else:
        assert expected in found


@pytest.mark.parametrize(
    ("added", "reason"),
    [
        ("send_at = '7 am'", '\'7 am\' must be a time of day from "00:00" to "23:59"'),
        ("send_at = '24:00'", "must be a time of day"),
        ("send_at = 'subscriber'", "must be a time of day"),
        ("send_at = 07:00:30", "must be a time of day in whole minutes"),
        ("send_at = 7", 'must be a time of day such as "07:00", not 7'),
        ("send_at = 2026-01-01", 'must be a time of day such as "07:00", not 2026-01-01'),
        ("days = 'mon-fry'", "'fry' is not a day of the week"),
        ("days = []", "names no day at all; leave it out for every day"),
        ("days = 5", 'must be days of the week such as "mon-fri" or ["mon", "wed"], not 5'),
        (
            "days = ['mon', 5]",
            'briefings.daily.days[1]: must be days of the week such as "mon-fri"',
        ),
        ("day_of_month = [0]", "0 must be 1 to 31, or -1 for the last day of the month"),
        ("day_of_month = [32]", "32 must be 1 to 31"),
        ("day_of_month = [-2]", "-2 must be 1 to 31"),
        ("day_of_month = ['1']", "must be a list of days of the month such as [1, 15], with -1"),
        ("cron = '0 7 * *'", "must have five fields"),
        ("cron = '*/5 * * * *'", "minute must be a single number"),
        ("cron = '0 7 * * *'\ndays = 'mon'", "has cron and also days; keep one of the two"),
        ("cron = '0 7 * * *'\nsend_at = '07:00'", "has cron and also send_at"),
        ("min_articles = 5\nmax_articles = 4", "has min_articles above max_articles"),
        (
            "subject = '{title}'",
            "'{title}' is no placeholder; there are {briefing}, {lead}, {date}",
        ),
        ("subject = '{lead.__class__}'", "'{lead.__class__}' is no placeholder"),
        ("subject = '{lead!r}'", "'{lead!r}' is no placeholder"),
        ("subject = 'a { b'", "'{ b' is no placeholder"),
        ("subject = 'a } b'", "'}' is no placeholder"),
        ('subject = "a\\u2028b"', "must be one line without control characters"),
        ("list_id = 'daily'", "'daily' must be a name and a domain, such as daily.example.org"),
        ("list_id = 'a b.example'", "must be a name and a domain"),
        (f"list_id = '{'a' * 250}.example'", "must be a name and a domain"),
        ("lead = 'oldest'", '"pinned" (the newest pinned article, else the newest), "newest", or'),
        ("max_age_days = -1", "must be a whole number of days, 0 for no limit, not -1"),
        ("max_lateness_hours = 0", "must be a whole number of hours, 1 to 168, not 0"),
    ],
)
def test_a_mistake_in_a_briefing_is_named(added: str, reason: str) -> None:
    (found,) = reasons(SMALLEST + RELAY + DAILY + added)
    assert re.match(r"config\.toml:\d+: briefings\.daily", found)
    assert reason in found


@pytest.mark.parametrize(
    ("value", "is_valid"),
    [
        ("tag:example.org,2026", True),
        ("tag:example.org,2026-11", True),
        ("tag:example.org,2026-11-24", True),
        ("tag:desk@example.org,2026", True),
        ("tag:example.org,2026:", False),
        ("tag:example.org,2026-13", False),
        ("tag:example.org,2026-02-30", False),
        ("tag:example.org,0000", False),
        ("tag:example.org,26", False),
        ("tag:Example.org,2026", False),
        ("tag:-example.org,2026", False),
        ("tag:example.org", False),
        ("https://example.org/", False),
        ("", False),
    ],
)
def test_the_id_is_the_prefix_of_tag_uris(value: str, is_valid: bool) -> None:  # noqa: FBT001 - a table
    text = SMALLEST.replace("tag:courier.example,2026", value)
    if is_valid:
        assert load(text).publication.id == value
    else:
        (found,) = reasons(text)
        assert found.startswith(f"config.toml:4: publication.id: {value!r} must ")
        assert 'such as "tag:example.org,2026": a domain you own and a year' in found


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("title = Hello", "config.toml:1: is not valid TOML: Invalid value; text must stand in q"),
        ("[a]\nb = 1\nb = 2", "config.toml:3: is not valid TOML: Cannot overwrite a value"),
        ("[a]\n\n[a", "config.toml:3: is not valid TOML: "),
        ("a = '''\n\n", "config.toml:3: is not valid TOML: "),
        ("a = " + "[" * 5000, "nested too deeply"),
    ],
)
def test_a_slip_in_the_toml_is_named_by_line(text: str, reason: str) -> None:
    (found,) = reasons(text)
    assert reason in found


def test_a_publication_is_required() -> None:
    assert reasons("") == [
        "config.toml: publication: is required: a table [publication] with title, url, and id"
    ]
    assert reasons("[publication]\ntitle = 'x'") == [
        "config.toml:1: publication.url: is required: an http(s) URL",
        'config.toml:1: publication.id: is required: a tag such as "tag:example.org,2026"',
    ]


def test_everything_that_is_wrong_is_named_at_once_in_the_order_of_the_file() -> None:
    """Also what tables must agree on, although some of them are wrong in themselves."""
    text = """\
[publication]
title = ""
url = "courier.example"
id = "tag:courier.example,2026"
[briefings.daily]
title = "Daily"
from_address = "desk@courier.example"
relay = "fast"
[briefings.weekly]
titel = "Weekly"
from_address = "desk"
[relays.default]
host = 5
[feeds.main]
sources = ["press"]
"""
    found = [(problem.line, problem.reason.partition(":")[0]) for problem in problems(text)]
    assert found == [
        (2, "publication.title"),
        (3, "publication.url"),
        (8, "briefings.daily.relay"),
        (9, "briefings.weekly.title"),
        (10, "briefings.weekly.titel"),
        (11, "briefings.weekly.from_address"),
        (13, "relays.default.host"),
        (15, "feeds.main.sources[0]"),
    ]


def test_problems_carry_the_files_name_and_stop_everything() -> None:
    with pytest.raises(ConfigError) as caught:
        load("a = 1", where="/etc/digest/config.toml")
    assert str(caught.value).startswith("/etc/digest/config.toml:1: a: there is no such table")
    assert {problem.severity for problem in caught.value.problems} == {"error"}


@given(text=st.text(st.sampled_from("[]{}=.\"'#\n ,abpublicationfeeds1"), max_size=60))
def test_any_text_is_a_config_or_a_list_of_problems(text: str) -> None:
    try:
        load(text)
    except ConfigError as error:
        assert error.problems  # noqa: PT017 - both ends are right
    else:
        raise AssertionError(text)  # There is no publication in it.


# The environment


def test_variables_stand_above_the_file() -> None:
    config = load(
        SMALLEST + DAILY + RELAY + '[feeds.world-news]\ntitle = "W"',
        environment={
            "DIGEST_PUBLICATION__TITLE": "The Other",
            "DIGEST_PUBLICATION__AUTHOR_NAME": '"Quoted"',
            "DIGEST_PUBLICATION__DESCRIPTION": "2026",
            "DIGEST_PUBLICATION__COPYRIGHT": "1\nx = 2",
            "DIGEST_PUBLISH__EVERY_MINUTES": "15",
            "DIGEST_LOG__LEVEL": "debug",
            "DIGEST_FEEDS__WORLD_NEWS__TOPICS": '["World", "Asia"]',
            "DIGEST_BRIEFINGS__DAILY__SEND_AT": "06:30",
            "DIGEST_BRIEFINGS__DAILY__DAYS": "mon-fri",
            "DIGEST_RELAYS__DEFAULT__RATE_PER_SECOND": "2.5",
            "DIGEST_RELAYS__BACK_UP__HOST": "backup.example.net",
            "DIGEST_DATABASE__URL": "postgresql://u:secret@h/d",
            "DIGEST_SECRETS__KEY": "12345",
            "DIGEST_CONFIG": "/etc/digest/config.toml",
            "HOME": "/root",
        },
    )
    assert config.publication.title == "The Other"
    assert config.publication.author_name == "Quoted"
    assert config.publication.description == "2026"
    assert config.publication.copyright == "1\nx = 2"
    assert config.publish.every_minutes == 15
    assert config.log.level == "debug"
    assert config.feeds["world-news"].topics == ("World", "Asia")
    assert config.briefings["daily"].send_at == time(6, 30)
    assert config.briefings["daily"].days == ("mon", "tue", "wed", "thu", "fri")
    assert config.relays["default"].rate_per_second == 2.5
    assert config.relays["back-up"].host == "backup.example.net"
    assert config.secrets.key == SecretStr("12345")


def test_the_environment_alone_is_enough() -> None:
    environment = {
        "DIGEST_PUBLICATION__TITLE": "T",
        "DIGEST_PUBLICATION__URL": "https://t.example/",
        "DIGEST_PUBLICATION__ID": "tag:t.example,2026",
    }
    assert load("", environment=environment).publication.title == "T"


@pytest.mark.parametrize(
    ("variable", "reason"),
    [
        (
            "DIGEST_PUBLISH__EVERY_MINUTE",
            "no such key; did you mean DIGEST_PUBLISH__EVERY_MINUTES?",
        ),
        ("DIGEST_TIMEZONE", "there is no such key; did you mean DIGEST_PUBLICATION__TIMEZONE?"),
        ("DIGEST_publish__folder", "there is no such key"),
        ("DIGEST_relays__a__host", "there is no such key"),
        ("DIGEST_RELAYS__PASSWORD", "there is no such key"),
        ("DIGEST_RELAYS__A!__HOST", "there is no such key"),
        ("DIGEST_", "there is no such key"),
        ("DIGEST_12", "there is no such key; names are like DIGEST_PUBLICATION__TITLE"),
    ],
)
def test_an_unknown_variable_is_an_error_that_names_it(variable: str, reason: str) -> None:
    (found,) = reasons(SMALLEST, **{variable: "x"})
    assert found.startswith(f"environment: {variable}: ")
    assert reason in found


def test_a_mistake_in_a_variable_names_the_variable() -> None:
    assert reasons(
        SMALLEST,
        DIGEST_PUBLISH__EVERY_MINUTES="often",
        DIGEST_FEEDS__WORLD__TOPICS="World",
        DIGEST_RELAYS__A__USERNAME="ann",
    ) == [
        (
            "environment: DIGEST_PUBLISH__EVERY_MINUTES: publish.every_minutes: must be a whole "
            "number of minutes, 1 to 1440, not the text 'often'"
        ),
        (
            "environment: DIGEST_FEEDS__WORLD__TOPICS: feeds.world.topics: must be a list of "
            'topics such as ["world", "arts"], not the text \'World\''
        ),
        (
            "environment: DIGEST_RELAYS__A__USERNAME: relays.a.host: is required: a host name or "
            "address"
        ),
    ]


def test_a_variable_for_what_is_no_table_leaves_the_files_mistake_to_be_told() -> None:
    (found,) = reasons(SMALLEST + "[feeds]\nmain = 5", DIGEST_FEEDS__MAIN__TITLE="x")
    assert found == "config.toml:6: feeds.main: must be a table [feeds.main], not 5"
    (found,) = reasons("log = 5\n" + SMALLEST, DIGEST_LOG__LEVEL="info")
    assert found == "config.toml:1: log: must be a table [log], not 5"


def test_every_key_has_a_variable_of_its_own() -> None:
    names = [
        variable_of((section, *(("a",) if is_named(section) else ()), key))
        for section in Config.model_fields
        for key in table_of(section).model_fields
    ]
    assert len(set(names)) == len(names)
    assert not OTHER_VARIABLES & set(names)


# Secrets


@pytest.mark.parametrize(
    ("added", "reason"),
    [
        (
            f'{RELAY}password = "sekrit"',
            (
                ":7: relays.default.password: a secret must not stand in the file. Write it into a "
                "file that only Digest can read and name that in password_file, or set "
                "DIGEST_RELAYS__DEFAULT__PASSWORD"
            ),
        ),
        (
            '[relays]\na-b = { host = "h", password = "sekrit" }',
            "name that in password_file, or set DIGEST_RELAYS__A_B__PASSWORD",
        ),
        ('[secrets]\nkey = "sekrit"', "name that in key_file, or set DIGEST_SECRETS__KEY"),
        (
            '[database]\nurl = "postgresql://ann:sekrit@h/d"',
            (
                ":6: database.url: a password must not stand in the file. Keep it in ~/.pgpass, or "
                "set the whole URL as DIGEST_DATABASE__URL"
            ),
        ),
        ('[web]\nurl = "https://ann:sekrit@h/"', "must not carry a user name or password"),
        ('[web]\nurl = "smtp://ann:sekrit@h/"', "must be an absolute URL"),
        (f'{RELAY}pasword = "sekrit"', "did you mean password?"),
        ('[database]\nurl = "postgresql://ann:sekrit@[h/d"', "a password must not stand in"),
        ('[database]\nurl = "postgresql://ann:@sekrit/@h/d"', "a password must not stand in"),
        ('[relays.a]\nhost = "smtp://ann:@sekrit@h"', "must be a host name or an address alone"),
        ('[database]\nurl = "mysql://ann:sekrit@h/d"', "a password must not stand in the file"),
    ],
)
def test_a_secret_in_the_file_is_refused_and_never_repeated(added: str, reason: str) -> None:
    """security.md 13."""
    (shown,) = reasons(SMALLEST + added)
    assert reason in shown
    assert "sekrit" not in shown


def planted() -> Config:
    return load(
        SMALLEST + RELAY + 'username = "ann"',
        environment={
            "DIGEST_RELAYS__DEFAULT__PASSWORD": "sekrit-1",
            "DIGEST_SECRETS__KEY": "sekrit-2",
            "DIGEST_DATABASE__URL": "postgresql://ann:sekrit-3@h/d",
        },
    )


def test_a_planted_secret_is_seen_nowhere() -> None:
    """security.md 13: neither in what is shown, nor in what a log or traceback would hold."""
    config = planted()
    for text in (repr(config), str(config), json.dumps(redacted(config))):
        assert "sekrit" not in text
    assert redacted(config)["database"]["url"] == "postgresql://ann:***@h/d"
    assert redacted(config)["relays"]["default"]["password"] == "**********"
    password = config.relays["default"].password
    assert password is not None
    assert password.get_secret_value() == "sekrit-1"
    assert config.database.url == "postgresql://ann:sekrit-3@h/d"


def test_what_is_shown_without_secrets_can_be_loaded_again() -> None:
    shown = redacted(load(SMALLEST + DAILY + RELAY))
    assert shown["briefings"]["daily"]["send_at"] == "07:00:00"
    del shown["relays"]["default"]["password"], shown["secrets"]["key"]
    del shown["feedback"]["imap"]["password"]
    assert redacted(load(to_toml(shown))) == redacted(load(SMALLEST + DAILY + RELAY))


def to_toml(shown: dict[str, Any]) -> str:
    """Return *shown* as TOML, less the keys that cron stands for or that are empty."""
    lines = []
    for section, table in shown.items():
        tables = {section: table}
        if is_named(section):
            tables = {f"{section}.{name}": inner for name, inner in table.items()}
        for header, inner in tables.items():
            lines.append(f"[{header}]")
            lines += [f"{key} = {inline(v)}" for key, v in inner.items() if v is not None]
    text = "\n".join(lines)
    tomllib.loads(text)
    return text


def inline(value: object) -> str:
    """Return *value* as TOML has it in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}" = {inline(item)}' for key, item in value.items()) + "}"
    return json.dumps(value)


def test_two_passwords_are_one_too_many() -> None:
    (found,) = reasons(
        f"{SMALLEST}{RELAY}password_file = 'p'", DIGEST_RELAYS__DEFAULT__PASSWORD="x"
    )
    assert found.startswith("config.toml:5: relays.default: has a password by environment and a")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_a_login_without_tls_is_allowed_on_this_machine(host: str) -> None:
    config = load(
        f"{SMALLEST}[relays.a]\nhost = '{host}'\ntls = 'none'\nusername = 'u'\npassword_file = 'p'"
    )
    assert config.relays["a"].has_login
    assert warnings(config) == []


# Doubts


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            f'{SMALLEST}{RELAY}username = "ann"',
            "relays.default.username: there is no password; set DIGEST_RELAYS__DEFAULT__PASSWORD",
        ),
        (
            f'{SMALLEST}{RELAY}password_file = "p"',
            "relays.default: has a password and no username, so nobody logs in",
        ),
        (f"{SMALLEST}{DAILY}{RELAY}", "publication.postal_address: is empty; many countries"),
        (
            f"{SMALLEST.replace('https', 'http')}postal_address = 'A'\n{DAILY}{RELAY}",
            "web.url: 'http://courier.example/' is not https, which one-click",
        ),
    ],
)
def test_what_is_probably_a_mistake_is_a_warning(text: str, reason: str) -> None:
    (warning,) = warnings(load(text), where="c.toml")
    assert warning.where == "c.toml"
    assert warning.severity == "warning"
    assert warning.reason.startswith(reason)


# Single values


@pytest.mark.parametrize(
    ("value", "normal"),
    [
        ("EN", "en"),
        ("de-ch", "de-CH"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("sl-ROZAJ-biske", "sl-rozaj-biske"),
        ("de-1996", "de-1996"),
        ("zh-YUE-hk", "zh-yue-HK"),
        ("en-U-ca-Gregory-x-Mine", "en-u-ca-gregory-x-mine"),
    ],
)
def test_language_tags_take_their_usual_case(value: str, normal: str) -> None:
    """RFC 5646, section 2.1.1."""
    assert check_language(value) == normal
    assert check_language(normal) == normal


@pytest.mark.parametrize(
    "value", ["e", "english", "en-", "-en", "en--us", "x", "en us", "en-usaa1-"]
)
def test_what_is_no_language_tag_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="is not a language tag"):
        check_language(value)


# Several relays, seeds, and domains


def test_relays_of_a_briefing_are_one_or_several() -> None:
    two = SMALLEST + DAILY + "relays = ['b', 'a']\n" + RELAY + "[relays.a]\nhost = 'x'\n"
    config = load(two + "[relays.b]\nhost = 'x'\nweight = 0\nwarmup_start = 2026-12-01")
    assert (config.briefings["daily"].relay, config.briefings["daily"].relays) == ("b", ("b", "a"))
    assert config.relays["b"].warmup_start == date(2026, 12, 1)
    one = load(SMALLEST + DAILY + RELAY).briefings["daily"]
    assert (one.relay, one.relays) == ("default", ("default",))
    assert (one.seeds, one.canary_messages) == ((), 200)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("relays = ['default', 'x']", "daily.relays[1]: there is no relay 'x'; there is: default"),
        ("relays = ['default', 'default']", "daily: names a relay twice in relays"),
        ("relays = ['other']\nrelay = 'default'", "daily: has relay and also relays; keep one"),
        ("seeds = ['nobody']", "daily.seeds[0]: 'nobody' must be an email address alone"),
        ("seeds = 'a@b.example'", "daily.seeds: must be a list of addresses such as"),
        ("canary_messages = -1", "daily.canary_messages: must be a whole number of mails"),
    ],
)
def test_what_a_briefing_cannot_say_of_its_relays(lines: str, reason: str) -> None:
    assert any(reason in found for found in reasons(SMALLEST + DAILY + lines + "\n" + RELAY))


def test_domains_have_limits_of_their_own_beside_those_of_large_services() -> None:
    config = load(SMALLEST + '[delivery.domains."GMail.com"]\nrate_per_second = 5')
    assert config.delivery.domains == {
        **DOMAINS,
        "gmail.com": DomainConfig(rate_per_second=5),
    }
    assert load(SMALLEST).delivery.domains == DOMAINS
    assert {provider_of(domain) for domain in DOMAINS} == set(DOMAINS)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (
            "[delivery.domains]\nx = 1",
            "x: must be tables, each with a domain: [delivery.doma",
        ),
        ("[delivery.domains.'a b']\n", "must be a host name"),
        (
            "[delivery.domains.'a.test']\nconnection = 1",
            'there is no such key in [delivery.domains."a.test"]; did you mean connections?',
        ),
        (
            "[delivery.domains.'a.test']\nrate_per_second = -1",
            '"a.test".rate_per_second: must be a number of mails a second, 0 for no limit, not -1',
        ),
        ("[delivery.uncertain.'a.test']\nx = -1", "delivery.uncertain: must be"),
        ("[[delivery.domains]]\nx = -1", "delivery.domains: must be tables, each with a domain"),
    ],
)
def test_what_a_domain_cannot_have(lines: str, reason: str) -> None:
    (found,) = reasons(f"{SMALLEST}{lines}")
    assert reason in found


def test_keys_are_known_as_deep_as_there_are_tables() -> None:
    assert "poll_seconds" in fields_at(("feedback", "imap"))
    assert set(fields_at(("delivery", "domains", "a.test"))) == {"connections", "rate_per_second"}
    for path in (
        ("delivery", "uncertain", "a.test"),
        ("delivery", "domains", "a.test", "x"),
        ("relays", "a", "weight", "x"),
        ("nowhere", "a"),
    ):
        assert fields_at(path) == {}


# A table in a table


def test_a_table_in_a_table_is_read_checked_and_overridden() -> None:
    """security.md 13: its password comes by environment or from a file, never in config.toml."""
    imap = "[feedback.imap]\nhost = 'imap.example.net'\nusername = 'news'\n"
    config = load(SMALLEST + imap, environment={"DIGEST_FEEDBACK__IMAP__PASSWORD": "123"})
    assert config.feedback.imap.password == SecretStr("123")
    assert redacted(config)["feedback"]["imap"]["password"] == "**********"
    assert config.feedback.halve_after == timedelta(days=60)
    assert config.feedback.pause == timedelta(minutes=30)
    (found,) = reasons(SMALLEST + imap + "password = 'x'")
    assert ":8: feedback.imap.password: a secret must not stand in the file" in found
    (found,) = reasons(SMALLEST + imap + "hosts = 'x'")
    assert "did you mean host?" in found


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("host = 'h'", "needs a username"),
        ("host = 'h'\nusername = 'u'\ntls = 'none'", "the password would travel readable"),
        ("folder = 'Digest'", "needs a processed_folder that is another one"),
    ],
)
def test_a_mailbox_that_cannot_work_is_refused(text: str, reason: str) -> None:
    """security.md 14: no password without TLS, except on this machine."""
    (found,) = reasons(f"{SMALLEST}[feedback.imap]\n{text}\n")
    assert reason in found


def test_a_mailbox_has_one_password() -> None:
    text = f"{SMALLEST}[feedback.imap]\nhost = 'h'\nusername = 'u'\npassword_file = 'p'\n"
    (found,) = reasons(text, DIGEST_FEEDBACK__IMAP__PASSWORD="x")
    assert "keep one" in found


# Webhooks

BREVO = "[web]\nlisten = '127.0.0.1:1'\n[feedback.webhooks.brevo]\nprovider = 'brevo'\n"


def test_a_webhooks_secret_comes_by_environment_or_from_a_file() -> None:
    """security.md 13."""
    name = "DIGEST_FEEDBACK__WEBHOOKS__BREVO__SECRET"
    config = load(SMALLEST + BREVO, environment={name: "123"})
    hook = config.feedback.webhooks["brevo"]
    assert hook.secret == SecretStr("123")
    assert hook.max_age == timedelta(days=1)
    assert redacted(config)["feedback"]["webhooks"]["brevo"]["secret"] == "**********"
    found = reasons(SMALLEST + BREVO + "secret = 'x'")
    assert any(f"a secret must not stand in the file. {IN_A_FILE}{name}" in one for one in found)


IN_A_FILE = "Write it into a file that only Digest can read and name that in secret_file, or set "


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("provider = 'brevo'", "needs a secret for brevo"),
        ("provider = 'other'", 'provider: must be "ses" (Amazon), "postmark", "sendgrid"'),
        ("provider = 'ses'\nsecret_file = 'x'", "has a secret, and ses knows none"),
        ("provider = 'sendgrid'", "needs a public_key for sendgrid"),
        ("provider = 'ses'\npublic_key = 'x'", "needs a public_key for sendgrid, and for no"),
        ("provider = 'mailgun'\nsecret_file = 'x'\ntopics = ['arn:aws:sns:a:123456789012:b']",
         'has topics, which only "ses" knows'),
        ("provider = 'ses'\ntopics = ['x']", "'x' must be the ARN of a topic such as"),
        ("provider = 'ses'\nmax_age_minutes = 1", "a whole number of minutes, 5 to 10080"),
        ("provider = 'ses'\nsecrets = 1", "did you mean secret?"),
        ("", "webhooks.a.provider: is required"),
    ],
)  # fmt: skip
def test_what_a_webhook_cannot_have(lines: str, reason: str) -> None:
    web = "[web]\nlisten = '127.0.0.1:1'\n"
    (found,) = reasons(f"{SMALLEST}{web}[feedback.webhooks.a]\n{lines}")
    assert reason in found


def test_a_webhook_has_one_secret_and_a_server() -> None:
    environment = {"DIGEST_FEEDBACK__WEBHOOKS__BREVO__SECRET": "123"}
    with pytest.raises(ConfigError, match="keep one"):
        load(SMALLEST + BREVO + "secret_file = 'x'", environment=environment)
    (found,) = reasons(SMALLEST + "[feedback.webhooks.a]\nprovider = 'ses'")
    assert "feedback.webhooks: need the web server: set [web] listen" in found
    (found,) = reasons(SMALLEST + "[feedback]\nwebhooks = 5")
    assert "feedback.webhooks: must be tables, each with a name" in found
