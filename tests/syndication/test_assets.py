"""What articles bring along: which files they name, what those are called, where they lead."""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath

import pytest
from fakes import make_png
from hypothesis import example, given
from hypothesis import strategies as st

from digest.model import Draft, Enclosure, Image
from digest.syndication.assets import (
    MEDIA_TYPES,
    PICTURES,
    Asset,
    attach,
    describe,
    is_local,
    locate,
    media_type_of,
    references,
)

PAGE = "https://gazette.example/articles/ferry"
MEDIA = "https://gazette.example/feeds/media/"
HERE = PurePosixPath("2026/ferry.md")


def draft(html: str = "<p>Text.</p>", image: Image | None = None, *enclosures: Enclosure) -> Draft:
    return Draft("Ferry", html, "Text.", image=image, enclosures=enclosures)


def asset(name: str, **facts: int) -> Asset:
    return Asset(name, f"2026/{name}", "0" * 64, 1000, MEDIA_TYPES[f".{name[-3:]}"], **facts)


# References.


def test_all_that_stays_in_the_folder_is_named_once() -> None:
    html = (
        '<p><img src="a.png"><img src="../b%20c.png"><img src="a.png">'
        '<img src="https://elsewhere.example/d.png"><img src="/e.png"></p>'
    )
    named = references(
        draft(
            html,
            Image("lead.jpg"),
            Enclosure("talk.mp3", "", 0),
            Enclosure("https://elsewhere.example/f.mp3", "audio/mpeg", 1),
        ),
        HERE,
    )
    assert named == {
        "a.png": "2026/a.png",
        "../b%20c.png": "b c.png",
        "/e.png": "e.png",
        "lead.jpg": "2026/lead.jpg",
        "talk.mp3": "2026/talk.mp3",
    }


def test_words_without_a_picture_name_nothing() -> None:
    assert references(draft(image=Image("", caption="At the quay")), HERE) == {}


@pytest.mark.parametrize(
    "reference",
    [
        "../../x.png",
        "../../../etc/passwd",
        "%2e%2e%2f%2e%2e%2fx.png",
        "/../x.png",
        "/%2e%2e/x.png",
        "a/../../../x.png",
        "../..",
        "x%00.png",
    ],
)
def test_a_reference_that_leads_out_of_the_folder_leads_nowhere(reference: str) -> None:
    """security.md 10."""
    assert locate(reference, HERE) == ""
    assert references(draft(image=Image(reference)), HERE) == {reference: ""}


@given(st.text(max_size=30), st.sampled_from(["a.md", "x/a.md", "x/y/a.md"]))
@example("..%2f..%2fx", "x/a.md")
@example("//host/x", "a.md")
@example("http://[broken", "a.md")
def test_no_reference_leads_out(reference: str, path: str) -> None:
    if not is_local(reference):
        return
    place = locate(reference, PurePosixPath(path))
    assert not place.startswith("/")
    assert ".." not in place.split("/")


@pytest.mark.parametrize(
    ("reference", "local"),
    [
        ("a.png", True),
        ("/a.png", True),
        ("a.png?x=1#y", True),
        ("", False),
        ("#top", False),
        ("https://x.example/a.png", False),
        ("//x.example/a.png", False),
        ("data:image/png;base64,x", False),
        ("http://[broken", False),
    ],
)
def test_what_is_local(reference: str, local: bool) -> None:  # noqa: FBT001 - a column of the table
    assert is_local(reference) is local


def described(name: str, data: bytes) -> Asset | None:
    digest = hashlib.sha256(data).hexdigest()
    return describe(PurePosixPath(name), digest, len(data), data)


# Describe.


def test_a_picture_says_its_size_and_its_name_what_it_holds() -> None:
    data = make_png(40, 30)
    found = described("2026/Fähre am Quai.PNG", data)
    assert found is not None
    assert found.name == f"{hashlib.sha256(data).hexdigest()[:12]}-fahre-am-quai.png"
    assert (found.width, found.height) == (40, 30)
    assert found.media_type == "image/png"
    assert found.length_bytes == len(data)
    assert found.path == "2026/Fähre am Quai.PNG"


def test_another_content_is_another_name() -> None:
    one, other = described("a.png", make_png(1, 1)), described("a.png", make_png(2, 2))
    assert one is not None
    assert other is not None
    assert one.name != other.name


def test_only_pictures_have_a_size() -> None:
    found = described("talk.mp3", make_png(40, 30))
    assert found is not None
    assert (found.width, found.height) == (None, None)


@pytest.mark.parametrize("name", ["x.svg", "x.html", "x.js", "x", "x.php", ".png"])
def test_what_could_run_scripts_or_is_unknown_is_not_published(name: str) -> None:
    assert described(name, b"<svg/>") is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        make_png()[:20],
        b"\xff\xd8\xff\xe0\x00",
        b"GIF89a",
        b"RIFF....WEBPVP8 ",
        b"<svg width='%s' height='1'>" % (b"9" * 400),
        b"<svg width='0.5' height='1'>",
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\xff\xff\xff\xff\x00\x00\x00\x01",
    ],
)
def test_a_broken_picture_has_no_size(data: bytes) -> None:
    found = described("a.png", data)
    assert found is not None
    assert (found.width, found.height) == (None, None)


