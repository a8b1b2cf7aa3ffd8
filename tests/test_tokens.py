"""Tokens in links (security.md 3; email.md L6)."""

from __future__ import annotations

import base64
import hmac
import itertools
import random
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.tokens import (
    LASTING,
    MAX_SCOPE,
    MAX_SUBJECT,
    TOKEN_LENGTH,
    Claim,
    Keyring,
    Purpose,
    check,
    derive,
    key_id,
    make,
)

NOW = datetime(2026, 11, 24, 7, tzinfo=UTC)
SOON = NOW + timedelta(minutes=30)
OLD = b"o" * 32
NEW = b"n" * 32
KEYRING = Keyring((OLD,))

purposes = st.sampled_from(Purpose)
subjects = st.integers(0, MAX_SUBJECT)
scopes = st.integers(0, MAX_SCOPE)
expiries = st.datetimes(
    min_value=datetime(2026, 11, 25),  # noqa: DTZ001 - Hypothesis adds the zone
    max_value=datetime(2106, 1, 1),  # noqa: DTZ001 - as above
    timezones=st.just(UTC),
).map(lambda at: at.replace(microsecond=0))


def expiry_for(purpose: Purpose) -> datetime | None:
    return None if purpose in LASTING else SOON


@given(purpose=purposes, subject=subjects, scope=scopes, expires_at=expiries)
@example(purpose=Purpose.UNSUBSCRIBE, subject=0, scope=0, expires_at=SOON)
@example(purpose=Purpose.VIEW, subject=MAX_SUBJECT, scope=MAX_SCOPE, expires_at=SOON)
def test_check_returns_what_make_was_given(
    purpose: Purpose, subject: int, scope: int, expires_at: datetime
) -> None:
    expiry = None if purpose in LASTING else expires_at
    token = make(KEYRING, purpose, subject, scope=scope, expires_at=expiry)
    assert check(KEYRING, purpose, token, NOW) == Claim(purpose, subject, scope, expiry)
    assert re.fullmatch(r"[A-Za-z0-9_-]{40}", token)


def test_the_same_claim_is_always_the_same_token() -> None:
    """A retried mail has the same bytes (reliability.md R6), on any host and in any version."""
    token = make(KEYRING, Purpose.UNSUBSCRIBE, 7, scope=3)
    assert token == make(Keyring((OLD,)), Purpose.UNSUBSCRIBE, 7, scope=3)
    assert token == "qe4sDf-J5InR7pNyr-1L8yTZncTC7JYKlYVKFTG3"


def test_each_token_is_another_for_each_purpose_subject_scope_and_expiry() -> None:
    tokens = {
        make(
            KEYRING,
            purpose,
            subject,
            scope=scope,
            expires_at=None if purpose in LASTING else NOW + timedelta(seconds=subject + 1),
        )
        for purpose in Purpose
        for subject in range(500)
        for scope in range(3)
    }
    assert len(tokens) == len(Purpose) * 500 * 3


def test_neighbouring_subjects_have_nothing_in_common_but_the_key_id() -> None:
    """Nobody can count subscribers by their tokens (email.md L6: opaque)."""
    raw = [
        base64.urlsafe_b64decode(make(KEYRING, Purpose.UNSUBSCRIBE, subject))
        for subject in range(400)
    ]
    assert len({each[0] for each in raw}) == 1
    for position in range(1, 30):
        assert len({each[position] for each in raw}) > 150, position


