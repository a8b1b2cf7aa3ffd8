"""A letter becomes a mail that every parser reads as it was meant."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Mapping
from email.header import decode_header, make_header
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from letters import COMPLETE, DOMAIN, SECRET, SLOTS, VALUES, letter

from digest.errors import AddressError, MessageError
from digest.mail import encode, headers
from digest.mail.address import parse_address
from digest.mail.message import Letter, build, message_id, placeholder
from digest.mail.skeleton import Skeleton

ME = parse_address("me@example.org")
ID = message_id(SECRET, "daily/1", 7, DOMAIN)


def mail(wanted: Letter) -> bytes:
    return build(wanted).fill(ME, ID, VALUES)


def read(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def header(raw: bytes, name: str) -> str:
    """Return a header field unfolded, undecoded; it stands there exactly once (email.md F2)."""
    (value,) = email.message_from_bytes(raw).get_all(name, [])
    return str(value).replace("\r\n", "")


def body(raw: bytes, kind: str) -> str:
    r"""Return the text of the one part of that kind, with ``\n`` as line end."""
    (part,) = (each for each in read(raw).walk() if each.get_content_subtype() == kind)
    octets = part.get_payload(decode=True)
    assert isinstance(octets, bytes)
    return octets.decode("utf-8").replace("\r\n", "\n")


def filled(text: str, values: Mapping[str, str] = VALUES) -> str:
    for name, mark in SLOTS.items():
        text = text.replace(mark, values[name])
    return text


def test_every_header_stands_exactly_once_and_in_order() -> None:
    """email.md F2, F9, L1, L2, L8."""
    assert email.message_from_bytes(mail(COMPLETE)).items() == [
        ("From", "The Daily <news@example.org>"),
        ("To", "me@example.org"),
        ("Reply-To", "editor@example.org"),
        ("Subject", "Good morning"),
        ("Date", "Tue, 24 Nov 2026 06:30:00 +0000"),
        ("Message-ID", ID),
        ("List-Id", "The Daily <daily.example.org>"),
        ("List-Help", "<https://news.example.org/help>"),
        ("List-Archive", "<https://news.example.org/archive>"),
        ("List-Owner", "<mailto:editor@example.org>"),
        (
            "List-Unsubscribe",
            (
                f"<https://news.example.org/u/{VALUES['unsubscribe']}>,\r\n"
                f" <mailto:unsubscribe@example.org?subject={VALUES['unsubscribe']}>"
            ),
        ),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("Feedback-ID", "daily:briefing:example"),
        ("Auto-Submitted", "auto-generated"),
        ("Precedence", "bulk"),
        ("Content-Language", "en"),
        ("X-Issue", "daily 1"),
        ("MIME-Version", "1.0"),
        ("Content-Type", email.message_from_bytes(mail(COMPLETE))["Content-Type"]),
    ]


def test_alternative_has_plain_text_first() -> None:
    """email.md F4, F5: text before HTML, both with charset, quoted-printable, nothing in 8 bit."""
    message = read(mail(COMPLETE))
    assert message.get_content_type() == "multipart/alternative"
    assert not message.preamble
    assert not message.epilogue
    assert not message.defects
    parts = list(message.iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    for part, text in zip(parts, (COMPLETE.text, COMPLETE.html), strict=True):
        assert part.get_content_charset() == "utf-8"
        assert part["Content-Transfer-Encoding"] == "quoted-printable"
        assert not part.defects
        assert body(mail(COMPLETE), part.get_content_subtype()).strip() == filled(text).strip()


def test_without_html_it_is_plain_text_alone() -> None:
    raw = mail(letter(html=""))
    assert read(raw).get_content_type() == "text/plain"
    assert body(raw, "plain") == filled(COMPLETE.text)


def test_letter_without_list_has_no_list_headers() -> None:
    """A confirmation is no list mail: empty fields leave their header out."""
    plain = Letter(
        from_name="",
        from_address="news@example.org",
        subject="Please confirm",
        date=COMPLETE.date,
        text="Hello",
        message_id_domain=DOMAIN,
        precedence="",
    )
    assert email.message_from_bytes(mail(plain)).items() == [
        ("From", "news@example.org"),
        ("To", "me@example.org"),
        ("Subject", "Please confirm"),
        ("Date", "Tue, 24 Nov 2026 06:30:00 +0000"),
        ("Message-ID", ID),
        ("Auto-Submitted", "auto-generated"),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Transfer-Encoding", "quoted-printable"),
    ]


@pytest.mark.parametrize(
    "subject",
    [
        "=?utf-8?q?a=0D=0ABcc:_evil@x?=",
        "=?utf-8?q?a=0D=0ABcc:_evil@x?= and more",
        "a\r\nBcc: evil@x",
        "a\nBcc: evil@x\n\nbody",
        "a\u2028Bcc: evil@x",
        "a\x85Bcc: evil@x",
        "a\r\n\r\n<script>",
        "\x00\x00Bcc: evil@x",
    ],
)
@pytest.mark.parametrize("where", ["subject", "from_name", "list_name"])
def test_no_title_can_inject_a_header(subject: str, where: str) -> None:
    """email.md F10: hostile text comes out as text, and the list of headers stays as it was."""
    raw = mail(letter(**{where: subject}))
    assert email.message_from_bytes(raw).keys() == email.message_from_bytes(mail(COMPLETE)).keys()
    assert read(raw).keys() == email.message_from_bytes(mail(COMPLETE)).keys()
    assert b"\r\nBcc" not in raw
    if where == "subject":
        shown = str(make_header(decode_header(header(raw, "Subject"))))
        assert shown == headers.clean(subject)


def test_long_unsubscribe_url_is_neither_folded_nor_encoded() -> None:
    """email.md L1, F3: what Python's email package does to URLs over 78 characters."""
    url = "https://news.example.org/" + "path/" * 30 + SLOTS["unsubscribe"]
    assert f"List-Unsubscribe: <{filled(url)}>,\r\n <mailto:".encode() in mail(
        letter(unsubscribe_url=url)
    )