@given(st.binary(max_size=200), st.sampled_from(sorted(PICTURES)))
def test_whatever_a_picture_holds_it_is_described(data: bytes, suffix: str) -> None:
    for start in (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF", b"<svg "):
        found = described(f"a{suffix}", start + data)
        assert found is not None
        assert (found.width is None) == (found.height is None)


# Attach.


def test_every_address_becomes_absolute() -> None:
    """feeds.md T5."""
    html = '<p><img src="a.png" alt="A"><a href="more">more</a><a href="#x">x</a></p>'
    found = {"a.png": asset("abc-a.png")}
    done = attach(draft(html), found, page_url=PAGE, media_base=MEDIA)
    assert done.content_html == (
        f'<p><img src="{MEDIA}abc-a.png" alt="A">'
        '<a href="https://gazette.example/articles/more">more</a>'
        f'<a href="{PAGE}#x">x</a></p>'
    )


def test_a_lead_picture_takes_over_what_its_file_says() -> None:
    image = Image("a.png", alt="Alt", caption="Cap", credit="Cred")
    found = {"a.png": asset("abc-a.png", width=40, height=30)}
    done = attach(draft(image=image), found, page_url=PAGE, media_base=MEDIA)
    assert done.image == Image(f"{MEDIA}abc-a.png", "Alt", "Cap", "Cred", "image/png", 1000, 40, 30)


def test_a_picture_on_the_web_stays() -> None:
    image = Image("https://elsewhere.example/a.png", alt="A")
    assert attach(draft(image=image), {}, page_url=PAGE, media_base=MEDIA).image == image


@pytest.mark.parametrize("url", ["gone.png", "", "javascript:alert(1)", "http://[broken"])
def test_words_stay_without_their_picture(url: str) -> None:
    done = attach(draft(image=Image(url, "A", "Cap")), {}, page_url=PAGE, media_base=MEDIA)
    assert done.image == Image("", "A", "Cap")
    done = attach(draft(image=Image(url, credit="X")), {}, page_url=PAGE, media_base=MEDIA)
    assert done.image == Image("", credit="X")


def test_without_a_picture_and_words_there_is_nothing() -> None:
    done = attach(draft(image=Image("gone.png", alt="A")), {}, page_url=PAGE, media_base=MEDIA)
    assert done.image is None
    assert attach(draft(), {}, page_url=PAGE, media_base=MEDIA).image is None


def test_a_missing_picture_in_the_text_goes_and_its_caption_stays() -> None:
    html = '<figure><img src="gone.png" alt="A"><figcaption>Cap</figcaption></figure>'
    done = attach(draft(html), {}, page_url=PAGE, media_base=MEDIA)
    assert done.content_html == "<figure><figcaption>Cap</figcaption></figure>"


def test_an_enclosure_takes_over_what_its_file_says() -> None:
    enclosures = (
        Enclosure("talk.mp3", "", 0, "Talk", 60),
        Enclosure("own.mp3", "audio/x-own", 7),
        Enclosure("gone.mp3", "", 0),
        Enclosure("javascript:x", "", 0),
        Enclosure("https://elsewhere.example/f.mp3", "audio/mpeg", 5),
    )
    found = {"talk.mp3": asset("abc-talk.mp3"), "own.mp3": asset("abc-own.mp3")}
    done = attach(draft("", None, *enclosures), found, page_url=PAGE, media_base=MEDIA)
    assert done.enclosures == (
        Enclosure(f"{MEDIA}abc-talk.mp3", "audio/mpeg", 1000, "Talk", 60),
        Enclosure(f"{MEDIA}abc-own.mp3", "audio/x-own", 1000),
        Enclosure("https://elsewhere.example/f.mp3", "audio/mpeg", 5),
    )


@pytest.mark.parametrize(
    ("place", "media_type"),
    [
        ("a.VTT", "text/vtt"),
        ("https://a.example/b.mp3?x=1#y", "audio/mpeg"),
        ("https://a.example/b", "application/octet-stream"),
        ("http://[", "application/octet-stream"),
    ],
)
def test_the_end_of_a_name_says_what_a_file_is(place: str, media_type: str) -> None:
    assert media_type_of(place) == media_type


def test_security_6_a_picture_inside_somebodys_network_is_left_out() -> None:
    html = '<p>a<img src="http://192.168.1.1/x.png" alt="x"><img src="https://e.example/y.png"></p>'
    draft = Draft("T", html, "a", image=Image("http://router.local/z.png", caption="words"))
    found = attach(draft, {}, page_url="https://news.example/a", media_base="https://m.example/")
    assert found.content_html == '<p>a<img src="https://e.example/y.png"></p>'
    assert found.image == Image("", caption="words")
    inside = attach(draft, {}, page_url="http://localhost/a", media_base="http://localhost/m/")
    assert "192.168.1.1" in inside.content_html
    assert inside.image == draft.image
