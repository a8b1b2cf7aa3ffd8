"""The sign-up form is read strictly where it matters, and leniently where it does not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reader_samples import SETTINGS, START

from digest.config import load
from digest.model import MailFormat
from digest.steps import readers
from digest.steps.readers import FormProblem, SignUp
from digest.steps.readers.forms import LEAST_WAIT, LONGEST_WAIT, MAX_TOPICS
from digest.tokens import Keyring

CONFIG = load(SETTINGS)
ONE = load(
    SETTINGS.replace("[briefings.weekly]", "#")
    .replace('title = "The Week"', "#")
    .replace('from_address = "week@gazette.example"', "#")
)
KEYS = Keyring((b"k" * 32,))


def read(**fields: str | list[str]) -> SignUp | FormProblem:
    """Return what the form with these fields says."""
    listed = {name: [value] if isinstance(value, str) else value for name, value in fields.items()}
    return readers.read_sign_up(listed, CONFIG)


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("192.0.2.7", "192.0.2.0/24"),
        ("192.0.2.255", "192.0.2.0/24"),
        ("::ffff:192.0.2.7", "192.0.2.0/24"),
        ("2001:db8:0:1ff:1::1", "2001:db8:0:100::/56"),
        ("fe80::1%eth0", "fe80::/56"),
        ("", ""),
        ("unix:", ""),
    ],
)
def test_budgets_count_by_network(client: str, network: str) -> None:
    """email.md, Consent: /24 and /56."""
    assert readers.network_of(client) == network


def test_a_form_says_who_wants_what() -> None:
    found = read(
        email="  Ada@Example.ORG ",
        briefing=["weekly", "daily", "weekly", "none"],
        topic=["World", "World", " Arts\r\nBcc: x ", "\x00"],
        language="de-ch",
        timezone="Europe/Zurich",
        format="text",
    )
    assert isinstance(found, SignUp)
    assert str(found.address) == "Ada@example.org"
    assert found.key == "ada@example.org"
    assert found.briefings == ("weekly", "daily")
    assert found.topics == ("World", "Arts Bcc: x")
    assert (found.language, found.timezone) == ("de-CH", "Europe/Zurich")
    assert found.mail_format is MailFormat.TEXT


def test_what_is_optional_and_makes_no_sense_is_left_out() -> None:
    found = read(email="a@example.org", briefing="daily", language="<b>", timezone="Mars/Base")
    assert isinstance(found, SignUp)
    assert (found.language, found.timezone, found.topics) == ("", "", ())
    assert found.mail_format is MailFormat.HTML


def test_a_form_cannot_carry_endless_topics() -> None:
    found = read(email="a@example.org", briefing="daily", topic=[str(n) for n in range(999)])
    assert isinstance(found, SignUp)
    assert len(found.topics) == MAX_TOPICS


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "ada@",
        "ada@localhost",
        "a@example.org, b@example.org",
        "a@example.org\r\nBcc: e@example.org",
        "a@example.org\u2028Bcc: e@example.org",
        "a\x85b@example.org",
        "x\n.\nMAIL FROM:<e@example.org>@example.org",
        "=?utf-8?q?a=0D=0ABcc:_e@x?=@",
        "a\x00@example.org",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    """security.md 5, at the door."""
    assert read(email=text, briefing="daily") is FormProblem.ADDRESS


def test_a_briefing_must_be_chosen_where_there_are_several() -> None:
    assert read(email="a@example.org") is FormProblem.BRIEFING
    assert read(email="a@example.org", briefing="none") is FormProblem.BRIEFING
    only = readers.read_sign_up({"email": ["a@example.org"]}, ONE)
    assert isinstance(only, SignUp)
    assert only.briefings == ("daily",)


def test_a_field_that_people_do_not_see_traps_programs() -> None:
    assert readers.is_trapped({readers.TRAP: ["http://x"]})
    assert not readers.is_trapped({readers.TRAP: [""]})
    assert not readers.is_trapped({})


@pytest.mark.parametrize(
    ("waited", "is_enough"),
    [
        (timedelta(0), False),
        (LEAST_WAIT - timedelta(seconds=1), False),
        (LEAST_WAIT, True),
        (LONGEST_WAIT, True),
        (LONGEST_WAIT + timedelta(seconds=1), False),
        (timedelta(seconds=-5), False),
    ],
)
def test_a_form_must_stand_open_for_a_persons_time(waited: timedelta, *, is_enough: bool) -> None:
    stamp = readers.make_stamp(KEYS, "192.0.2.0/24", START)
    assert readers.has_waited(KEYS, "192.0.2.0/24", stamp, START + waited) is is_enough


def test_a_stamp_is_good_in_one_network_and_with_any_key_there_ever_was() -> None:
    later = START + timedelta(minutes=1)
    stamp = readers.make_stamp(KEYS, "192.0.2.0/24", START)
    assert not readers.has_waited(KEYS, "198.51.100.0/24", stamp, later)
    rotated = Keyring((b"n" * 32, b"k" * 32))
    assert readers.has_waited(rotated, "192.0.2.0/24", stamp, later)
    assert not readers.has_waited(Keyring((b"n" * 32,)), "192.0.2.0/24", stamp, later)


@given(st.text(max_size=60))
def test_no_invented_stamp_is_good(text: str) -> None:
    assert not readers.has_waited(KEYS, "192.0.2.0/24", text, START)


@pytest.mark.parametrize(
    ("url", "is_allowed"),
    [
        ("https://www.gazette.example/thanks?x=1", True),
        ("https://WWW.gazette.example/", True),
        ("http://www.gazette.example/", False),
        ("https://www.gazette.example:8443/", False),
        ("https://www.gazette.example.evil.example/", False),
        ("https://www.gazette.example@evil.example/", False),
        ("https://evil.example/https://www.gazette.example/", False),
        ("//www.gazette.example/", False),
        ("//evil.example/", False),
        ("https:\\\\www.gazette.example/", False),
        ("https://www.gazette.example\\@evil.example/", False),
        ("java\nscript:alert(1)", False),
        ("javascript:alert(1)", False),
        ("https://www.gazette.example/\r\nSet-Cookie: a=b", False),
        ("https://www.gazette.example:x/", False),
        ("https://[", False),
        ("https://www.gäzette.example/", False),
        ("", False),
    ],
)
def test_readers_are_returned_only_to_sites_of_the_settings(url: str, *, is_allowed: bool) -> None:
    """security.md 11."""
    assert readers.may_return_to(url, ["https://www.gazette.example"]) is is_allowed