@pytest.mark.parametrize("many", [5_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_bad_tokens_are_refused(many: int) -> None:
    """security.md 3: mutated, truncated, swapped, and cross-purpose tokens."""
    dice = random.Random(20261124)  # noqa: S311 - repeatable, no secret
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    genuine = [
        (purpose, make(KEYRING, purpose, subject, expires_at=expiry_for(purpose)))
        for purpose in Purpose
        for subject in range(100)
    ]
    known = {token for _, token in genuine}
    refused = 0
    while refused < many:
        purpose, token = dice.choice(genuine)
        place = dice.randrange(TOKEN_LENGTH)
        other = dice.choice(genuine)[1]
        bad = dice.choice(
            (
                token[:place] + dice.choice(alphabet) + token[place + 1 :],
                token[:place],
                token + dice.choice(alphabet),
                token[place:] + token[:place],
                token[:place] + other[place:],
                token[:place] + token[place:].swapcase(),
                "".join(dice.choices(alphabet, k=TOKEN_LENGTH)),
            )
        )
        if bad in known:
            purpose = dice.choice([each for each in Purpose if (each, bad) not in genuine])
        assert check(KEYRING, purpose, bad, NOW) is None, (purpose, bad)
        refused += 1


def test_every_single_bit_counts() -> None:
    for bit in range(240):
        raw = bytearray(base64.urlsafe_b64decode(make(KEYRING, Purpose.UNSUBSCRIBE, 7)))
        raw[bit // 8] ^= 1 << bit % 8
        token = base64.urlsafe_b64encode(raw).decode()
        assert check(KEYRING, Purpose.UNSUBSCRIBE, token, NOW) is None, bit


def test_a_token_serves_its_own_purpose_only() -> None:
    """An unsubscribe token only unsubscribes."""
    for made_for, used_for in itertools.product(Purpose, repeat=2):
        token = make(KEYRING, made_for, 7, expires_at=expiry_for(made_for))
        taken = check(KEYRING, used_for, token, NOW) is not None
        assert taken is (made_for is used_for), (made_for, used_for)


@given(text=st.text(st.characters()))
@example(text="")
@example(text="\ud800" * 40)
@example(text="=" * 40)
@example(text="\N{ARABIC-INDIC DIGIT ONE}" * 40)
def test_check_refuses_any_other_text_and_never_raises(text: str) -> None:
    assert check(KEYRING, Purpose.UNSUBSCRIBE, text, NOW) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token + "\n",
        lambda token: " " + token,
        lambda token: token + "=",
        lambda token: token[:20] + "\n" + token[20:],
        lambda token: token.replace("_", "/").replace("-", "+"),
        lambda token: token[:-1] + chr(ord(token[-1]) + 0xFEE0),
    ],
    ids=["newline", "blank", "padding", "line break inside", "standard base64", "full width"],
)
def test_other_ways_to_write_the_same_bytes_are_refused(change: Callable[[str], str]) -> None:
    """One token, one spelling: a log or a rate limit that knows one knows all."""
    token = next(
        token
        for subject in range(100)
        if {"-", "_"} <= set(token := make(KEYRING, Purpose.UNSUBSCRIBE, subject))
    )
    assert check(KEYRING, Purpose.UNSUBSCRIBE, token, NOW) is not None
    assert check(KEYRING, Purpose.UNSUBSCRIBE, change(token), NOW) is None


def test_a_token_ends_at_its_expiry() -> None:
    token = make(KEYRING, Purpose.EXPORT, 7, expires_at=SOON)
    assert check(KEYRING, Purpose.EXPORT, token, SOON - timedelta(microseconds=1)) is not None
    assert check(KEYRING, Purpose.EXPORT, token, SOON) is None


def test_unsubscribing_works_for_ever() -> None:
    token = make(KEYRING, Purpose.UNSUBSCRIBE, 7)
    assert check(KEYRING, Purpose.UNSUBSCRIBE, token, datetime.max.replace(tzinfo=UTC)) is not None
    with pytest.raises(ValueError, match="must work for ever"):
        make(KEYRING, Purpose.UNSUBSCRIBE, 7, expires_at=SOON)


@pytest.mark.parametrize("purpose", [each for each in Purpose if each not in LASTING])
def test_what_can_do_harm_must_expire(purpose: Purpose) -> None:
    with pytest.raises(ValueError, match="must expire"):
        make(KEYRING, purpose, 7)


@pytest.mark.parametrize(
    ("subject", "scope", "expires_at"),
    [
        (-1, 0, SOON),
        (MAX_SUBJECT + 1, 0, SOON),
        (0, -1, SOON),
        (0, MAX_SCOPE + 1, SOON),
        (0, 0, datetime(1970, 1, 1, tzinfo=UTC)),
        (0, 0, datetime(2107, 1, 1, tzinfo=UTC)),
    ],
)
def test_numbers_that_do_not_fit_are_refused(
    subject: int, scope: int, expires_at: datetime
) -> None:
    """A number cut short would be another person's token."""
    with pytest.raises(ValueError, match="out of range"):
        make(KEYRING, Purpose.VIEW, subject, scope=scope, expires_at=expires_at)


def test_after_a_rotation_old_tokens_work_and_new_ones_are_signed_with_the_new_key() -> None:
    old_token = make(KEYRING, Purpose.UNSUBSCRIBE, 7)
    rotated = Keyring((NEW, OLD))
    new_token = make(rotated, Purpose.UNSUBSCRIBE, 7)
    assert new_token == make(Keyring((NEW,)), Purpose.UNSUBSCRIBE, 7)
    for token in (old_token, new_token):
        assert check(rotated, Purpose.UNSUBSCRIBE, token, NOW) is not None
    assert check(Keyring((NEW,)), Purpose.UNSUBSCRIBE, old_token, NOW) is None
    assert check(KEYRING, Purpose.UNSUBSCRIBE, new_token, NOW) is None


def test_keys_with_the_same_id_are_told_apart_by_their_tags() -> None:
    """The id is one byte, so two keys in 256 share it."""
    wanted = derive(OLD, "token id")[0]
    twin = next(
        secret
        for number in range(5000)
        if derive(secret := number.to_bytes(32, "big"), "token id")[0] == wanted
    )
    both = Keyring((twin, OLD))
    for keyring in (KEYRING, Keyring((twin,))):
        assert check(both, Purpose.VIEW, make(keyring, Purpose.VIEW, 7), NOW) is not None


def test_a_token_of_a_purpose_that_this_version_does_not_know_is_refused() -> None:
    """A newer version signed it with the same key; going back to this one must not crash."""
    clear = bytes([200]) + bytes(12)
    tag = hmac.digest(derive(OLD, "token tag"), clear, "sha256")[:16]
    stream = hmac.digest(derive(OLD, "token encryption"), tag, "sha256")
    hidden = bytes(a ^ b for a, b in zip(clear, stream, strict=False))
    raw = derive(OLD, "token id")[:1] + tag + hidden
    token = base64.urlsafe_b64encode(raw).decode()
    assert [check(KEYRING, purpose, token, NOW) for purpose in Purpose] == [None] * len(Purpose)


def test_derived_keys_differ_by_label_and_by_secret() -> None:
    keys = [derive(secret, label) for secret in (OLD, NEW) for label in ("verp", "message id")]
    assert len(set(keys)) == 4
    assert {len(key) for key in keys} == {32}
    assert derive(OLD, "verp") == derive(KEYRING.first, "verp")


def test_a_keyring_never_shows_its_secrets() -> None:
    """security.md 13: none in logs or tracebacks."""
    shown = repr(KEYRING)
    assert "ooo" not in shown
    assert OLD.hex() not in shown


@pytest.mark.parametrize("secrets", [(), (b"short",), (OLD, b"x" * 31)])
def test_weak_secrets_are_refused(secrets: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match="secret"):
        Keyring(secrets)


def test_led_by_puts_one_key_in_front_and_keeps_all() -> None:
    """reliability.md R6: what an issue was frozen with goes on signing it."""
    both = Keyring((NEW, OLD))
    old_first = both.led_by(key_id(OLD))
    assert old_first is not None
    assert old_first.secrets == (OLD, NEW)
    assert old_first.address_hash("a@b.example") == both.address_hash("a@b.example")
    assert both.led_by(both.first_id) == both
    assert both.led_by("") == old_first
    assert both.led_by("no such") is None


def test_a_rotation_keeps_what_the_do_not_mail_record_knows() -> None:
    """email.md, Consent: suppressions survive; nobody without the key can try addresses."""
    before = KEYRING.address_hash("ada@reader.example")
    assert re.fullmatch(r"[0-9a-f]{64}", before)
    assert Keyring((NEW, OLD)).address_hash("ada@reader.example") == before
    assert Keyring((NEW,), KEYRING.addresses).address_hash("ada@reader.example") == before
    assert Keyring((NEW,)).address_hash("ada@reader.example") != before
    assert KEYRING.address_hash("bob@reader.example") != before


def test_nothing_shows_a_secret() -> None:
    """security.md 13."""
    shown = repr(KEYRING) + str(KEYRING) + KEYRING.first_id
    assert OLD.hex() not in shown
    assert "ooooo" not in shown
    assert KEYRING.addresses.hex() not in shown