def test_unsubscribe_url_alone_is_enough() -> None:
    raw = mail(letter(unsubscribe_mailto=""))
    assert header(raw, "List-Unsubscribe") == f"<{filled(COMPLETE.unsubscribe_url)}>"


def test_one_click_needs_https() -> None:
    """email.md L2 by RFC 8058, section 3.1: an http URL must not be announced as one-click."""
    raw = mail(letter(unsubscribe_url=COMPLETE.unsubscribe_url.replace("https", "http")))
    assert "List-Unsubscribe" in email.message_from_bytes(raw)
    assert "List-Unsubscribe-Post" not in email.message_from_bytes(raw)


def test_mailto_is_percent_encoded() -> None:
    raw = mail(letter(unsubscribe_mailto="un%sub&x?=/+1@example.org"))
    assert "<mailto:un%25sub%26x%3F%3D%2F+1@example.org?subject=u" in header(
        raw, "List-Unsubscribe"
    )


def test_international_domains_are_a_labels_everywhere() -> None:
    """email.md F6."""
    made = build(
        letter(
            from_address="news@bücher.example",
            reply_to="news@bücher.example",
            list_owner="news@bücher.example",
            message_id_domain="bücher.example",
        )
    )
    raw = made.fill(
        parse_address("me@bücher.example"),
        message_id(SECRET, "daily/1", 7, "xn--bcher-kva.example"),
        VALUES,
    )
    assert header(raw, "From") == "The Daily <news@xn--bcher-kva.example>"
    assert header(raw, "To") == "me@xn--bcher-kva.example"
    assert header(raw, "List-Owner") == "<mailto:news@xn--bcher-kva.example>"
    assert header(raw, "Message-ID").endswith("@xn--bcher-kva.example>")


