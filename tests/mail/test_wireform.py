"""What is filled into a wire form is what looking through the whole mail would give."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.errors import MessageError
from digest.mail.address import parse_address
from digest.mail.envelope import body_of
from digest.mail.skeleton import MESSAGE_ID, MIN_SHARED_OCTETS, TO, Skeleton
from digest.mail.wireform import WireForm

TOKEN = "-" * 40
PIECE = st.lists(st.sampled_from([b".", b"a", b"\r\n", b"\r\n.", b".."]), max_size=6).map(b"".join)
MAILS = st.builds(
    lambda literals: Skeleton(tuple(literals), (TO, MESSAGE_ID, "token"), "news.example"),
    st.lists(PIECE, min_size=4, max_size=4),
)
HEAD = b"DKIM-Signature: v=1;\r\n b=x\r\n"


def skeleton(*literals: bytes) -> Skeleton:
    return Skeleton(literals, (TO, MESSAGE_ID, "token"), "news.example")


@given(MAILS, st.sampled_from(["a@b.example", "\u00fc@b.example"]), st.sampled_from([b"", HEAD]))
@example(skeleton(b".", b"\r\n", b"\r\n.", b""), "a@b.example", HEAD)
@example(skeleton(b"", b"", b"", b".\r\n.\r\n"), "a@b.example", b"")
def test_a_filled_form_is_the_whole_mail_looked_through(
    made: Skeleton, address: str, head: bytes
) -> None:
    """email.md F7; performance.md: once per variant what can be done once."""
    resolved = made.resolve(
        parse_address(address), "<x@news.example>", {"token": TOKEN}, smtputf8=True
    )
    found, whole = WireForm(made).body(resolved, head), body_of(head + made.join(resolved))
    assert b"".join(found.pieces) == b"".join(whole.pieces)
    assert found[1:] == whole[1:]


def test_what_mails_share_is_not_copied() -> None:
    """performance.md: long pieces are the same objects for every reader."""
    made = skeleton(b"To: ", b"\r\n", b"\r\n\r\n.", b"line\r\n" * MIN_SHARED_OCTETS)
    form = WireForm(made)
    bodies = [
        form.body(made.resolve(parse_address(who), "<x@news.example>", {"token": TOKEN}))
        for who in ("a@b.example", "c@d.example")
    ]
    assert bodies[0].pieces[-1] is bodies[1].pieces[-1]
    assert bodies[0].pieces[0] != bodies[1].pieces[0]


def test_a_bare_line_end_is_refused() -> None:
    """security.md 5."""
    with pytest.raises(MessageError, match="CR or an LF"):
        WireForm(skeleton(b"", b"", b"\n", b""))
