"""Signatures that an independent implementation verifies, and that nothing slips past."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import dkim as dkimpy
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import example, given
from hypothesis import strategies as st
from letters import COMPLETE, DOMAIN, SECRET, SLOTS, VALUES, letter

from digest.errors import AddressError, MessageError
from digest.mail.address import parse_address
from digest.mail.dkim import Signer, dns_record, new_ed25519_key, new_rsa_key
from digest.mail.message import build, message_id
from digest.mail.skeleton import MESSAGE_ID, TO, Skeleton

RSA = new_rsa_key()
ED25519 = new_ed25519_key()
SIGNED_AT = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
ONE = Signer.from_pem("example.org", "rsa1", RSA)
BOTH = Signer.from_pem("example.org", "rsa1", RSA, ed25519_selector="ed1", ed25519_pem=ED25519)
ME = parse_address("me@example.org")
ID = message_id(SECRET, "daily/1", 7, DOMAIN)


def text_of(record: str) -> bytes:
    """Return a TXT record as a resolver gives it: its strings joined."""
    return "".join(re.findall('"([^"]*)"', record)).encode()


RECORDS = {
    b"rsa1._domainkey.example.org.": text_of(dns_record(RSA)),
    b"ed1._domainkey.example.org.": text_of(dns_record(ED25519)),
}


def resolve(name: bytes, timeout: int = 5) -> bytes:  # noqa: ARG001 - dkimpy's protocol
    return RECORDS[name]


class VerifyKey:
    """What dkimpy needs of PyNaCl, by ``cryptography``."""

    def __init__(self, key: bytes, encoder: Callable[[bytes], bytes]) -> None:
        """Take the raw public *key*, encoded."""
        self._key = ed25519.Ed25519PublicKey.from_public_bytes(encoder(key))

    def verify(self, message: bytes, signature: bytes) -> bytes:
        """Return *message*, or raise InvalidSignature."""
        self._key.verify(signature, message)
        return message


@pytest.fixture(autouse=True, scope="module")
def nacl() -> Iterator[None]:
    """Let dkimpy verify Ed25519 without another library."""
    with pytest.MonkeyPatch.context() as patch:
        library = SimpleNamespace(
            signing=SimpleNamespace(VerifyKey=VerifyKey),
            encoding=SimpleNamespace(Base64Encoder=base64.b64decode),
            exceptions=SimpleNamespace(BadSignatureError=InvalidSignature, ValueError=ValueError),
        )
        patch.setattr(dkimpy, "nacl", library, raising=False)
        yield


def verifies(message: bytes, index: int = 0) -> bool:
    try:
        return bool(dkimpy.DKIM(message).verify(index, dnsfunc=resolve))
    except dkimpy.ValidationError:
        return False


def tags(message: bytes, index: int = 0) -> dict[str, str]:
    """Return the tags of the signature at *index*, counted from the top."""
    head = message.partition(b"\r\n\r\n")[0].decode()
    fields = re.split("\r\n(?![ \t])", head)
    name, _, value = fields[index].partition(": ")
    assert name == "DKIM-Signature"
    pairs = (tag.partition("=") for tag in re.sub(r"\s", "", value).split(";"))
    return {name: value for name, _, value in pairs}


def test_signature_verifies() -> None:
    """email.md L3: checked by dkimpy."""
    signed = ONE.prepare(build(COMPLETE)).fill(ME, ID, VALUES, signed_at=SIGNED_AT)
    assert verifies(signed)
    assert signed.count(b"DKIM-Signature:") == 1


def test_ed25519_stands_beside_rsa() -> None:
    """email.md L3, RFC 8463: two fields, RSA first, each verifying by itself."""
    signed = BOTH.prepare(build(COMPLETE)).fill(ME, ID, VALUES, signed_at=SIGNED_AT)
    assert [tags(signed, index)["a"] for index in (0, 1)] == ["rsa-sha256", "ed25519-sha256"]
    assert [tags(signed, index)["s"] for index in (0, 1)] == ["rsa1", "ed1"]
    assert verifies(signed, 0)
    assert verifies(signed, 1)


def test_what_the_signature_says() -> None:
    """email.md L3: relaxed/relaxed, whole body, and four fields oversigned."""
    found = tags(ONE.sign(build(COMPLETE).fill(ME, ID, VALUES), SIGNED_AT))
    assert found.pop("b")
    assert len(base64.b64decode(found.pop("bh"))) == 32
    assert found == {
        "v": "1",
        "a": "rsa-sha256",
        "c": "relaxed/relaxed",
        "d": "example.org",
        "s": "rsa1",
        "t": str(int(SIGNED_AT.timestamp())),
        "h": "from:from:to:to:subject:subject:date:date:message-id:reply-to:list-id:list-help:"
        "list-archive:list-owner:list-unsubscribe:list-unsubscribe-post:feedback-id:"
        "auto-submitted:precedence:content-language:mime-version:content-type",
    }


def test_signature_field_is_folded() -> None:
    """email.md F1: at 78 columns, first in the mail, which stays as it was."""
    plain = build(COMPLETE).fill(ME, ID, VALUES)
    signed = BOTH.sign(plain, SIGNED_AT)
    assert signed.endswith(b"\r\n" + plain)
    for line in signed.removesuffix(plain).split(b"\r\n"):
        assert len(line) <= 78
        assert line.isascii()
        assert b"\n" not in line


texts = st.text(
    st.one_of(st.sampled_from(" \t\n.=é"), st.characters(exclude_categories=())), max_size=60
)


@given(text=texts, html=texts, subject=texts)
@example(text="", html="  a  b \t\n\n\n", subject="a  b")
@example(text=" \n" * 5, html="x" * 500, subject="é" * 90)
def test_prepared_equals_signing_the_whole_mail(text: str, html: str, subject: str) -> None:
    """performance.md: the kept hash state changes no byte; dkimpy verifies both signatures."""
    ends = f" {SLOTS['view']} {SLOTS['unsubscribe']}"
    made = build(letter(text=text + ends, html=html + ends, subject=f"Hi {subject}"))
    prepared = BOTH.prepare(made)
    signed = prepared.fill(ME, ID, VALUES, signed_at=SIGNED_AT)
    assert signed == BOTH.sign(made.fill(ME, ID, VALUES), SIGNED_AT)
    resolved = made.resolve(ME, ID, VALUES)
    parts = [prepared.signatures(resolved, SIGNED_AT), *made.parts(resolved)]
    assert b"".join(parts) == signed
    assert verifies(signed, 0)
    assert verifies(signed, 1)


pieces = st.lists(
    st.sampled_from([b" ", b"\t", b"\r\n", b"a", b"  \r\n", b"\r\n\r\n"]), max_size=6
).map(b"".join)


@given(st.lists(pieces, min_size=3, max_size=3))
@example([b"", b"", b""])
@example([b" ", b" ", b" \r\n\r\n"])
def test_cuts_do_not_disturb_the_canonical_form(body: list[bytes]) -> None:
    """Slots may touch white space and empty lines; and a body may have none at all."""
    head = b"From: a@example.org\r\nSubject: \t a \r\n\tb\r\nDate: x\r\nTo: "
    between = (head, b"\r\nMessage-ID: ", b"\r\n\r\n" + body[0] + b"\r\n")
    for made in (
        Skeleton((*between, body[1], body[2] + b"\r\n"), (TO, MESSAGE_ID, "one", "two"), DOMAIN),
        Skeleton(between, (TO, MESSAGE_ID), DOMAIN),
    ):
        values = {"one": "1" * 40, "two": "2" * 40}
        signed = ONE.prepare(made).fill(ME, ID, values, signed_at=SIGNED_AT)
        assert signed == ONE.sign(made.fill(ME, ID, values), SIGNED_AT)
        assert verifies(signed)


def test_utf8_recipient_is_signed() -> None:
    """email.md F6, RFC 8616: raw UTF-8 in To."""
    made = ONE.prepare(build(COMPLETE))
    joerg = parse_address("jörg@example.org")
    assert verifies(made.fill(joerg, ID, VALUES, signed_at=SIGNED_AT, smtputf8=True))
    with pytest.raises(MessageError, match=r"5\.6\.7"):
        made.fill(joerg, ID, VALUES, signed_at=SIGNED_AT)


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw.replace(b"Good morning, Z", b"Good evening, Z"),
        lambda raw: raw.replace(b"Subject: Good morning", b"Subject: Good evening"),
        lambda raw: raw.replace(b"To: me@", b"To: you@"),
        lambda raw: raw.replace(b"One-Click", b"No-Click"),
        lambda raw: raw.replace(b"List-Unsubscribe: <https://", b"List-Unsubscribe: <https://x"),
        lambda raw: raw + b"more\r\n",
        lambda raw: b"Subject: another\r\n" + raw,
        lambda raw: b"From: other@example.com\r\n" + raw,
        lambda raw: b"To: other@example.com\r\n" + raw,
        lambda raw: b"Date: Tue, 24 Nov 2026 06:30:00 +0000\r\n" + raw,
    ],
)
def test_changes_break_the_signature(change: Callable[[bytes], bytes]) -> None:
    """email.md L3: what is signed cannot be changed, nor another From, To, Subject, Date added."""
    signed = ONE.sign(build(COMPLETE).fill(ME, ID, VALUES), SIGNED_AT)
    assert verifies(signed)
    assert not verifies(change(signed))


def test_relays_may_fold_and_respace() -> None:
    """Relaxed: white space that servers touch does not matter."""
    signed = ONE.sign(build(COMPLETE).fill(ME, ID, VALUES), SIGNED_AT)
    assert verifies(
        signed.replace(b"Subject: Good morning", b"SUBJECT:\r\n\tGood   morning ") + b"\r\n\r\n"
    )


def test_retry_has_the_same_bytes() -> None:
    """reliability.md R6: RSA and Ed25519 signatures are deterministic, t= is the issue's date."""
    first = BOTH.prepare(build(COMPLETE)).fill(ME, ID, VALUES, signed_at=SIGNED_AT)
    again = BOTH.prepare(Skeleton.from_bytes(build(COMPLETE).to_bytes()))
    assert again.fill(ME, ID, VALUES, signed_at=SIGNED_AT) == first