def test_utf8_recipient_stands_in_the_header_as_it_is() -> None:
    """email.md F6: with SMTPUTF8, To holds raw UTF-8."""
    raw = build(COMPLETE).fill(parse_address("jörg@example.org"), ID, VALUES, smtputf8=True)
    assert "\r\nTo: jörg@example.org\r\n".encode() in raw


texts = st.lists(
    st.one_of(
        st.sampled_from([*SLOTS.values(), "\n", "\r\n", " ", ".", "From ", "=", "é", "x" * 30]),
        st.text(st.characters(exclude_categories=()), max_size=20),
    ),
    max_size=25,
).map("".join)
with_slots = st.tuples(texts, texts).map(
    lambda ends: f"{ends[0]}{SLOTS['view']}\n{SLOTS['unsubscribe']}{ends[1]}"
)


@given(text=with_slots, html=with_slots, subject=texts, name=texts)
def test_any_letter_is_read_back(text: str, html: str, subject: str, name: str) -> None:
    """email.md F1 to F7: whatever an article says, the mail is legal and says the same."""
    if any(mark in subject + name for mark in SLOTS.values()) or not headers.clean(subject):
        subject, name = "Subject", "Name"
    raw = mail(letter(text=text, html=html, subject=subject, from_name=name, list_name=name))
    assert raw.isascii()
    assert b"\x00" not in raw
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", raw)
    head, _, rest = raw.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        assert len(line) <= 78 or b" <" in line
    for line in rest.split(b"\r\n"):
        assert len(line) <= 76
        assert not line.startswith((b".", b"From "))
    for kind, source in (("plain", text), ("html", html)):
        wanted = filled(encode.clean(source)).rstrip("\n") + "\n"
        assert body(raw, kind) == wanted
    assert str(make_header(decode_header(header(raw, "Subject")))) == headers.clean(subject)


values = st.integers(0, 2**64).map(lambda number: placeholder(SECRET, str(number), "value"))


@given(text=with_slots, html=with_slots, one=values, two=values)
@example(text=COMPLETE.text, html=COMPLETE.html, one="From" * 10, two="0" * 40)
def test_filling_equals_building_around_the_values(
    text: str, html: str, one: str, two: str
) -> None:
    """performance.md: cutting changes nothing; the same bytes as a build with the values in it."""
    wanted = letter(text=text, html=html)
    chosen = {"unsubscribe": one, "view": two}
    assume(one != two)
    whole = letter(
        text=filled(text, chosen),
        html=filled(html, chosen),
        unsubscribe_url=filled(wanted.unsubscribe_url, chosen),
        slots=chosen,
    )
    assert build(wanted).fill(ME, ID, chosen) == build(whole).fill(ME, ID, chosen)


def slow_quoted_printable(text: str, tokens: list[str]) -> str:
    """Encode unit by unit, in the most obvious way."""
    lines = []
    for line in text.split("\n"):
        units: list[str] = []
        for piece in re.split("(" + "|".join(tokens) + ")", line):
            if piece in tokens:
                units.append(piece)
            else:
                units += [
                    chr(byte) if byte == 9 or (32 <= byte < 127 and byte != 61) else f"={byte:02X}"
                    for byte in piece.encode()
                ]
        if units and units[-1] in {" ", "\t"}:
            units[-1] = f"={ord(units[-1]):02X}"
        current = ""
        while units:
            if not current and units[0] == ".":
                units[0] = "=2E"
            if not current and units[:5] == list("From "):
                units[0] = "=46"
            if len(current + "".join(units)) <= 76:
                break
            if len(current + units[0]) > 75:
                lines.append(current + "=")
                current = ""
            else:
                current += units.pop(0)
        lines.append(current + "".join(units))
    return "\r\n".join(lines)


