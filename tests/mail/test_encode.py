"""Bodies are encoded so that no relay touches them, and slots stay whole."""

from __future__ import annotations

import base64
import quopri
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.mail.encode import base32, clean, quoted_printable

NOTHING = re.compile(rb"(?!)")
TOKEN = re.compile(rb"ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMN")
texts = st.text(st.characters(exclude_categories=()), max_size=300)


def decoded(encoded: bytes) -> str:
    """Decode with the standard library, which had no part in encoding."""
    return quopri.decodestring(encoded).decode().replace("\r\n", "\n")


@given(texts)
@example("")
@example(" \n\t\n")
@example("x" * 74 + " \n")
@example("x" * 75 + "=")
@example("ä" * 200)
@example(".\n..\nFrom me\n" + "x" * 75 + ".y\n" + "x" * 75 + "From me")
def test_decoding_gives_the_text_back(text: str) -> None:
    """email.md F5, F7: quoted-printable is exact, and every line is safe."""
    text = clean(text)
    encoded = quoted_printable(text, NOTHING)
    assert decoded(encoded) == text
    for line in encoded.split(b"\r\n"):
        assert len(line) <= 76
        assert not line.startswith((b".", b"From "))
        assert not line.endswith((b" ", b"\t"))
        assert re.fullmatch(rb"(?:[\t -<>-~]|=[0-9A-F]{2})*=?", line)


@given(
    st.lists(st.sampled_from(["x", "é", "=", " ", ".", "From ", "\n", "T" * 40]), max_size=60).map(
        "".join
    ),
    st.integers(0, 80),
)
@example("T" * 40 + ".", 35)
@example("T" * 80, 74)
def test_no_line_break_falls_into_a_slot(text: str, shift: int) -> None:
    """email.md F5: a line never crosses a placeholder, wherever it stands."""
    text = "x" * shift + text.replace("T" * 40, TOKEN.pattern.decode())
    encoded = quoted_printable(text, TOKEN)
    assert len(TOKEN.findall(encoded)) == len(re.findall(TOKEN.pattern.decode(), text))
    assert decoded(encoded) == text
    assert max(map(len, encoded.split(b"\r\n"))) <= 76


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        (".", b"=2E"),
        (".hidden", b"=2Ehidden"),
        ("From the editor", b"=46rom the editor"),
        ("Fromage", b"Fromage"),
        ("a=b", b"a=3Db"),
        ("end ", b"end=20"),
        ("end\t", b"end=09"),
        ("é", b"=C3=A9"),
        ("x" * 76, b"x" * 76),
        ("x" * 77, b"x" * 75 + b"=\r\nxx"),
        ("x" * 75 + ".b", b"x" * 75 + b"=\r\n=2Eb"),
        ("x" * 75 + "From me", b"x" * 75 + b"=\r\n=46rom me"),
        ("x" * 74 + "é", b"x" * 74 + b"=\r\n=C3=A9"),
        ("x" * 71 + "é", b"x" * 71 + b"=C3=\r\n=A9"),
    ],
)
def test_encoded_form(text: str, encoded: bytes) -> None:
    """email.md F7: a leading dot and "From " are coded, also after a soft line break."""
    assert quoted_printable(text, NOTHING) == encoded


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("a\u2028b\u2029c\x85d\x0be\x0cf", "a\nb\nc\nd\ne\nf"),
        ("tab\tstays", "tab\tstays"),
        ("<scr\x00ipt>", "<scr\ufffdipt>"),
        ("\ud83d alone", "\ufffd alone"),
        ("\x1b[31m\x9b", "\ufffd[31m\ufffd"),
    ],
)
def test_clean_normalises_lines_and_marks_what_no_mail_may_hold(text: str, cleaned: str) -> None:
    """email.md F7: NUL and lone surrogates are replaced, not dropped; no bare CR or LF."""
    assert clean(text) == cleaned


@given(st.binary(min_size=20, max_size=20))
@example(bytes(20))
@example(b"\xff" * 20)
def test_base32_is_that_of_the_rfc_in_lower_case(data: bytes) -> None:
    assert base64.b32decode(base32(data).upper()) == data
    assert base32(data) == base64.b32encode(data).decode().lower()


@pytest.mark.parametrize("length", [0, 15, 21, 40])
def test_base32_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match=f"{length} bytes are not 20"):
        base32(bytes(length))
