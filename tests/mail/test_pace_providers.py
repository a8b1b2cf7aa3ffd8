"""Domains of one service are counted as one."""

from __future__ import annotations

import pytest

from digest.mail.address import parse_address
from digest.mail.pace import providers
from digest.mail.pace.providers import provider_of


@pytest.mark.parametrize(
    ("domain", "provider"),
    [
        ("gmail.com", "gmail.com"),
        ("googlemail.com", "gmail.com"),
        ("hotmail.com", "outlook.com"),
        ("live.co.uk", "outlook.com"),
        ("msn.com", "outlook.com"),
        ("ymail.com", "yahoo.com"),
        ("aol.com", "yahoo.com"),
        ("yahoo.co.jp", "yahoo.co.jp"),
        ("me.com", "icloud.com"),
        ("example.org", "example.org"),
        ("notgmail.com", "notgmail.com"),
        ("", ""),
    ],
)
def test_known_services_have_one_name(domain: str, provider: str) -> None:
    assert provider_of(domain) == provider


def test_the_table_is_sound() -> None:
    """Each name is a domain as addresses hold it, stands there once, and leads to a last one."""
    table = providers._SERVICES  # noqa: SLF001 - the table itself is what is tested
    names = [name for first, others in table.items() for name in (first, *others.split())]
    assert len(names) == len(set(names))
    for name in names:
        assert parse_address(f"a@{name}").domain == name
        assert provider_of(provider_of(name)) == provider_of(name)