def slow_mail(wanted: Letter, boundary: str) -> bytes:
    """Build one reader's mail in the most obvious way; only for letters that need no folding."""
    tokens = list(VALUES.values())
    url = filled(wanted.unsubscribe_url)
    parts = [
        f"--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        + slow_quoted_printable(filled(encode.clean(text)).rstrip("\n") + "\n", tokens)
        + "\r\n"
        for kind, text in (("plain", wanted.text), ("html", wanted.html))
    ]
    return (
        f"From: {wanted.from_name} <{wanted.from_address}>\r\nTo: {ME}\r\n"
        f"Reply-To: {wanted.reply_to}\r\nSubject: {wanted.subject}\r\n"
        f"Date: Tue, 24 Nov 2026 06:30:00 +0000\r\nMessage-ID: {ID}\r\n"
        f"List-Id: {wanted.list_name} <{wanted.list_id}>\r\n"
        f"List-Help: <{wanted.list_help}>\r\nList-Archive: <{wanted.list_archive}>\r\n"
        f"List-Owner: <mailto:{wanted.list_owner}>\r\n"
        f"List-Unsubscribe: <{url}>,\r\n"
        f" <mailto:{wanted.unsubscribe_mailto}?subject={VALUES['unsubscribe']}>\r\n"
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        f"Feedback-ID: {wanted.feedback_id}\r\nAuto-Submitted: auto-generated\r\n"
        "Precedence: bulk\r\nContent-Language: en\r\nX-Issue: daily 1\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n\r\n'
        f"{''.join(parts)}--{boundary}--\r\n"
    ).encode()


@given(text=with_slots, html=with_slots)
@example(text=COMPLETE.text, html=COMPLETE.html)
def test_filling_equals_an_independent_builder(text: str, html: str) -> None:
    """performance.md: byte for byte what a builder without slots writes."""
    wanted = letter(text=text, html=html)
    raw = mail(wanted)
    boundary = read(raw).get_boundary()
    assert boundary
    assert raw == slow_mail(wanted, boundary)


def test_boundary_depends_on_the_content_only() -> None:
    """email.md F4: deterministic, different for other content, and never in the parts."""
    boundaries = [
        read(mail(each)).get_boundary()
        for each in (COMPLETE, letter(), letter(html="other" + COMPLETE.html))
    ]
    assert boundaries[0] == boundaries[1] != boundaries[2]
    text = f"--{boundaries[0]}--\n{COMPLETE.text}"
    raw = mail(letter(text=text))
    assert body(raw, "plain") == filled(text)


def test_skeleton_from_the_database_gives_the_same_mail() -> None:
    """reliability.md R6: same bytes at every retry."""
    made = build(COMPLETE)
    assert Skeleton.from_bytes(made.to_bytes()).fill(ME, ID, VALUES) == mail(COMPLETE)
    assert made.slots == set(SLOTS)


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"subject": " \r\n"}, "subject is empty"),
        ({"text": "\n"}, "plain text is empty"),
        ({"subject": f"For {SLOTS['view']}"}, "subject holds a placeholder"),
        ({"from_name": SLOTS["view"]}, "from_name holds a placeholder"),
        ({"feedback_id": f"a:{SLOTS['view']}"}, "feedback_id holds a placeholder"),
        ({"extra_headers": (("X-A", SLOTS["view"]),)}, "X-A holds a placeholder"),
        ({"extra_headers": (("Bcc", "x"),)}, "'Bcc' cannot be an extra header"),
        ({"extra_headers": (("X-A: x\r\nBcc", "x"),)}, "cannot be an extra header"),
        ({"extra_headers": (("X-A", ""),)}, "cannot be an extra header"),
        ({"extra_headers": (("X" * 41, "x"),)}, "cannot be an extra header"),
        ({"list_id": "not an id"}, "list_id"),
        ({"list_id": "a." * 128 + "org"}, "list_id"),
        ({"list_help": "help"}, "List-Help cannot hold 'help'"),
        ({"unsubscribe_url": "https://news.example.org/u"}, "nobody could tell who"),
        ({"unsubscribe_slot": "token"}, "slot 'token'"),
        ({"unsubscribe_url": ""}, "unsubscribe_mailto needs unsubscribe_url"),
        ({"feedback_id": "daily"}, "feedback_id 'daily'"),
        ({"feedback_id": "daily:b:me"}, "sender of 5 to 15"),
        ({"precedence": "a\r\nBcc: x"}, "Precedence cannot hold"),
        ({"language": "de AT"}, "language 'de AT'"),
        ({"from_address": "jörg@example.org"}, "from_address 'jörg@example.org' is not ASCII"),
        ({"date": COMPLETE.date.replace(tzinfo=None)}, "aware datetime"),
        ({"slots": {**SLOTS, "third": "z" * 40}}, "'third' stands nowhere"),
        ({"slots": {"to": "z" * 40}}, "name of a slot"),
        ({"text": COMPLETE.text + SLOTS["view"].lower()}, "'view' was changed"),
    ],
)
def test_letter_that_cannot_be_written_is_refused(changes: dict[str, object], hint: str) -> None:
    with pytest.raises(MessageError, match=hint):
        build(letter(**changes))