def test_field_that_stands_twice_is_refused() -> None:
    with pytest.raises(MessageError, match="subject twice"):
        ONE.sign(b"Subject: a\r\nsubject: b\r\n\r\n", SIGNED_AT)


def test_time_without_a_zone_is_refused() -> None:
    with pytest.raises(MessageError, match="zone"):
        ONE.sign(b"Subject: a\r\n\r\n", SIGNED_AT.replace(tzinfo=None))


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, passphrase: bytes = b"") -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase)
        if passphrase
        else serialization.NoEncryption(),
    )


SHORT = pem(rsa.generate_private_key(public_exponent=65537, key_size=1024))  # noqa: S505 - to be refused
CURVE = pem(ec.generate_private_key(ec.SECP256R1()))
LOCKED = pem(ec.generate_private_key(ec.SECP256R1()), b"passphrase")


@pytest.mark.parametrize(
    ("rsa_pem", "ed25519_pem", "hint"),
    [
        (b"", b"", "cannot be read"),
        (b"-----BEGIN PRIVATE KEY-----\n", b"", "cannot be read"),
        (LOCKED, b"", "without a passphrase"),
        (SHORT, b"", "at least 2048 bits"),
        (CURVE, b"", "not an RSA key"),
        (ED25519, ED25519, "not an RSA key"),
        (RSA, RSA, "not an Ed25519 key"),
    ],
)
def test_unfit_keys_are_refused(rsa_pem: bytes, ed25519_pem: bytes, hint: str) -> None:
    """email.md L3: RSA of 2048 bits always, Ed25519 never alone."""
    with pytest.raises(MessageError, match=hint):
        Signer.from_pem("example.org", "a", rsa_pem, ed25519_selector="b", ed25519_pem=ed25519_pem)


