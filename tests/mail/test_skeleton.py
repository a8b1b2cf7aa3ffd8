"""A finished mail with holes: filled quickly, kept exactly, and never filled wrongly."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.errors import MessageError
from digest.mail.address import parse_address
from digest.mail.skeleton import (
    MESSAGE_ID,
    MIN_SHARED_OCTETS,
    TO,
    Skeleton,
    check_slots,
    cut,
    is_value,
)

ME = parse_address("me@example.org")
ID = "<abc.d-e_f@example.org>"
TOKEN = "aZ09_-" + "x" * 34


def skeleton(*extra: str) -> Skeleton:
    cuts = (TO, MESSAGE_ID, *extra)
    literals = tuple(f"[{index}]".encode() for index in range(len(cuts) + 1))
    return Skeleton(literals, cuts, "example.org")


def test_fill_puts_every_value_in_its_place() -> None:
    filled = skeleton("token", "other", "token").fill(ME, ID, {"token": TOKEN, "other": "o" * 40})
    expected = f"[0]me@example.org[1]{ID}[2]{TOKEN}[3]{'o' * 40}[4]{TOKEN}[5]"
    assert filled == expected.encode()


def test_slots_names_what_fill_needs_and_more_is_ignored() -> None:
    made = skeleton("token")
    assert made.slots == {"token"}
    assert made.fill(ME, ID, {"token": TOKEN}) == made.fill(ME, ID, {"token": TOKEN, "x": "?"})


@pytest.mark.parametrize(
    "value",
    ["", "x" * 39, "x" * 41, "x" * 39 + "=", "x" * 39 + "\n", "x" * 38 + "\r\n", "é" * 40],
)
def test_values_that_would_not_survive_encoding_are_refused(value: str) -> None:
    """email.md F10: a value cannot bring a line break, or anything that quoted-printable codes."""
    assert not is_value(value)
    with pytest.raises(MessageError, match="'token' is not 40 letters"):
        skeleton("token").fill(ME, ID, {"token": value})


def test_missing_value_is_named() -> None:
    assert is_value(TOKEN)
    with pytest.raises(MessageError, match="slot 'token' that no value"):
        skeleton("token").fill(ME, ID, {})


@pytest.mark.parametrize(
    "message_id",
    [
        "abc@example.org",
        "<abc@example.com>",
        "<abc>",
        "<@example.org>",
        "<a b@example.org>",
        "<abc@example.org>\r\nBcc: x",
        "<a..b@example.org>",
        "<" + "a" * 65 + "@example.org>",
    ],
)
def test_message_id_must_be_one_of_our_domain(message_id: str) -> None:
    """email.md F2."""
    with pytest.raises(MessageError, match=r"not a Message-ID of example\.org"):
        skeleton().fill(ME, message_id, {})


def test_non_ascii_local_part_needs_smtputf8() -> None:
    """email.md F6: raw UTF-8 where the relay offers SMTPUTF8, else refused as 5.6.7."""
    joerg = parse_address("jörg@example.org")
    with pytest.raises(MessageError, match=r"^5\.6\.7 "):
        skeleton().fill(joerg, ID, {})
    filled = skeleton().fill(joerg, ID, {}, smtputf8=True)
    assert filled.startswith("[0]jörg@example.org[1]".encode())


def test_size_is_that_of_the_largest_mail() -> None:
    made = skeleton("token")
    longest = parse_address("a" * 64 + "@" + "b" * 63 + "." + "c" * 63 + "." + "d" * 61)
    assert len(str(longest)) == 254
    filled = made.fill(longest, "<" + "a" * 64 + "@example.org>", {"token": TOKEN})
    assert made.size_bytes == len(filled)


skeletons = st.builds(
    lambda names, literals, at: Skeleton(
        tuple(literals[: len(names) + 3]),
        (*names[:at], TO, MESSAGE_ID, *names[at:]),
        "news.example.org",
    ),
    st.lists(st.from_regex(r"[a-z][a-z0-9]{0,9}", fullmatch=True), max_size=5),
    st.lists(st.binary(max_size=50), min_size=8, max_size=8),
    st.integers(0, 5),
).filter(lambda made: made.slots.isdisjoint({TO, MESSAGE_ID}))


@given(skeletons, st.lists(st.integers(0, 7), max_size=4))
@example(skeleton("token", "token"), [])
@example(skeleton("token", "token"), [0, 2])
@example(skeleton("token", "token"), [4])
def test_parts_are_the_mail_in_pieces(made: Skeleton, long: list[int]) -> None:
    """performance.md: once per variant; long literals are the same objects in every mail."""
    stretched = tuple(
        literal + b"x" * MIN_SHARED_OCTETS if at in long else literal
        for at, literal in enumerate(made.literals)
    )
    made = Skeleton(stretched, made.cuts, made.message_id_domain)
    values = dict.fromkeys(made.slots, TOKEN)
    resolved = made.resolve(ME, f"<a@{made.message_id_domain}>", values)
    parts = made.parts(resolved)
    assert b"".join(parts) == made.join(resolved)
    shared = [literal for literal in made.literals if len(literal) >= MIN_SHARED_OCTETS]
    kept = [part for part in parts if any(part is literal for literal in shared)]
    assert len(kept) == len(shared)
    assert len(parts) <= 2 * len(shared) + 1


@given(skeletons)
@example(skeleton())
@example(skeleton("token", "token"))
def test_bytes_round_trip(made: Skeleton) -> None:
    """What comes out of the database is what went in, and fills alike."""
    again = Skeleton.from_bytes(made.to_bytes())
    assert again == made
    assert again.slots == made.slots
    values = dict.fromkeys(made.slots, TOKEN)
    message_id = f"<a@{made.message_id_domain}>"
    assert again.fill(ME, message_id, values) == made.fill(ME, message_id, values)


@given(skeletons, st.data())
def test_any_damage_is_noticed(made: Skeleton, data: st.DataObject) -> None:
    """reliability.md R6: a retry sends the same bytes or nothing."""
    kept = bytearray(made.to_bytes())
    at = data.draw(st.integers(0, len(kept) - 1))
    kept[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(MessageError):
        Skeleton.from_bytes(bytes(kept))
    with pytest.raises(MessageError):
        Skeleton.from_bytes(made.to_bytes()[:at])


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        (b"", "not the skeleton"),
        (b"\x80\x04pickle", "not the skeleton"),
        (b"DGSK\x02" + b"x" * 40, "another version"),
        (b"DGSK\x01" + b"x" * 40, "damaged"),
    ],
)
def test_foreign_bytes_are_refused(data: bytes, hint: str) -> None:
    with pytest.raises(MessageError, match=hint):
        Skeleton.from_bytes(data)


@pytest.mark.parametrize(
    ("literals", "cuts"),
    [
        ((b"a", b"b"), (TO, MESSAGE_ID)),
        ((b"a", b"b"), (TO,)),
        ((b"a", b"b"), (MESSAGE_ID,)),
        ((b"a", b"b", b"c", b"d"), (TO, TO, MESSAGE_ID)),
    ],
)
def test_parts_must_fit_each_other(literals: tuple[bytes, ...], cuts: tuple[str, ...]) -> None:
    """email.md F2: exactly one To and one Message-ID."""
    with pytest.raises(MessageError, match="skeleton"):
        Skeleton(literals, cuts, "example.org")


MARKS = {b"<to>": TO, b"<id>": MESSAGE_ID, b"TOKENtoken": "token"}


def test_cut_finds_every_marker() -> None:
    made = cut(b"a<to>b<id>TOKENtokenTOKENtoken", MARKS, "example.org")
    assert made.literals == (b"a", b"b", b"", b"", b"")
    assert made.cuts == (TO, MESSAGE_ID, "token", "token")


def test_cut_proves_that_no_slot_is_missing() -> None:
    with pytest.raises(MessageError, match="'token' stands nowhere"):
        cut(b"a<to>b<id>", MARKS, "example.org")


def test_cut_proves_that_no_placeholder_is_left_over() -> None:
    """A link that something on the way wrote in lower case would be dead."""
    with pytest.raises(MessageError, match="'token' was changed"):
        cut(b"a<to>b<id>TOKENtoken tokentoken", MARKS, "example.org")


@pytest.mark.parametrize(
    ("slots", "hint"),
    [
        ({TO: "x" * 40}, "name of a slot"),
        ({"Token": "x" * 40}, "name of a slot"),
        ({"": "x" * 40}, "name of a slot"),
        ({"token": "x" * 39}, "40 letters and digits"),
        ({"token": "x" * 39 + "-"}, "40 letters and digits"),
        ({"token": "é" * 40}, "40 letters and digits"),
        ({"one": "x" * 40, "two": "x" * 40}, "same placeholder"),
    ],
)
def test_slots_that_could_not_be_cut_out_are_refused(slots: dict[str, str], hint: str) -> None:
    with pytest.raises(MessageError, match=hint):
        check_slots(slots)
