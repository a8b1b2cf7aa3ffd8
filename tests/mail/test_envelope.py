"""What goes over the wire for a message is exactly that message, and nothing else can be."""

from __future__ import annotations

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from digest.errors import MessageError
from digest.mail.envelope import MAX_PATH_BYTES, Outgoing, Prepared, body_of, prepare
from digest.mail.replies import Result, Stage

ALL = {"SIZE": "0", "8BITMIME": "", "SMTPUTF8": "", "PIPELINING": ""}
PIECE = st.sampled_from([b".", b"a", b"\r\n", b"\r\n.", b"..", b"x.y", "ä".encode(), b""])


def prepared(outgoing: Outgoing) -> Prepared:
    found = prepare(outgoing, ALL)
    assert isinstance(found, Prepared)
    return found


def unstuffed(body: bytes) -> bytes:
    """Read *body* as a server does (RFC 5321 section 4.5.2)."""
    lines = body.split(b"\r\n")
    assert lines.pop() == b""
    assert b"." not in lines, "a lone dot would end the message"
    return b"".join(line.removeprefix(b".") + b"\r\n" for line in lines)


@settings(deadline=None)
@given(st.lists(PIECE, max_size=12).map(b"".join))
@example(b"\r\n.")
@example(b".")
@example(b".\r\n.\r\nMAIL FROM:<e@x>\r\n")
def test_stuffing_is_undone_by_the_server(whole: bytes) -> None:
    """email.md F7."""
    assume(whole)
    expected = whole if whole.endswith(b"\r\n") else whole + b"\r\n"
    found = prepared(Outgoing("a@b", "c@d", whole))
    on_wire = b"".join(found.body.pieces)
    assert unstuffed(on_wire) == expected == found.body.content
    assert found.body.wire_bytes == len(on_wire)
    assert b" SIZE=%d " % len(expected) in found.mail.replace(b"\r\n", b" ")
    assert Outgoing("a@b", "c@d", body=found.body).content == expected


@settings(deadline=None)
@given(st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"a", b"."]), min_size=1, max_size=8))
@example([b"a\n.\n"])
@example([b"a\r.\r"])
def test_no_bare_line_end_goes_out(parts: list[bytes]) -> None:
    """security.md 5: a server that takes LF for a line end must not see another message begin."""
    outgoing = Outgoing("a@b", "c@d", b"".join(parts))
    rest = outgoing.message.replace(b"\r\n", b"")
    if b"\r" in rest or b"\n" in rest:
        with pytest.raises(MessageError, match="c@d"):
            prepare(outgoing, ALL)
    else:
        assert isinstance(prepare(outgoing, ALL), Prepared)


@pytest.mark.parametrize(
    "address",
    [
        "x\r\n.\r\nMAIL FROM:<e@x>",
        "a@b\r\nRCPT TO:<e@x>",
        "a@b>\r\n",
        "a@b> SIZE=1",
        "<a@b>",
        "a b@c",
        "a@b c",
        "a@b\u2028c",
        "a\u0085@b",
        "a\0@b",
        "a\x7f@b",
        "a\ud800@b",
        "nobody",
        "@b",
        "a@",
        "a@b\u00a0",
    ],
)
def test_nothing_but_an_address_gets_into_a_command(address: str) -> None:
    """security.md 5: envelope injection."""
    with pytest.raises(MessageError):
        prepare(Outgoing(address, "c@d", b"x"), ALL)
    with pytest.raises(MessageError):
        prepare(Outgoing("a@b", address, b"x"), ALL)


@settings(deadline=None)
@given(st.text(max_size=40))
@example("a@b\r\nDATA")
def test_a_command_is_one_line_or_none(address: str) -> None:
    try:
        found = prepare(Outgoing("a@b", address, b"x"), ALL)
    except MessageError:
        return
    assert isinstance(found, Prepared)
    assert found.rcpt == f"RCPT TO:<{address}>\r\n".encode()
    assert len(found.rcpt.splitlines()) == 1


