"""Header fields: what any parser reads is what was meant, and nothing else."""

from __future__ import annotations

import email
import re
from datetime import UTC, datetime, timedelta, timezone
from email.header import decode_header, make_header
from email.utils import parseaddr, parsedate_to_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.errors import MessageError
from digest.mail import headers

texts = st.text(st.characters(exclude_categories=()), max_size=200)
ENCODED_WORD = re.compile(r"=\?utf-8\?[qb]\?[!->@-~]*\?=")


def parsed(field: bytes, name: str) -> str:
    """Read *field* with the standard library; it must be the only one."""
    message = email.message_from_bytes(field + b"\r\nbody")
    assert message.keys() == [name]
    assert message.get_payload() == "body"
    return str(make_header(decode_header(message[name].replace("\r\n", ""))))


def check_lines(field: bytes) -> None:
    assert field.endswith(b"\r\n")
    for line in field[:-2].split(b"\r\n"):
        words = re.findall(rb"=\?[^ ]*", line)
        assert len(line) <= (76 if words else 78)
        assert all(len(word) <= 75 for word in words)
        assert line.strip()
        assert line.isascii()


@given(texts.filter(headers.clean))
@example("=?utf-8?q?a=0D=0ABcc:_evil@x?=")
@example("a\r\nBcc: evil@x")
@example("Plain words, long enough to be folded somewhere in the middle of it all, at a space")
@example("x" * 77)
@example("x" * 300)
@example("ü" * 200)
@example("👩‍👩‍👧‍👦 " * 20)
def test_free_text_is_read_back(text: str) -> None:
    """email.md F1, F3, F10: folded at 78, encoded-words of at most 75 with whole characters."""
    field = headers.unstructured("Subject", text)
    check_lines(field)
    assert parsed(field, "Subject") == headers.clean(text)
    for word in ENCODED_WORD.findall(field.decode()):
        ((octets, charset),) = decode_header(word)
        assert charset == "utf-8"
        assert octets.decode("utf-8", errors="strict")


@given(texts)
@example("Müller, Jörg")
@example('Say "hi" \\ (now)')
@example("=?utf-8?q?x?=")
@example("Plain")
@example("St. Example")
@example("x" * 100)
@example("." * 80)
def test_display_name_is_read_back(text: str) -> None:
    """email.md F3: the address behind a name is never encoded."""
    field = headers.phrase("From", text, "news@example.org")
    check_lines(field)
    assert re.search(rb"(?:<news@example\.org>|From: news@example\.org)\r\n$", field)
    name, address = parseaddr(field.decode().removeprefix("From: ").replace("\r\n", ""))
    assert address == "news@example.org"
    assert str(make_header(decode_header(name))) == headers.clean(text)


@pytest.mark.parametrize(
    ("field", "written"),
    [
        (headers.unstructured("Subject", "Good morning"), b"Subject: Good morning\r\n"),
        (headers.unstructured("Subject", " a \x00\r\n\u2028 b "), b"Subject: a b\r\n"),
        (headers.unstructured("Subject", "Grüße"), b"Subject: =?utf-8?b?R3LDvMOfZQ==?=\r\n"),
        (headers.unstructured("Subject", "Zürich"), b"Subject: =?utf-8?q?Z=C3=BCrich?=\r\n"),
        (headers.unstructured("Subject", "=?x"), b"Subject: =?utf-8?q?=3D=3Fx?=\r\n"),
        (headers.unstructured("Subject", "新闻"), b"Subject: =?utf-8?b?5paw6Ze7?=\r\n"),
        (headers.unstructured("Subject", "\ud800"), b"Subject: =?utf-8?b?77+9?=\r\n"),
        (headers.phrase("From", "", "a@b.example"), b"From: a@b.example\r\n"),
        (headers.phrase("List-Id", "", "b.example"), b"List-Id: <b.example>\r\n"),
        (headers.phrase("From", "The Daily", "a@b.example"), b"From: The Daily <a@b.example>\r\n"),
        (headers.phrase("From", 'A "B"', "a@b.example"), b'From: "A \\"B\\"" <a@b.example>\r\n'),
        (headers.uris("X", "https://a.example/"), b"X: <https://a.example/>\r\n"),
        (headers.literal("X", "a b"), b"X: a b\r\n"),
    ],
)
def test_written_form(field: bytes, written: bytes) -> None:
    assert field == written


