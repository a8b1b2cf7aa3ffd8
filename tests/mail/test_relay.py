"""What must not be done with a relay is refused before anything is sent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from digest.errors import RelayError, RelaySecurityError
from digest.mail.relay import Relay, is_loopback

SAFE = Relay("main", "mail.test", 587, username="us", password="secret")


def test_the_password_is_in_no_text() -> None:
    """security.md 13."""
    assert "secret" not in repr(SAFE)
    assert "secret" not in str(SAFE)


@pytest.mark.parametrize("tls", ["starttls", "tls", "opportunistic"])
def test_a_password_wants_tls(tls: str) -> None:
    """security.md 14: also where TLS would else be taken as it comes."""
    relay = replace(SAFE, tls=tls)  # type: ignore[arg-type] # one of its words
    relay.check()
    assert relay.needs_tls
    assert relay.checks_certificate


def test_without_a_password_opportunistic_tls_is_unchecked() -> None:
    relay = Relay("main", "mail.test", 25, tls="opportunistic")
    relay.check()
    assert not relay.needs_tls
    assert not relay.checks_certificate


@pytest.mark.parametrize("change", [{"tls": "none"}, {"verify": False}])
def test_a_password_in_the_clear_is_for_this_machine_only(change: dict[str, object]) -> None:
    relay = replace(SAFE, **change)  # type: ignore[arg-type] # fields by name
    with pytest.raises(RelaySecurityError, match=r"mail\.test"):
        relay.check()
    for host in ("localhost", "127.0.0.1", "::1", "LOCALHOST"):
        replace(relay, host=host).check()


@pytest.mark.parametrize("helo", ["a b", "a\r\nMAIL", "ü", "x" * 256])
def test_helo_is_a_name(helo: str) -> None:
    """security.md 5."""
    with pytest.raises(RelayError, match="helo"):
        replace(SAFE, helo=helo).check()


@pytest.mark.parametrize("helo", ["", "mail.example.org", "[192.0.2.1]", "[IPv6:2001:db8::1]"])
def test_names_and_literals_are_good_for_helo(helo: str) -> None:
    replace(SAFE, helo=helo).check()
    assert SAFE.has_login


@pytest.mark.parametrize("change", [{"username": "a\0b"}, {"password": "a\0b"}])
def test_nul_cannot_be_sent_in_a_login(change: dict[str, str]) -> None:
    """RFC 4616: NUL is what parts name and password."""
    with pytest.raises(RelayError, match="NUL") as caught:
        replace(SAFE, **change).check()  # type: ignore[arg-type] # fields by name
    assert "a\0b" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "expected"),
    [("127.9.9.9", True), ("::1", True), ("192.0.2.1", False), ("localhost.evil.test", False)],
)
def test_loopback_is_told_by_address_not_by_name(address: str, expected: bool) -> None:  # noqa: FBT001 - the expected value
    assert is_loopback(address) is expected
