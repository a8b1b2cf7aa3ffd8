"""Replies are cut apart exactly, however they arrive; what is no reply stops everything."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.mail.replies import (
    MAX_LINE_BYTES,
    MAX_REPLY_BYTES,
    Break,
    Fault,
    Reply,
    ReplyParser,
    Result,
    Stage,
    extensions_of,
)

LINES = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=30),
    min_size=1,
    max_size=4,
)
REPLIES = st.builds(lambda code, lines: Reply(code, tuple(lines)), st.integers(200, 599), LINES)


def as_sent(reply: Reply) -> bytes:
    *first, last = reply.lines
    return b"".join(
        f"{reply.code}{mark}{line}\r\n".encode()
        for mark, line in [*(("-", line) for line in first), (" ", last)]
    )


@given(st.lists(REPLIES, max_size=5), st.integers(1, 7))
@example([Reply(250, ("2.0.0 OK",)), Reply(354, ("Go",))], 1)
def test_what_a_server_writes_is_read_back_whatever_the_pieces(
    replies: list[Reply], size: int
) -> None:
    data = b"".join(map(as_sent, replies))
    parser = ReplyParser()
    found = [r for i in range(0, len(data), size) for r in parser.feed(data[i : i + size])]
    assert found == replies
    assert not parser.error
    assert not parser.is_partial


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"250\r\n", Reply(250)),
        (b"250 \r\n", Reply(250)),
        (b"250 bare LF\n", Reply(250, ("bare LF",))),
        (b"571 odd but in use\r\n", Reply(571, ("odd but in use",))),
        (b"250-a\r\n250-b\n250 c\r\n", Reply(250, ("a", "b", "c"))),
        (b"250-a\r\n250\r\n", Reply(250, ("a", ""))),
        (b"250 caf\xe9\r\n", Reply(250, ("caf\ufffd",))),
        (b"250 cr\rinside\r\n", Reply(250, ("cr\rinside",))),
    ],
)
def test_sloppy_replies_that_leave_no_doubt_are_read(data: bytes, expected: Reply) -> None:
    """RFC 5321 section 4.2 wants clients to accept a code without a text."""
    parser = ReplyParser()
    assert parser.feed(data) == [expected]
    assert not parser.error


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n",
        b"hello\r\n",
        b"25 ok\r\n",
        b"2500 ok\r\n",
        b"250_ok\r\n",
        b" 250 ok\r\n",
        b"+25 ok\r\n",
        b"199 ok\r\n",
        b"600 ok\r\n",
        "\u0662\u0665\u0660 ok\r\n".encode(),
        b"250-one\r\n251 two\r\n",
        b"250 " + b"x" * MAX_LINE_BYTES + b"\r\n",
        b"250 " + b"x" * MAX_LINE_BYTES,
        b"250-" + b"x" * 1000 + b"\r\n" + (b"250-" + b"x" * 1000 + b"\r\n") * 33,
    ],
)
def test_what_is_no_reply_stops_the_parser(data: bytes) -> None:
    parser = ReplyParser()
    assert parser.feed(b"220 hello\r\n" + data) == [Reply(220, ("hello",))]
    assert parser.error
    assert parser.feed(b"250 ok\r\n") == []


def test_an_endless_reply_is_bounded() -> None:
    """security.md 9: one byte a second for ever must not fill the memory."""
    parser = ReplyParser()
    fed = 0
    while not parser.error:
        parser.feed(b"250-x\r\n")
        fed += 7
        assert fed < 2 * MAX_REPLY_BYTES
    assert "more than" in parser.error


@given(st.binary(max_size=200))
def test_no_input_raises(data: bytes) -> None:
    parser = ReplyParser()
    for reply in parser.feed(data):
        assert 200 <= reply.code <= 599
        assert "\n" not in reply.text
        assert str(reply).startswith(str(reply.code))


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        (550, "5.1.1 User unknown", (5, 1, 1)),
        (550, "5.1.10", (5, 1, 10)),
        (550, "#5.1.1 User unknown", (5, 1, 1)),
        (550, "(5.7.1) no", (5, 7, 1)),
        (550, "4.2.1 contradicts its code", None),
        (550, "said 5.1.1 later", None),
        (550, "5.1 short", None),
        (550, "5.1.1.1 no code", None),
        (250, "192.0.2.1 at your service", None),
        (550, "", None),
    ],
)
def test_enhanced_codes_are_read_where_they_stand(
    code: int, text: str, expected: tuple[int, int, int] | None
) -> None:
    """email.md, "Envelope and transport"; RFC 3463."""
    assert Reply(code, (text,)).enhanced == expected


def test_the_second_line_may_bring_the_enhanced_code() -> None:
    assert Reply(550, ("Sorry", "5.1.1 Unknown")).enhanced == (5, 1, 1)


def test_the_text_is_one_line_with_one_enhanced_code() -> None:
    reply = Reply(550, ("5.1.1 The account", "5.1.1 does not\x07 exist"))
    assert reply.text == "5.1.1 The account does not exist"
    assert str(reply) == "550 5.1.1 The account does not exist"


@pytest.mark.parametrize(("code", "expected"), [(421, True), (420, False), (221, False)])
def test_421_takes_leave(code: int, expected: bool) -> None:  # noqa: FBT001 - the expected value
    assert Reply(code).is_closing is expected


@pytest.mark.parametrize(
    ("stage", "code", "expected"),
    [
        (Stage.DOT, 250, True),
        (Stage.DOT, 251, True),
        (Stage.DOT, 220, False),
        (Stage.DOT, 221, False),
        (Stage.DOT, 354, False),
        (Stage.DOT, 550, False),
        (Stage.RCPT, 250, False),
    ],
)
def test_only_a_completion_after_the_dot_is_acceptance(
    stage: Stage,
    code: int,
    expected: bool,  # noqa: FBT001 - the expected value
) -> None:
    assert Result(stage, Reply(code)).accepted is expected


def test_silence_is_no_acceptance() -> None:
    result = Result(Stage.DOT, cause=Break(Fault.EOF, "gone"))
    assert not result.accepted
    assert str(result) == "final dot: EOF: gone"
    assert str(Result(Stage.UNSENT)) == "unsent: no reply"
    assert str(Break(Fault.RESET)) == "reset"


def test_what_a_server_offers_is_read_in_both_forms() -> None:
    """The old ``AUTH=`` is still in use."""
    reply = Reply(
        250, ("mx at your service", "SIZE 1000", "pipelining", "AUTH PLAIN", "AUTH=LOGIN X", "")
    )
    assert extensions_of(reply) == {"SIZE": "1000", "PIPELINING": "", "AUTH": "PLAIN LOGIN X"}