def test_the_null_sender_is_allowed_and_the_null_recipient_is_not() -> None:
    assert prepared(Outgoing("", "c@d", b"x")).mail.startswith(b"MAIL FROM:<> ")
    with pytest.raises(MessageError, match="recipient"):
        prepare(Outgoing("a@b", "", b"x"), ALL)


def test_paths_have_the_length_that_the_standard_allows() -> None:
    """RFC 5321 section 4.5.3.1.3."""
    longest = "a" * (MAX_PATH_BYTES - 2) + "@b"
    assert longest.encode() in prepared(Outgoing("x@y", longest, b"x")).rcpt
    with pytest.raises(MessageError, match="255 bytes"):
        prepare(Outgoing("x@y", "a" + longest, b"x"), ALL)


def test_a_quoted_local_part_is_an_address() -> None:
    assert prepared(Outgoing("a@b", '"x@y"@d', b"x")).rcpt == b'RCPT TO:<"x@y"@d>\r\n'


@pytest.mark.parametrize(
    ("outgoing", "without", "options", "enhanced"),
    [
        (Outgoing("a@b", "c@d", b"x"), "SMTPUTF8", b"", None),
        (Outgoing("a@b", "ü@d", b"x"), "SMTPUTF8", b" SMTPUTF8", (5, 6, 7)),
        (Outgoing("ü@b", "c@d", b"x"), "SMTPUTF8", b" SMTPUTF8", (5, 6, 7)),
        (Outgoing("a@b", "c@d", b"x", smtputf8=True), "SMTPUTF8", b" SMTPUTF8", (5, 6, 7)),
        (Outgoing("a@b", "c@d", b"\xc3\xa4"), "8BITMIME", b" BODY=8BITMIME", (5, 6, 3)),
    ],
)
def test_what_the_relay_does_not_offer_is_refused_without_asking(
    outgoing: Outgoing,
    without: str,
    options: bytes,
    enhanced: tuple[int, int, int] | None,
) -> None:
    """email.md F6: refused with 5.6.7, never mangled."""
    assert prepared(outgoing).mail.removesuffix(b"\r\n").endswith(options)
    found = prepare(outgoing, {k: v for k, v in ALL.items() if k != without})
    if enhanced is None:
        assert isinstance(found, Prepared)
    else:
        assert isinstance(found, Result)
        assert found.stage is Stage.LOCAL
        assert found.reply is not None
        assert found.reply.enhanced == enhanced


@pytest.mark.parametrize(
    ("limit", "is_refused"), [("7", True), ("8", False), ("0", False), ("", False), ("x", False)]
)
def test_the_relays_limit_is_kept(limit: str, is_refused: bool) -> None:  # noqa: FBT001 - the expected value
    """RFC 1870: 0, or no number, means that there is no limit; stuffed dots do not count."""
    found = prepare(Outgoing("a@b", "c@d", b"123456"), {"SIZE": limit})
    assert isinstance(found, Result) is is_refused
    if isinstance(found, Result):
        assert found.reply is not None
        assert found.reply.enhanced == (5, 3, 4)


def test_without_size_offered_none_is_stated() -> None:
    found = prepare(Outgoing("a@b", "c@d", b"x"), {})
    assert isinstance(found, Prepared)
    assert found.mail == b"MAIL FROM:<a@b>\r\n"


def test_an_empty_message_is_none() -> None:
    with pytest.raises(MessageError, match="empty"):
        prepare(Outgoing("a@b", "c@d"), ALL)


def test_what_was_looked_through_goes_as_it_is() -> None:
    """performance.md: what is the same for every recipient is looked through once."""
    body = body_of(b"Subject: x\r\n\r\n.\r\n")
    outgoing = Outgoing("a@b", "c@d", body=body)
    assert prepared(outgoing).body is body
    assert outgoing.content == b"Subject: x\r\n\r\n.\r\n"
