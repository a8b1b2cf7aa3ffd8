"""Envelope senders say which delivery bounced, and cannot be made up."""

from __future__ import annotations

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.errors import AddressError, MessageError
from digest.mail.address import parse_address
from digest.mail.verp import MAX_ID, decode, encode

OLD = b"the old secret, 16 bytes or more"
NEW = b"the new secret, 16 bytes or more"
MAILBOX = parse_address("bounces@news.example.org")
BASE32 = string.ascii_lowercase + "234567"
ids = st.integers(0, MAX_ID)


@given(ids, ids, st.sampled_from(["+", "-", "="]))
@example(0, 0, "+")
@example(MAX_ID, MAX_ID, "+")
def test_round_trip(issue_id: int, subscriber_id: int, separator: str) -> None:
    """email.md, envelope: what encode writes, decode reads; it is an address like any other."""
    sender = encode(MAILBOX, issue_id, subscriber_id, (NEW,), separator=separator)
    assert decode(sender, (NEW,)) == (issue_id, subscriber_id)
    address = parse_address(sender)
    assert str(address) == sender
    assert len(address.local) <= 64
    assert address.domain == MAILBOX.domain


def test_form() -> None:
    """Senders are kept in other people's logs for weeks: their form must not change."""
    assert encode(MAILBOX, 1, 2, (NEW,)) == (
        "bounces+aaaaaaabaaaaaaacm5ifkig5lbadqa2t@news.example.org"
    )


@given(ids, ids)
def test_servers_that_change_case_do_no_harm(issue_id: int, subscriber_id: int) -> None:
    sender = encode(MAILBOX, issue_id, subscriber_id, (NEW,))
    assert decode(sender.upper(), (NEW,)) == (issue_id, subscriber_id)
    assert decode(sender.title(), (NEW,)) == (issue_id, subscriber_id)


def test_mailbox_and_domain_may_change() -> None:
    """Bounces of old issues still come after the operator has moved."""
    token = encode(MAILBOX, 1, 2, (NEW,)).split("+")[1].split("@")[0]
    assert decode(f"b-o+unce-{token}@other.example", (NEW,)) == (1, 2)


@given(ids, ids, st.data())
def test_no_character_can_be_changed(
    issue_id: int, subscriber_id: int, data: st.DataObject
) -> None:
    """A forged bounce would unsubscribe somebody."""
    sender = encode(MAILBOX, issue_id, subscriber_id, (NEW,))
    start = sender.index("+") + 1
    at = data.draw(st.integers(start, start + 31))
    other = data.draw(st.sampled_from(BASE32).filter(lambda c: c != sender[at]))
    assert decode(sender[:at] + other + sender[at + 1 :], (NEW,)) is None


@given(st.text(BASE32, min_size=32, max_size=32))
def test_made_up_tokens_are_nothing(token: str) -> None:
    assert decode(f"bounces+{token}@news.example.org", (NEW, OLD)) is None


@pytest.mark.parametrize(
    "address",
    [
        "",
        "bounces@news.example.org",
        "bounces+short@news.example.org",
        "bounces" + "a" * 32 + "@news.example.org",
        encode(MAILBOX, 1, 2, (NEW,)).replace("+", "+x"),
        encode(MAILBOX, 1, 2, (NEW,)).replace("k", "\N{KELVIN SIGN}") + "\N{KELVIN SIGN}",
        f"<{encode(MAILBOX, 1, 2, (NEW,))}>@x",
    ],
)
def test_other_addresses_are_nothing(address: str) -> None:
    assert decode(address, (NEW,)) is None


def test_secrets_rotate() -> None:
    """The first secret signs; senders signed by the old one are known until it is dropped."""
    before = encode(MAILBOX, 1, 2, (OLD,))
    after = encode(MAILBOX, 1, 2, (NEW, OLD))
    assert after == encode(MAILBOX, 1, 2, (NEW,)) != before
    assert decode(before, (NEW, OLD)) == decode(after, (NEW, OLD)) == (1, 2)
    assert decode(before, (NEW,)) is None
    assert decode(after, ()) is None


@pytest.mark.parametrize("mailbox", ["b" * 32 + "@example.org", "jörg@example.org"])
def test_mailbox_that_leaves_no_room_is_refused(mailbox: str) -> None:
    with pytest.raises(AddressError, match="at most 31 ASCII"):
        encode(parse_address(mailbox), 1, 2, (NEW,))


def test_longest_mailbox_fits() -> None:
    sender = encode(parse_address("b" * 31 + "@example.org"), 1, 2, (NEW,))
    assert len(sender.split("@")[0]) == 64


@pytest.mark.parametrize(
    ("issue_id", "subscriber_id", "secrets", "separator", "hint"),
    [
        (-1, 1, (NEW,), "+", "out of range"),
        (1, 2**40, (NEW,), "+", "out of range"),
        (1, 1, (), "+", "no secret"),
        (1, 1, (b"short",), "+", "16 bytes"),
        (1, 1, (NEW,), ".", "cannot separate"),
    ],
)
def test_impossible_senders_are_refused(
    issue_id: int, subscriber_id: int, secrets: tuple[bytes, ...], separator: str, hint: str
) -> None:
    with pytest.raises(MessageError, match=hint):
        encode(MAILBOX, issue_id, subscriber_id, secrets, separator=separator)
