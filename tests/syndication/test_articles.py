"""One file, one draft: the corpus, the client's own text, and what goes wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import pytest
from article_corpus import EXPECTED, REFUSED, TIMEZONE

from digest.errors import ArticleError
from digest.model import MAX_SOURCE_BYTES, Change, Draft, Image
from digest.syndication.articles import MAX_LINES, SUFFIXES, parse_article
from digest.syndication.furniture import Furniture
from digest.syndication.identity import SLUG
from digest.syndication.markup import inner_text
from digest.syndication.sanitize import html_to_text, sanitize_html

CORPUS = Path(__file__).parents[1] / "data" / "articles"
SEEDS = Path(__file__).parents[3] / "shared" / "seeds"


def parse(text: str, name: str = "x.md") -> Draft:
    return parse_article(PurePosixPath(name), text.encode())


def corpus(name: str) -> Draft:
    data = (CORPUS / name).read_bytes()
    return parse_article(PurePosixPath(name), data, timezone=TIMEZONE)


def test_the_table_names_every_file_of_the_corpus() -> None:
    files = {str(path.relative_to(CORPUS)) for path in CORPUS.rglob("*") if path.is_file()}
    assert files == EXPECTED.keys() | REFUSED.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_a_file_says_what_the_table_says(name: str) -> None:
    draft = corpus(name)
    expected = dict(EXPECTED[name])
    assert draft.content_html.split("\n") == expected.pop("html")
    removals = [(removal.line, removal.text, removal.reason) for removal in draft.removals]
    assert removals == expected.pop("removals", [])
    silent = Draft("", "", "")
    for field in Draft.__slots__:
        if field not in {"content_html", "content_text", "removals"}:
            assert getattr(draft, field) == expected.get(field, getattr(silent, field)), field


@pytest.mark.parametrize("name", EXPECTED)
def test_every_draft_is_clean_and_well_formed(name: str) -> None:
    """feeds.md X1, X3; security.md 6, 10."""
    draft = corpus(name)
    assert sanitize_html(draft.content_html) == draft.content_html
    assert html_to_text(draft.content_html) == draft.content_text
    assert SLUG.fullmatch(draft.slug)


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_wrong_is_refused_with_its_line_and_reason(name: str) -> None:
    with pytest.raises(ArticleError) as caught:
        corpus(name)
    assert (caught.value.line, caught.value.reason) == REFUSED[name]
    assert caught.value.path == name


@pytest.fixture(name="seed")
def pasted_page() -> str:
    """Return the client's own text: a page as it was pasted."""
    found = sorted(SEEDS.glob("*.txt"))
    if not found:
        pytest.skip("the client's text is not beside this checkout")
    return found[0].read_text()


@pytest.fixture(name="seed_draft")
def draft_of_pasted_page(seed: str) -> Draft:
    return parse(seed, "000_6590fbfd3e993fb7.txt")


@pytest.fixture(name="seed_lines")
def lines_of_pasted_page(seed: str) -> list[str]:
    return [line.strip() for line in seed.split("\n") if line.strip()]


def test_the_clients_title_caption_and_summary_stand_apart(
    seed_draft: Draft, seed_lines: list[str]
) -> None:
    assert seed_draft.title == seed_lines[0]
    assert seed_draft.image == Image("", caption=seed_lines[1])
    assert seed_draft.summary == seed_lines[3]


def test_the_clients_page_furniture_is_gone_and_told(
    seed_draft: Draft, seed_lines: list[str]
) -> None:
    furniture = [seed_lines[2], *seed_lines[-2:]]
    assert [removal.text for removal in seed_draft.removals] == furniture
    assert [removal.line for removal in seed_draft.removals] == [5, 49, 51]
    assert {removal.kind for removal in seed_draft.removals} == {Change.FURNITURE}


def test_every_paragraph_of_the_client_is_there_once_in_order_verbatim(
    seed_draft: Draft, seed_lines: list[str]
) -> None:
    shown = seed_draft.content_html.replace("<footer>", "<footer> ")
    blocks = [inner_text(line).replace("  ", " ") for line in shown.split("\n")]
    assert blocks == seed_lines[3:-2]


def test_the_clients_two_headings_and_one_quotation_with_its_speaker(seed_draft: Draft) -> None:
    html = seed_draft.content_html
    assert html.count("<h2>") == 2
    assert "<h2>Intense contacts" in html
    assert "<h2>The choice that" in html
    assert html.count("<blockquote>") == 1
    assert "</p><footer>says <cite>Antony Blinken</cite></footer></blockquote>" in html


def test_a_name_given_by_a_machine_makes_no_slug(seed_draft: Draft) -> None:
    assert seed_draft.slug.startswith("secretary-blinken-and")
    assert not seed_draft.slug_is_explicit


def test_suffixes_are_read_without_regard_to_capitals() -> None:
    assert {".md", ".markdown", ".html", ".htm", ".txt"} == SUFFIXES
    assert parse("# A\n", "X.MD").title == "A"


def test_a_file_above_the_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(ArticleError, match="the limit is 1,000,000 bytes"):
        parse_article(PurePosixPath("x.txt"), b"\0" * (MAX_SOURCE_BYTES + 1))


def test_a_file_of_too_many_lines_is_refused() -> None:
    with pytest.raises(ArticleError, match="more than 40,000 lines"):
        parse("A\n" * (MAX_LINES + 1), "x.txt")


@pytest.mark.parametrize("name", ["x.md", "x.html", "x.txt"])
def test_more_markup_than_can_be_kept_is_refused_not_dropped(name: str) -> None:
    text = "Title\n\n" + "<i>a" * 70_000 if name != "x.txt" else "Title\n\n" + "&" * 110_000
    with pytest.raises(ArticleError, match="more markup than an article can have"):
        parse(text, name)


