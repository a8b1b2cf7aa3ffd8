"""The file of secret keys as text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest import keyfile
from digest.tokens import Keyring, key_id

NOW = datetime(2026, 11, 24, 7, tzinfo=UTC)
OLD = b"o" * 32
NEW = b"n" * 32
FIRST = keyfile.with_key("", OLD, NOW)

secrets = st.binary(min_size=32, max_size=64)


@given(secrets=st.lists(secrets, min_size=1, max_size=4))
@example(secrets=[OLD, NEW])
def test_a_keyring_survives_its_file(secrets: list[bytes]) -> None:
    text = ""
    for number, secret in enumerate(reversed(secrets)):
        text = keyfile.with_key(text, secret, NOW + timedelta(days=number))
    found = keyfile.parse(text)
    assert found.keyring == Keyring(tuple(secrets))
    days = [NOW + timedelta(days=number) for number in range(len(secrets))]
    assert [key.since for key in found.keys] == days[::-1]
    assert [key.id for key in found.keys] == [key_id(secret) for secret in secrets]


@given(secret=secrets.filter(lambda secret: key_id(secret) != key_id(OLD)))
@example(secret=NEW)
def test_what_is_put_in_front_can_be_taken_out_again(secret: bytes) -> None:
    assert keyfile.without_key(keyfile.with_key(FIRST, secret, NOW), key_id(secret)) == FIRST


def test_a_key_file_may_hold_comments_and_blank_lines() -> None:
    """Putting a key in front leaves them where they are."""
    text = f"# made on 24 November\r\n\r\n  {NEW.hex().upper()}\n# before that\n{OLD.hex()}"
    found = keyfile.parse(text)
    assert found.keyring == Keyring((NEW, OLD))
    assert [key.since for key in found.keys] == [None, None]
    assert keyfile.with_key(text, b"x" * 32, NOW).endswith(text)
    without = keyfile.without_key(text, key_id(NEW))
    assert without == f"# made on 24 November\n\n# before that\n{OLD.hex()}\n"


def test_taking_out_the_oldest_key_keeps_what_the_do_not_mail_record_needs() -> None:
    """Its links die, suppressions do not."""
    text = keyfile.with_key(keyfile.with_key(FIRST, NEW, NOW), b"x" * 32, NOW)
    before = keyfile.parse(text).keyring
    once = keyfile.without_key(text, key_id(OLD))
    assert OLD.hex() not in once
    twice = keyfile.without_key(once, key_id(NEW))
    for left in (once, twice):
        found = keyfile.parse(left).keyring
        assert found.addresses == before.addresses
    assert keyfile.parse(twice).keyring.secrets == (b"x" * 32,)
    assert "address " not in keyfile.without_key(text, key_id(NEW))


def test_what_cannot_be_taken_out() -> None:
    with pytest.raises(KeyError):
        keyfile.without_key(FIRST, key_id(NEW))
    with pytest.raises(ValueError, match="only key"):
        keyfile.without_key(FIRST, key_id(OLD))


@pytest.mark.parametrize("since", ["", "yesterday", "2026-11-24T07:00:00"])
def test_a_time_that_is_none_is_unknown(since: str) -> None:
    (key,) = keyfile.parse(f"# since {since}\n{OLD.hex()}\n").keys
    assert key.since is None


@pytest.mark.parametrize(
    "line", ["abc", OLD.hex()[:-2], OLD.hex() + "a", "g" * 64, "address ab", "address"]
)
def test_a_bad_line_of_a_key_file_is_named_and_not_shown(line: str) -> None:
    with pytest.raises(ValueError, match=r"^line 2 of the key must be") as caught:
        keyfile.parse(f"# secrets\n{line}\n")
    assert line not in str(caught.value).replace("hexadecimal", "")


@pytest.mark.parametrize("text", ["", "# nothing\n", f"address {OLD.hex()}\n"])
def test_a_file_without_a_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="there is no key in it"):
        keyfile.parse(text)


def test_nothing_shows_a_secret() -> None:
    """security.md 13."""
    found = keyfile.parse(FIRST + f"address {NEW.hex()}\n")
    for secret in (OLD, NEW):
        assert secret.hex() not in repr(found)
        assert repr(secret)[2:-1] not in repr(found)
