"""Content codings, made once (feeds.md H4)."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.syndication.codings import SUFFIXES, CodingError, decode, encode
from digest.syndication.decompress import decompress


@pytest.mark.parametrize("coding", SUFFIXES)
@given(body=st.binary(max_size=3000))
@example(b"")
def test_a_body_comes_back(coding: str, body: bytes) -> None:
    coded = encode(body, coding)
    assert decode(coded, coding) == body
    assert encode(body, coding) == coded
    assert decompress(coded, coding, limit_bytes=10_000, max_ratio=100) == body


@pytest.mark.parametrize("coding", SUFFIXES)
@pytest.mark.parametrize("damage", [b"plain text", b"\x1f\x8b\x08"])
def test_damage_is_told(coding: str, damage: bytes) -> None:
    with pytest.raises(CodingError, match=f"this is not {coding}"):
        decode(damage, coding)


def test_a_feed_becomes_much_shorter() -> None:
    body = b"".join(b"<item><title>Low water %d</title></item>" % number for number in range(900))
    assert list(SUFFIXES) == ["br", "zstd", "gzip"]
    assert max(len(encode(body, coding)) for coding in SUFFIXES) < len(body) / 5
