"""The sum under every token, Message-ID, and envelope sender."""

from __future__ import annotations

import hmac

from hypothesis import example, given
from hypothesis import strategies as st

from digest.tokens import mac


@given(st.binary(max_size=200), st.binary(max_size=3000))
@example(b"", b"")
@example(b"k" * 64, b"data")
@example(b"k" * 65, b"data")
def test_mac_is_what_the_standard_library_computes(key: bytes, data: bytes) -> None:
    """RFC 2104: the quick way changes no bit."""
    assert mac(key, data) == hmac.digest(key, data, "sha256")
    assert mac(key, data) == mac(key, data)