@pytest.mark.parametrize("where", ["from_address", "reply_to", "list_owner", "unsubscribe_mailto"])
def test_invalid_address_is_refused(where: str) -> None:
    """email.md F10: addresses of ours cannot carry a header either."""
    with pytest.raises(AddressError):
        build(letter(**{where: "me@example.org\r\nBcc: x@example.org"}))


@given(st.binary(min_size=16, max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_placeholder_is_stable_and_can_be_cut_out(secret: bytes, issue: str, slot: str) -> None:
    one = placeholder(secret, issue, slot)
    assert re.fullmatch("[A-Za-z0-9]{40}", one)
    assert one == placeholder(secret, issue, slot)
    assert one != placeholder(secret + b"x", issue, slot)
    assert one != placeholder(secret, issue + "x", slot)
    assert one != placeholder(secret, issue, slot + "x")


@given(st.integers(0, 2**63), st.integers(0, 2**63))
def test_message_id_is_stable_and_unique(one: int, other: int) -> None:
    """reliability.md R6: an HMAC of issue and subscriber, the same at every retry."""
    made = message_id(SECRET, "daily/1", one, DOMAIN)
    assert re.fullmatch(r"<[a-z2-7]{32}@news\.example\.org>", made)
    assert made == message_id(SECRET, "daily/1", one, DOMAIN)
    assert (made == message_id(SECRET, "daily/1", other, DOMAIN)) == (one == other)
    assert made != message_id(SECRET, "daily/2", one, DOMAIN)
    assert made != message_id(SECRET[::-1], "daily/1", one, DOMAIN)


def test_short_secret_and_bad_domain_are_refused() -> None:
    with pytest.raises(MessageError, match="16 bytes"):
        placeholder(b"short", "daily/1", "view")
    with pytest.raises(MessageError, match="16 bytes"):
        message_id(b"short", "daily/1", 1, DOMAIN)
    with pytest.raises(AddressError):
        message_id(SECRET, "daily/1", 1, "news example")


SEEDS = sorted((Path(__file__).parents[3] / "shared" / "seeds").glob("*.txt"))


@pytest.mark.skipif(not SEEDS, reason="the client's articles are not here")
@pytest.mark.parametrize("seed", SEEDS, ids=[str(index) for index, _ in enumerate(SEEDS)])
def test_real_articles_are_read_back(seed: Path) -> None:
    """email.md F4, F5: what people really paste comes through unchanged."""
    text = f"{seed.read_bytes().decode('utf-8', 'surrogateescape')}\n{COMPLETE.text}"
    raw = mail(letter(text=text, html=f"<pre>{text}</pre>", subject=text[:200]))
    assert body(raw, "plain") == filled(encode.clean(text))
    assert str(make_header(decode_header(header(raw, "Subject")))) == headers.clean(text[:200])