def test_free_text_folds_at_spaces_only() -> None:
    """email.md F1."""
    field = headers.unstructured("Subject", " ".join(["word"] * 30))
    assert field.replace(b"\r\n ", b" ") == b"Subject: " + b" ".join([b"word"] * 30) + b"\r\n"
    assert field.count(b"\r\n") == 3


def test_uris_fold_only_between_them() -> None:
    """email.md L1: a URI is never folded or encoded, however long it is."""
    long = "https://example.org/" + "x" * 200
    assert headers.uris("List-Unsubscribe", long, "mailto:a@b.example") == (
        f"List-Unsubscribe: <{long}>,\r\n <mailto:a@b.example>\r\n".encode()
    )


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "example.org",
        "javascript:alert(1)",
        "https://exämple.org/",
        "https://example.org/a b",
        "https://example.org/>",
        "https://example.org/\r\nBcc: x",
        "https://example.org/" + "x" * 1000,
    ],
)
def test_uris_that_a_header_cannot_hold_are_refused(uri: str) -> None:
    with pytest.raises(MessageError, match="List-Help"):
        headers.uris("List-Help", uri)


@pytest.mark.parametrize("value", ["", "a\r\nb", "é", " a", "a  b", "x" * 960])
def test_literal_refuses_what_it_would_have_to_encode(value: str) -> None:
    with pytest.raises(MessageError, match="printable ASCII"):
        headers.literal("X", value)


@given(
    st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001 - the zone is drawn beside it
    st.integers(-720, 840),
)
@example(datetime(2026, 2, 3, 4, 5, 6), 0)  # noqa: DTZ001 - the zone stands beside it
@example(datetime(2026, 2, 3, 4, 5, 6), -210)  # noqa: DTZ001 - the zone stands beside it
def test_date_is_read_back(moment: datetime, minutes: int) -> None:
    """email.md F2: the date has a numeric zone and says the same moment."""
    moment = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    written = headers.date(moment)
    assert re.fullmatch(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} [+-]\d{4}", written)
    assert parsedate_to_datetime(written) == moment


def test_date_of_an_odd_zone_is_told_in_utc() -> None:
    amsterdam = timezone(timedelta(minutes=19, seconds=32))
    assert headers.date(datetime(1930, 1, 1, 0, 20, 0, tzinfo=amsterdam)) == (
        "Wed, 01 Jan 1930 00:00:28 +0000"
    )


def test_date_without_a_zone_is_refused() -> None:
    with pytest.raises(MessageError, match="zone"):
        headers.date(datetime(2026, 1, 1))  # noqa: DTZ001 - the case under test


GOOD = b"From: a\r\nSubject: b\r\n c\r\n\r\nbody\r\n"


def test_verify_accepts_what_was_meant() -> None:
    headers.verify(GOOD, ["From", "Subject"])
    assert headers.read_names(GOOD) == ["From", "Subject"]


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        (GOOD.replace(b"b\r\n", b"b\r\nBcc: x\r\n"), "From, Bcc, Subject|From, Subject, Bcc"),
        (GOOD.replace(b"From: a\r\n", b""), "instead of"),
        (GOOD.replace(b"a\r\n", b"a\r\nnothing\r\n"), "does not belong"),
        (GOOD.replace(b" c", b" "), "does not belong"),
        (b" x" + GOOD, "does not belong"),
        (GOOD.replace(b"\r\n\r\n", b"\r\n"), "no end"),
        (GOOD.replace(b"body", b"bo\rdy"), "alone"),
        (GOOD.replace(b"body", b"bo\ndy"), "alone"),
        (GOOD.replace(b"body", b"b\x00dy"), "octet"),
        (GOOD.replace(b"body", "bödy".encode()), "octet"),
        (GOOD.replace(b"body", b"x" * 999), "998"),
    ],
)
def test_verify_refuses_anything_else(message: bytes, hint: str) -> None:
    """email.md F1, F10: the finished bytes are judged, not the intentions."""
    with pytest.raises(MessageError, match=hint):
        headers.verify(message, ["From", "Subject"])


def test_dates_agree_whatever_the_zone() -> None:
    """The same moment in UTC and in a zone differ in words only."""
    moment = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    assert headers.date(moment) == "Tue, 24 Nov 2026 23:30:00 +0000"
    east = moment.astimezone(timezone(timedelta(hours=1)))
    assert headers.date(east) == "Wed, 25 Nov 2026 00:30:00 +0100"
