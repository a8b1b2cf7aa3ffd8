"""Which addresses we write to, and when two are the same mailbox."""

from __future__ import annotations

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.errors import AddressError
from digest.mail.address import Address, domain_of, mailbox_key, parse_address

ATEXT = string.ascii_letters + string.digits + "!#$%&'*+-/=?^_`{|}~"
atoms = st.text(ATEXT, min_size=1, max_size=10)
locals_ = st.lists(atoms, min_size=1, max_size=4).map(".".join)
labels = st.from_regex(r"[a-z0-9]([a-z0-9]{0,8}[a-z0-9])?", fullmatch=True)
domains = st.lists(labels, min_size=1, max_size=3).map(lambda parts: ".".join([*parts, "example"]))


@given(locals_, domains)
@example("o'brien+news", "mail.example")
@example("a" * 64, "mail.example")
def test_ascii_address_round_trips(local: str, domain: str) -> None:
    """Parsing an address and writing it out gives it back, character for character."""
    address = parse_address(f"{local}@{domain}")
    assert address == Address(local, domain)
    assert str(address) == address.ascii == f"{local}@{domain}"
    assert not address.needs_smtputf8


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Me@EXAMPLE.Org", "Me@example.org"),
        ("me@Bücher.example", "me@xn--bcher-kva.example"),
        ("me@xn--bcher-kva.example", "me@xn--bcher-kva.example"),
        ("me@bücher\u3002example", "me@xn--bcher-kva.example"),
        ("me@straße.example", "me@xn--strae-oqa.example"),
    ],
)
def test_domain_becomes_lower_case_a_labels(text: str, written: str) -> None:
    """email.md F6: international domains go into header and envelope as A-labels."""
    assert str(parse_address(text)) == written


def test_non_ascii_local_part_is_kept_and_marked() -> None:
    """email.md F6: a non-ASCII local part is never mangled; it needs SMTPUTF8."""
    address = parse_address("jo\u0308rg@example.org")  # decomposed, as macOS types it
    assert address == Address("jörg", "example.org")
    assert address.needs_smtputf8
    assert address.ascii is None


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", "is empty"),
        ("me example@example.org", r"a space \(U\+0020\)"),
        (" me@example.org", "space"),
        ("me@example.org\n", r"U\+000A"),
        ("me\x00@example.org", r"U\+0000"),
        ("me@example.org\r\nBcc: x@example.org", r"U\+000D"),
        ("me\u2028@example.org", r"U\+2028"),
        ("me@exam\u0085ple.org", r"U\+0085"),
        ("me\u00a0@example.org", r"U\+00A0"),
        ("me\ud800@example.org", r"U\+D800"),
        ("Me <me@example.org>", "one bare address|space"),
        ("<me@example.org>", "one bare address"),
        ("me@example.org,you@example.org", "one bare address"),
        ('"me"@example.org', "quotation marks"),
        ("me", "has no @"),
        ("me@you@example.org", "more than one @"),
        ("@example.org", "nothing stands before"),
        ("me@", "empty part"),
        ("me@example.org.", "empty part"),
        ("me@example..org", "empty part"),
        ("me.@example.org", "a dot"),
        (".me@example.org", "a dot"),
        ("m..e@example.org", "two dots"),
        ("mailto:me@example.org", "':' cannot stand"),
        ("me(home)@example.org", r"'\(' cannot stand"),
        ("me\\@example.org", "cannot stand"),
        ("me\u200b@example.org", r"U\+200B"),
        ("me\ue000@example.org", r"U\+E000"),
        ("me@localhost", "no dot"),
        ("me@[192.0.2.1]", "not a domain name"),
        ("me@192.0.2.1", "not a domain name"),
        ("me@exa_mple.org", "cannot be part of a domain"),
        ("me@-example.org", "cannot be part of a domain"),
        ("a" * 65 + "@example.org", "longer than 64"),
        ("ö" * 33 + "@example.org", "longer than 64"),
        ("me@" + "a" * 64 + ".org", "longer than 63"),
        ("me@" + "abcdefg." * 32 + "org", "longer than 253"),
        ("a" * 64 + "@" + "abcdefg." * 24 + "org", "longer than 254"),
    ],
)
def test_anything_else_is_refused_with_a_reason(text: str, hint: str) -> None:
    """Quoted local parts, lists, names, controls and the rest are refused in plain words."""
    with pytest.raises(AddressError, match=hint):
        parse_address(text)


@given(st.text(max_size=30))
@example("a@b\u2024example")
@example("a@\ufdfa.example")
def test_whatever_passes_can_stand_in_a_header(text: str) -> None:
    """Any text either is refused, or gives an address without controls or white space."""
    try:
        address = parse_address(text + "@example.org" if "@" not in text else text)
    except AddressError as error:
        assert str(error)  # noqa: PT017 - either outcome is right, but a refusal needs words
        return
    assert str(address).isprintable()
    assert len(str(address).split()) == 1
    assert address.domain.isascii()


@pytest.mark.parametrize(
    ("local", "domain"),
    [
        ("me\r\nBcc: x", "example.org"),
        ("me", "example.org\r\nX: y"),
        ("me", "Bücher.example"),
        ("me", "EXAMPLE.org"),
        ("jo\u0308rg", "example.org"),
        ("a" * 65, "example.org"),
        ("\udc80", "example.org"),
    ],
)
def test_address_cannot_be_made_malformed(local: str, domain: str) -> None:
    """email.md F10: the type itself guarantees its form, however it is made."""
    with pytest.raises(AddressError):
        Address(local, domain)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Me@Example.org", "me@example.ORG"),
        ("me@bücher.example", "ME@xn--bcher-kva.example"),
        ("jo\u0308rg@example.org", "JÖRG@example.org"),
    ],
)
def test_spellings_of_one_mailbox_have_one_key(one: str, other: str) -> None:
    """Case, normal form, and domain spelling do not make another subscriber."""
    assert mailbox_key(one) == mailbox_key(other)


@given(locals_, domains)
def test_key_is_its_own_key(local: str, domain: str) -> None:
    """Keys are canonical: taking the key of a key changes nothing."""
    key = mailbox_key(f"{local}@{domain}")
    assert mailbox_key(key) == key


def test_different_mailboxes_have_different_keys() -> None:
    assert len({mailbox_key(f"{local}@example.org") for local in ("me", "me+x", "m.e", "me2")}) == 4


def test_key_of_no_address_is_refused() -> None:
    with pytest.raises(AddressError, match="no @"):
        mailbox_key("me")


def test_domain_of_is_canonical() -> None:
    assert domain_of("me@Bücher.example") == "xn--bcher-kva.example"
