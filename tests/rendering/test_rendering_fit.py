"""An issue that is too long for Gmail is shown with less of its articles (email.md C1)."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from fakes import KEYRING, NOW, RENDERER, make_config
from hypothesis import example, given
from hypothesis import strategies as st
from samples import sample_article, sample_image

from digest.mail.message import placeholder
from digest.model import Article, Image, IssueContent, MailFormat, Section
from digest.rendering.content import without_pictures
from digest.rendering.fit import MAX_BYTES, Fitted, Fitting, Ladder, fit, lines_of
from digest.steps.compose.composition import Press
from digest.steps.compose.letter import Heading
from digest.steps.compose.writing import write

PICTURE = Image("https://gazette.example/a.jpg", "A pier")
WHOLE = '<p>Text.</p><figure><img src="https://gazette.example/b.jpg" alt=""></figure>'


def article(number: int, *, picture: bool = True, html: str = WHOLE) -> Article:
    return replace(
        sample_article(number),
        uid=f"tag:gazette.example,2026:{number}",
        sequence=number,
        title=f"Title {number}",
        summary=f"Summary {number}",
        content_html=html,
        content_text="word " * 30,
        image=PICTURE if picture else None,
    )


def issue(*sizes: int, lead: bool = True, more: int = 0) -> IssueContent:
    """Return an issue of sections with as many articles as *sizes* says."""
    numbers = iter(range(1, 1000))
    return IssueContent(
        lead=article(next(numbers)) if lead else None,
        sections=tuple(
            Section(f"S{place}", tuple(article(next(numbers)) for _ in range(size)))
            for place, size in enumerate(sizes)
        ),
        more=tuple(article(next(numbers)) for _ in range(more)),
    )


def weight(content: IssueContent) -> int:
    """Return how long a mail of it would be: headlines 200, summaries 10, pictures 5, texts 200."""
    told = [content.lead] if content.lead else []
    told += [item for section in content.sections for item in section.articles]
    size = 100 + 200 * len(content.articles) + 10 * len(told)
    for item in told:
        size += 5 * (item.image is not None) + 5 * ("<img" in item.content_html)
        size += 200 * (len(item.content_text) > 100)
    return size


def fitted(content: IssueContent, most: int, *, full: bool = True) -> tuple[Fitted[int], int]:
    """Return the issue as long as it may be, and how often it was made."""
    made = 0

    def make(shown: IssueContent) -> int:
        nonlocal made
        made += 1
        return weight(shown)

    return fit(Ladder(content, full_content=full, go_on="More"), make, int, most), made


SIZES = st.tuples(st.integers(0, 1), st.lists(st.integers(1, 4), max_size=4), st.integers(0, 3))
"""Of an issue: leads, the articles of each section, and headlines."""


def of_sizes(sizes: tuple[int, list[int], int]) -> IssueContent:
    """Return an issue of those :data:`SIZES`."""
    lead, sections, more = sizes
    return issue(*sections, lead=lead == 1, more=more)


@given(SIZES, st.integers(0, 9000), st.sampled_from(["whole", "summary"]))
@example((1, [2], 0), 0, "whole")
@example((1, [], 0), 500, "summary")
@example((0, [], 0), 0, "whole")
def test_no_article_is_lost_and_their_order_stays(
    sizes: tuple[int, list[int], int], most: int, shown: str
) -> None:
    content, full = of_sizes(sizes), shown == "whole"
    found, made = fitted(content, most, full=full)
    assert [item.uid for item in found.content.articles] == [item.uid for item in content.articles]
    assert [item.title for item in found.content.articles] == [
        item.title for item in content.articles
    ]
    assert all(section.articles for section in found.content.sections)
    assert found.made == weight(found.content)
    assert found.fitting.is_enough == (found.made <= most)
    steps = len(Ladder(content, full_content=full))
    assert made <= 2 + math.ceil(math.log2(max(steps, 1)))
    assert Fitting.from_text(found.fitting.to_text()) == found.fitting


@given(SIZES, st.integers(0, 9000))
def test_no_more_is_left_out_than_need_be(sizes: tuple[int, list[int], int], most: int) -> None:
    content = of_sizes(sizes)
    found, _ = fitted(content, most)
    ladder = Ladder(content, full_content=True, go_on="More")
    taken = [ladder.at(step) for step in range(len(ladder) + 1)]
    weights = [weight(shown) for shown, _ in taken]
    assert weights == sorted(weights, reverse=True)
    step = next((number for number, size in enumerate(weights) if size <= most), len(ladder))
    assert found.made == weights[step]


@given(SIZES)
def test_articles_give_way_from_the_last_to_the_lead_and_in_the_order_of_what_they_lose(
    sizes: tuple[int, list[int], int],
) -> None:
    """Pictures first, then texts, then all but headlines; last sections first, the lead last."""
    content = of_sizes(sizes)
    ladder = Ladder(content, full_content=True)
    headlines = {item.uid for item in content.more}
    told = [item.sequence for item in content.articles if item.uid not in headlines]
    for step in range(len(ladder) + 1):
        fitting = ladder.at(step)[1]
        ranks = [_rank(fitting, sequence) for sequence in told]
        assert ranks == sorted(ranks)
        assert not ranks or ranks[-1] - ranks[0] <= 1


def _rank(fitting: Fitting, sequence: int) -> int:
    kinds = ("", "without pictures", "as a summary", "as a headline")
    return kinds.index(fitting.of(sequence))


def test_an_issue_that_fits_is_left_alone_and_made_once() -> None:
    content = issue(3, 2, more=1)
    found, made = fitted(content, 10_000)
    assert (found.content, made) == (content, 1)
    assert not found.fitting
    assert str(found.fitting) == ""
    assert found.fitting.to_text() == ""


def test_an_article_that_became_a_summary_says_so_by_a_link_and_keeps_its_reading_time() -> None:
    long = replace(article(2), content_text="word " * 1150)
    content = IssueContent(lead=article(1), sections=(Section("World", (long,)),))
    ladder = Ladder(content, full_content=True, go_on="Read & on")
    shown, fitting = ladder.at(3)
    (section,) = shown.sections
    (last,) = section.articles
    assert last.content_text == "Summary 2"
    assert last.content_html == (f'<p>Summary 2</p><p><a href="{last.url}">Read &amp; on</a></p>')
    assert shown.minutes == {last.uid: 5}
    assert fitting == Fitting(without_pictures=(1, 2), as_summary=(2,))
    assert str(fitting) == "2 articles without pictures, 1 article as a summary"


def test_pictures_of_a_mail_of_plain_text_take_no_room() -> None:
    ladder = Ladder(issue(1), full_content=False, has_pictures=False)
    assert len(ladder) == 2
    assert ladder.at(1)[1] == Fitting(as_headline=(2,))


def test_pictures_within_a_text_count_only_where_the_text_stands_in_the_mail() -> None:
    content = IssueContent(lead=article(1, picture=False))
    assert len(Ladder(content, full_content=True)) == 3
    assert len(Ladder(content)) == 1


def test_what_does_not_fit_as_headlines_either_says_so() -> None:
    found, made = fitted(issue(4, 4), 50)
    assert made == 1, "what is too long by its words alone is not made"
    assert str(found.fitting) == "9 articles as headlines; still too long for Gmail"
    assert found.content.lead is None
    assert found.content.sections == ()


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>a</p>", "<p>a</p>"),
        (
            '<p>a</p><figure><img src="https://e.example/a.png"><p>c</p></figure><p>b</p>',
            "<p>a</p><p>b</p>",
        ),
        ('<p>a <img src="https://e.example/a.png"> b</p>', "<p>a  b</p>"),
        (
            '<p><a href="https://e.example/"><img src="https://e.example/a.png"></a></p><p>b</p>',
            "<p>b</p>",
        ),
        (
            '<figure><img src="https://e.example/a"><img src="https://e.example/b"></figure><p>b</p>',
            "<p>b</p>",
        ),
        ('<img src="https://e.example/a.png">', ""),
        (
            '<figure><table><tr><td>1<img src="https://e.example/a.png"></td></tr></table></figure>',
            "<figure><table><tbody><tr><td>1</td></tr></tbody></table></figure>",
        ),
    ],
)
def test_pictures_go_with_what_only_held_them(html: str, expected: str) -> None:
    assert without_pictures(html) == expected


def test_variants_are_named_where_there_are_several() -> None:
    one = Fitting(as_headline=(3,))
    assert lines_of({"all": one}) == ["1 article as a headline"]
    assert lines_of({"all": Fitting(), "text": one}) == ["text: 1 article as a headline"]


@pytest.mark.parametrize(
    "theme",
    [
        "broadsheet",
        pytest.param("modern", marks=pytest.mark.slow),
        pytest.param("plain", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize(
    ("number", "is_enough"),
    [pytest.param(200, True, marks=pytest.mark.slow), (2000, False)],
)
def test_hundreds_of_articles_with_pictures_stay_below_what_gmail_shows(
    theme: str, number: int, *, is_enough: bool
) -> None:
    """email.md C1, measured after everything; with thousands it says that it cannot be done."""
    config = make_config()
    config = config.model_copy(
        update={"publication": config.publication.model_copy(update={"theme": theme})}
    )
    articles = tuple(
        replace(
            sample_article(each, image=sample_image(each)),
            title=f"What the harbour master said about the tide, number {each}",
        )
        for each in range(1, number + 1)
    )
    content = IssueContent(articles[0], (Section("World", articles[1:]),))
    secret = placeholder(b"x" * 32, "key", "unsubscribe")
    written, fitting = write(
        Press(config, RENDERER, KEYRING),
        Heading("daily", 1, secret, NOW),
        content,
        "en",
        MailFormat.HTML,
    )
    assert fitting.is_enough == is_enough
    assert (written.skeleton.size_bytes <= MAX_BYTES) == is_enough
    assert (len(written.mail.html.encode()) <= MAX_BYTES) == is_enough
    text = "".join(written.mail.text.split())
    assert all(item.url in text and "".join(item.title.split()) in text for item in articles)
    shown = written.context.content
    assert [item.uid for item in shown.articles] == [item.uid for item in articles]