def test_template_syntax_and_encoded_words_are_just_data() -> None:
    """security.md 7."""
    draft = corpus("template.txt")
    assert draft.title == "{{7*7}} and =?utf-8?q?friends?="
    assert '{% include "/etc/passwd" %}' in draft.content_html


@pytest.mark.parametrize(
    ("name", "slug", "day"),
    [
        ("2026-01-21-the-bell.md", "the-bell", datetime(2026, 1, 21, tzinfo=UTC)),
        ("2026-01-21_bell.md", "bell", datetime(2026, 1, 21, tzinfo=UTC)),
        ("deep/2026-01-21-bell/index.md", "bell", datetime(2026, 1, 21, tzinfo=UTC)),
        ("2026-02-30-bell.md", "2026-02-30-bell", None),
        ("2026-01-21.md", "a-title", datetime(2026, 1, 21, tzinfo=UTC)),
        ("0017_9f3c.md", "a-title", None),
        ("Straße nach Łódź.md", "strasse-nach-lodz", None),
        ("index.md", "index", None),
    ],
)
def test_the_file_name_gives_date_and_slug(name: str, slug: str, day: datetime | None) -> None:
    draft = parse("# A title\n", name)
    assert (draft.slug, draft.published_at) == (slug, day)


def test_front_matter_wins_over_name_heading_and_page() -> None:
    draft = parse(
        "---\ntitle: Mine\npublished: 2025-01-01\nlanguage: uk\n---\n"
        '<html lang="en"><head><title>Theirs</title><meta name="date" content="2024-01-01"></head>'
        "<body><h1>Theirs too</h1><p>Text.</p></body></html>",
        "2023-01-01-x.html",
    )
    assert draft.title == "Mine"
    assert draft.published_at == datetime(2025, 1, 1, tzinfo=UTC)
    assert draft.language == "uk"
    assert draft.content_html == "<h1>Theirs too</h1><p>Text.</p>"


def test_a_heading_that_repeats_the_title_is_not_shown_twice() -> None:
    draft = parse("---\ntitle: Once\n---\n# Once\n\nText.\n")
    assert draft.content_html == "<p>Text.</p>"


def test_a_first_line_that_repeats_the_title_is_not_shown_twice() -> None:
    draft = parse(
        "---\ntitle: Once\n---\nOnce\n\nThe text is here, and it is a sentence.\n", "x.txt"
    )
    assert draft.content_html == "<p>The text is here, and it is a sentence.</p>"


def test_a_page_title_with_the_name_of_the_site_gives_way_to_the_heading() -> None:
    page = "<title>{}</title><h1>Owls</h1><p>Text.</p>"
    assert parse(page.format("Owls | The Paper"), "x.html").title == "Owls"
    other = parse(page.format("All about birds"), "x.html")
    assert other.title == "All about birds"
    assert "<h1>Owls</h1>" in other.content_html


def test_a_lead_picture_in_the_front_matter_leaves_the_one_in_the_text() -> None:
    text = "# A\n\n![in text](b.jpg)\n\nWords.\n"
    assert parse(text).image == Image("b.jpg", alt="in text")
    draft = parse(f"---\nimage: a.jpg\n---\n{text}")
    assert draft.image == Image("a.jpg")
    assert '<img src="b.jpg" alt="in text">' in draft.content_html


def test_a_pasted_caption_belongs_to_the_picture_that_the_front_matter_names() -> None:
    body = "A title\n\nA heron (left) in the reeds. Photo: Ole Lind\n\nThe text begins here.\n"
    draft = parse(f"---\nimage: a.jpg\n---\n{body}", "x.txt")
    assert draft.image == Image("a.jpg", caption="A heron (left) in the reeds.", credit="Ole Lind")
    own = parse(f"---\nimage:\n  file: a.jpg\n  caption: Mine\n---\n{body}", "x.txt")
    assert own.image == Image("a.jpg", caption="Mine", credit="Ole Lind")


def test_the_operator_may_add_phrases_and_keep_some() -> None:
    text = b"A title\n\nOur shop: bells\n\nHome\n\nThe text is here, and it is a sentence.\n"
    furniture = Furniture(extra=("our shop: *",), keep=("home",))
    draft = parse_article(PurePosixPath("x.txt"), text, furniture=furniture)
    assert [(r.text, r.reason) for r in draft.removals] == [
        ("Our shop: bells", "configured phrase")
    ]
    assert "Home" in draft.content_text


def test_markdown_and_html_keep_lines_that_pasted_text_would_lose() -> None:
    assert "Share" in parse("# A\n\nShare\n").content_html


def test_a_title_in_a_meta_element_counts() -> None:
    draft = parse(
        '<head><meta name="title" content="M"><title>T</title></head><h1>H</h1>', "x.html"
    )
    assert draft.title == "M"


def test_a_language_that_is_none_is_ignored_where_a_page_says_so() -> None:
    assert parse('<html lang="not a tag"><body><h1>H</h1>', "x.html").language == ""


@pytest.mark.parametrize("title", ["\\u200b\\u200b", "\\u00a0", "\\u2060 \\u00ad"])
def test_a_title_that_nobody_sees_is_none(title: str) -> None:
    """email.md C5: it would be the subject of a mail."""
    data = f'---\ntitle: "{title}"\n---\nText.\n'.encode()
    with pytest.raises(ArticleError, match="has no title"):
        parse_article(PurePosixPath("a.md"), data)
