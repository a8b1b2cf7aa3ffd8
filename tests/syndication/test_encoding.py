# ruff: noqa: RUF001 - texts in many scripts
"""From bytes to text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.syndication.encoding import DecodeError, decode

TEXTS = {
    "fr": ("cp1252", "Le ministre a été reçu à l’Élysée. Les négociations ont débuté à Genève."),
    "de": ("cp1252", "Über die Brücke gehen täglich viele Fußgänger, größtenteils Schüler."),
    "pt": ("cp1252", "As negociações não começaram às três, põe-se a questão."),
    "hu": ("cp1250", "A tárgyalások hosszú ideig tartottak, a miniszter később elutazott Győrbe."),
    "pl": ("cp1250", "Rozmowy trwały trzy godziny, dłużej niż sądzono, lecz skończyły się dobrze."),
    "cs": ("cp1250", "Jednání trvalo tři hodiny, déle než se čekalo, a skončilo žádným závěrem."),
    "uk": ("cp1251", "Міністр зустрівся з колегами у Женеві. Переговори тривали три години."),
    "ru": ("koi8-r", "Министр встретился с коллегами в Женеве. Переговоры длились три часа."),
    "el": ("cp1253", "Ο υπουργός συναντήθηκε με συναδέλφους στη Γενεύη."),
    "he": ("cp1255", "השר נפגש עם עמיתיו בז׳נבה. השיחות נמשכו שלוש שעות."),
    "ar": ("cp1256", "التقى الوزير بزملائه في جنيف. استمرت المحادثات ثلاث ساعات."),
    "ja": ("cp932", "大臣はジュネーブで会談した。協議は三時間続いた。"),
    "ja-unix": ("euc_jp", "大臣はジュネーブで会談した。協議は三時間続いた。"),
    "zh": ("gb18030", "部长在日内瓦会见了同事。会谈持续了三个小时。"),
}


@pytest.mark.parametrize("language", TEXTS)
def test_texts_without_a_declaration_are_read_by_their_language(language: str) -> None:
    name, text = TEXTS[language]
    assert decode(text.encode(name)) == text


@pytest.mark.parametrize(
    "data",
    [
        "né".encode(),
        b"\xef\xbb\xbf" + "né".encode(),
        "né".encode("utf-16"),
        b"\xfe\xff" + "né".encode("utf-16-be"),
        "né".encode("utf-32"),
        b"\x00\x00\xfe\xff" + "né".encode("utf-32-be"),
    ],
)
def test_unicode_is_read_with_and_without_a_mark(data: bytes) -> None:
    assert decode(data) == "né"


def test_iso_2022_jp_is_told_by_its_escapes() -> None:
    assert decode("港の鐘".encode("iso2022_jp")) == "港の鐘"
    assert decode(b"\x1b$ is no Japanese \x1b$\x7f") == "\x1b$ is no Japanese \x1b$\x7f"


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("iso-8859-1", "cp1252"),
        ("windows-1251", "cp1251"),
        ("KOI8-U", "koi8-u"),
        ("gb2312", "gb18030"),
        ("Shift_JIS", "cp932"),
    ],
)
@pytest.mark.parametrize(
    "meta", ['<meta charset="{}">', "<meta http-equiv=a content='text/html; charset={}'>"]
)
def test_a_page_says_its_charset(label: str, name: str, meta: str) -> None:
    letters = {"cp1252": "naïve €", "gb18030": "鐘", "cp932": "鐘"}.get(name, "звук")
    page = meta.format(label) + letters
    assert decode(page.encode(name), html=True) == page


def test_a_declaration_that_is_wrong_or_dangerous_is_not_followed() -> None:
    text = "<meta charset=windows-1251>né"
    assert decode(text.encode(), html=True) == text
    for label in ("utf-7", "rot13", "shift_jis", "no-such"):
        page = f"<meta charset={label}>né né né"
        assert decode(page.encode("cp1252"), html=True) == page


def test_a_declaration_counts_in_pages_only() -> None:
    text = "<meta charset=windows-1251> né né"
    assert decode(text.encode("cp1252")) == text


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_all_line_ends_become_one(end: str) -> None:
    assert decode(f"a{end}{end}b".encode()) == "a\n\nb"


@pytest.mark.parametrize(
    ("data", "reason", "line"),
    [
        (b"a\0b", "NUL", None),
        ("a".encode("utf-16-le"), "NUL", None),
        (b"\x01\x02\x03a", "control characters", None),
        (b"\xff\xfea", "damaged", None),
        ("один два\nтри чотири ".encode() + b"\xff", "not UTF-8", 2),
        ("Die Züge ".encode() + b"\xe4" + b" fahren", "not UTF-8", 1),
        (bytes(range(0xFD, 0x7F, -1)), "cannot be told", None),
    ],
)
def test_what_is_no_text_is_refused(data: bytes, reason: str, line: int | None) -> None:
    with pytest.raises(DecodeError, match=reason) as caught:
        decode(data)
    assert caught.value.line == line


@given(
    st.text(
        alphabet=st.characters(exclude_characters="\r\0\ufeff", exclude_categories=["Cc", "Cs"])
    )
)
def test_utf_8_is_read_as_it_was_written(text: str) -> None:
    assert decode(text.encode()) == text
    assert decode(text.encode("utf-16")) == text