@pytest.mark.parametrize(
    ("selector", "second"), [("", "b"), ("a b", "b"), ("a;", "b"), ("a", "a"), ("a", "")]
)
def test_unfit_selectors_are_refused(selector: str, second: str) -> None:
    with pytest.raises(MessageError, match="DKIM selector"):
        Signer.from_pem("example.org", selector, RSA, ed25519_selector=second, ed25519_pem=ED25519)


def test_domain_is_written_in_a_labels() -> None:
    assert Signer.from_pem("Bücher.example", "a", RSA).domain == "xn--bcher-kva.example"
    with pytest.raises(AddressError):
        Signer.from_pem("not a domain", "a", RSA)


def test_private_keys_are_not_shown() -> None:
    assert "PRIVATE" not in repr(BOTH)
    assert "key" not in repr(BOTH)


def test_dns_record_is_cut_into_strings() -> None:
    """RFC 1035: at most 255 octets a string; RFC 8463: the raw public key."""
    strings = re.findall('"([^"]*)"', dns_record(RSA))
    assert [len(string) <= 255 for string in strings] == [True, True]
    assert "".join(strings).startswith("v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0B")
    found = re.fullmatch(r'"v=DKIM1; k=ed25519; p=([A-Za-z0-9+/]{43}=)"', dns_record(ED25519))
    assert found is not None
    with pytest.raises(MessageError, match="not an RSA key"):
        dns_record(CURVE)


def test_new_keys_are_fit_and_new(tmp_path: Path) -> None:
    """OpenSSL reads what we make."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    assert new_rsa_key() != RSA
    file = tmp_path / "key.pem"
    file.write_bytes(RSA)
    ran = subprocess.run(  # noqa: S603 - openssl on a file of our own
        [openssl, "pkey", "-in", str(file), "-noout", "-text"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "2048 bit" in ran.stdout
