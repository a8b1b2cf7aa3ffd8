"""A briefing's mail, from an issue's content to both of its parts."""

from __future__ import annotations

import itertools
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import lxml.html
import pytest
from samples import sample_article, sample_content, sample_context, sample_image

from digest.errors import Problem, TemplateError
from digest.model import Author, Enclosure, IssueContent, MailContext, Section
from digest.rendering import RenderedMail, Renderer, bundled_templates
from digest.rendering.sample import samples

RENDERER = Renderer([bundled_templates()])
THEMES = RENDERER.themes()
SAMPLES = [context for theme in THEMES for context in samples(theme)]

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "wbr"}


class Nesting(HTMLParser):
    """Collects end tags that close another element than the one that is open."""

    def __init__(self) -> None:
        """Begin with no element open."""
        super().__init__()
        self.open: list[str] = []
        self.errors: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open *tag*, unless it is one that has no end tag."""
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.errors.append(f"<{tag}> repeats an attribute")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close *tag*, which must be the innermost that is open."""
        if not self.open or self.open.pop() != tag:
            self.errors.append(f"</{tag}> at {self.getpos()}")


@pytest.fixture
def mail() -> RenderedMail:
    return RENDERER.briefing(sample_context())


@pytest.fixture
def with_template(tmp_path: Path) -> Callable[[str, str], Renderer]:
    """Return a renderer whose operator has written one template of their own."""

    def write(name: str, source: str) -> Renderer:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
        return Renderer([tmp_path, bundled_templates()])

    return write


def page(mail: RenderedMail) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(mail.html)


def with_lead(**changes: object) -> MailContext:
    return sample_context(
        content=replace(sample_content(), lead=replace(sample_article(1), **changes))  # type: ignore[arg-type]
    )


# --- Both parts ---


@pytest.mark.parametrize("context", SAMPLES)
def test_the_bundled_templates_render_every_kind_of_issue(context: MailContext) -> None:
    mail = RENDERER.briefing(context)
    nesting = Nesting()
    nesting.feed(mail.html)
    nesting.close()
    assert nesting.errors == []
    assert nesting.open == []
    assert mail.html.startswith("<!DOCTYPE html>")
    assert "~t:" not in mail.html
    assert "~h:" not in mail.html


@pytest.mark.parametrize("theme", THEMES)
def test_nothing_is_wrong_with_the_bundled_templates(theme: str) -> None:
    assert RENDERER.check(theme) == []


def test_there_are_three_themes_and_each_looks_different() -> None:
    assert THEMES == ["broadsheet", "modern", "plain"]
    publications = [replace(sample_context().publication, theme=theme) for theme in THEMES]
    mails = [RENDERER.briefing(sample_context(publication=each)) for each in publications]
    assert len({mail.html for mail in mails}) == 3
    assert len({mail.text for mail in mails}) == 1


def test_a_theme_that_is_not_there_is_named_with_those_that_are() -> None:
    publication = replace(sample_context().publication, theme="gothic")
    with pytest.raises(TemplateError, match="can be broadsheet, modern, plain") as caught:
        RENDERER.briefing(sample_context(publication=publication))
    assert RENDERER.check("gothic") == [caught.value.problem]
    assert caught.value.name == "email/themes/gothic"


def test_an_operator_can_have_a_theme_of_their_own(tmp_path: Path) -> None:
    own = tmp_path / "email/themes/gothic"
    shutil.copytree(bundled_templates() / "email/themes/plain", own)
    for path in own.iterdir():
        path.write_text(path.read_text().replace("themes/plain/", "themes/gothic/"))
    look = own / "look.jinja"
    look.write_text(look.read_text().replace("#1c1b19", "#010203"))
    renderer = Renderer([tmp_path, bundled_templates()])
    publication = replace(sample_context().publication, theme="gothic")
    assert "#010203" in renderer.briefing(sample_context(publication=publication)).html
    assert renderer.themes() == ["broadsheet", "gothic", "modern", "plain"]
    assert renderer.check("gothic") == []
    (own / "phone.css").unlink()
    assert [problem.reason for problem in renderer.check("gothic")] == [
        "the theme has no phone.css"
    ]


def test_typefaces_and_accent_come_from_the_settings() -> None:
    publication = replace(
        sample_context().publication,
        heading_font="Verdana,sans-serif",
        text_font="Courier,monospace",
        accent="#005577",
    )
    for theme in THEMES:
        themed = replace(publication, theme=theme)
        html = RENDERER.briefing(sample_context(publication=themed)).html
        families = set(re.findall(r"font:[^;\"]*?px/[\d.]+ ([^;!\"]+?)[ ;!\"]", html))
        assert families - {"Consolas,Menlo,monospace"} == {
            "Verdana,sans-serif",
            "Courier,monospace",
        }
        assert "#005577" in html
        assert "#8a1c1c" not in html


@pytest.mark.parametrize(
    ("logo", "is_shown"),
    [
        ("https://courier.example/logo.png", True),
        ("https://static.courier.example/logo.png", True),
        ("https://cdn.example/logo.png", False),
        ("https://evilcourier.example/logo.png", False),
    ],
)
def test_a_logo_shows_only_from_the_sites_own_host(logo: str, *, is_shown: bool) -> None:
    """email.md C7."""
    publication = replace(sample_context().publication, logo_url=logo, logo_width=222)
    html = page(RENDERER.briefing(sample_context(publication=publication)))
    shown = html.xpath(f"//img[@src='{logo}']/@width")
    assert shown == (["222"] if is_shown else [])


def test_a_story_that_others_tell_too_names_them_in_both_parts() -> None:
    content = sample_content()
    article = content.sections[0].articles[0]
    others = (
        sample_article(20, url="https://www.tide.example/x"),
        sample_article(21, source="wire"),
    )
    mail = RENDERER.briefing(sample_context(content=replace(content, also={article.uid: others})))
    (note,) = (p for p in page(mail).find_class("note") if "Also at" in p.text_content())
    assert note.text_content() == "Also at tide.example, wire"
    assert note.xpath("a/@href") == [other.url for other in others]
    assert f"Also at tide.example: {others[0].url}\n" in mail.text
    assert f"Also at wire: {others[1].url}\n" in mail.text


def test_the_same_issue_gives_the_same_bytes(mail: RenderedMail) -> None:
    assert Renderer([bundled_templates()]).briefing(sample_context()) == mail


def test_both_parts_say_the_same(mail: RenderedMail) -> None:
    """email.md F4: headline, byline, summary, and URL of each article stand in both."""
    html = " ".join(page(mail).text_content().split())
    text = " ".join(mail.text.split())
    links = set(page(mail).xpath("//a/@href"))
    content = sample_content()
    for article in content.articles:
        assert article.title in html
        assert article.title in text
        assert article.url in links
        assert article.url in text.split()
    for article in content.articles[:-2]:  # all but the headlines
        for part in (html, text):
            assert article.summary in part
    for part in (html, text):
        assert part.count("By Ilse Varga") == 6
        assert "November 24, 2026" in part
        assert "No. 128" in part
        assert "Today we begin at the water's edge." in part
        assert "An earlier version gave the depth in feet." in part


@pytest.mark.parametrize("language", ["en", "es", "fr", "de", "uk", "ar", "ja"])
def test_every_mail_says_who_sends_it_and_how_to_leave(language: str) -> None:
    """email.md L9, in every language and both parts."""
    context = sample_context()
    context = replace(context, briefing=replace(context.briefing, language=language))
    mail = RENDERER.briefing(context)
    foot = page(mail).xpath("//*[@role='contentinfo']")[0]
    said = foot.text_content()
    links = context.links
    assert {links.unsubscribe, links.preferences, links.view_online, links.archive} == set(
        foot.xpath(".//a/@href")
    )
    for part in (said, mail.text):
        assert "The Morning Meridian" in part
        for line in context.publication.postal_address.splitlines():
            assert line in part
    for url in (links.unsubscribe, links.preferences, links.view_online, links.archive):
        assert url in mail.text.split()


# --- The HTML part ---


def test_the_page_has_language_direction_title_and_one_main_heading(mail: RenderedMail) -> None:
    """email.md C4."""
    html = page(mail)
    assert html.get("lang") == "en"
    assert html.get("dir") == "ltr"
    assert html.findtext(".//title") == "The harbour that measured the lake"
    assert [h.text_content() for h in html.iter("h1")] == ["The Morning Meridian"]


@pytest.mark.parametrize("context", SAMPLES)
def test_headings_skip_no_level(context: MailContext) -> None:
    """email.md C4, also with whole articles in the mail."""
    html = page(RENDERER.briefing(context))
    levels = [int(h.tag[1]) for h in html.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


@pytest.mark.parametrize("context", SAMPLES)
def test_every_picture_has_an_alt_and_every_layout_table_its_role(context: MailContext) -> None:
    """email.md C4."""
    html = page(RENDERER.briefing(context))
    assert all(image.get("alt") is not None for image in html.iter("img"))
    tables = [t for t in html.iter("table") if not t.xpath("ancestor::*[@class='content']")]
    assert tables
    assert {table.get("role") for table in tables} == {"presentation"}


def test_nothing_remote_but_the_articles_own_pictures(mail: RenderedMail) -> None:
    """email.md C7."""
    remote = set(page(mail).xpath("//@src")) | set(re.findall(r"url\(([^)]*)\)", mail.html))
    assert remote == {sample_image(number).url for number in (1, 2, 6)}
    assert not page(mail).xpath("//link | //script")
    assert "@import" not in mail.html


@pytest.mark.parametrize("context", SAMPLES)
def test_classic_outlook_finds_nothing_that_word_does_not_know(context: MailContext) -> None:
    """email.md C2: room is margins and cells' paddings, sizes are attributes, faces are Word's."""
    html = page(RENDERER.briefing(context))
    texts = html.xpath("//*[self::p or self::h1 or self::h2 or self::h3 or self::blockquote]")
    own = [each for each in texts if not each.xpath("ancestor::*[@class='content']")]
    assert own
    assert [each for each in own if "padding" in each.get("style", "")] == []
    assert all(image.get("width") for image in html.iter("img"))
    styles = " ".join(html.xpath("//@style"))
    faces = re.findall(r"(?:font:[^;]*?px/[\d.]+ |font-family:)([^,;]+)", styles)
    word = {"Georgia", "'Segoe UI'", "'Palatino Linotype'", "Consolas"}
    assert set(faces) <= word
    assert "position:" not in styles
    assert "flex" not in styles


@pytest.mark.parametrize("theme", THEMES)
def test_body_text_is_16_pixels_or_more(theme: str) -> None:
    """email.md C4."""
    publication = replace(sample_context().publication, theme=theme)
    html = page(RENDERER.briefing(sample_context(publication=publication)))
    cells = [*html.find_class("text"), *html.xpath("//*[contains(@class, 'lead')]//p[@style]")]
    texts = [each for each in cells if "summary" in each.get("class") or each.tag == "td"]
    assert len(texts) == 6
    sizes = [re.findall(r"font:(\d+)px", each.get("style"))[-1] for each in texts]
    assert all(int(size) >= 16 for size in sizes)


def test_a_right_to_left_issue_is_mirrored() -> None:
    """email.md C4: not only the letters, but columns, rules, and alignment."""
    quote = "<blockquote><p>It is a question about attention.</p></blockquote>"
    for language, side, other in (("ar", "right", "left"), ("en", "left", "right")):
        context = with_lead(content_html=quote, language=language)
        context = replace(
            context,
            briefing=replace(context.briefing, language=language),
            publication=replace(context.publication, theme="plain"),
        )
        mail = RENDERER.briefing(context)
        direction = {"ar": "rtl", "en": "ltr"}[language]
        assert page(mail).get("dir") == direction
        assert set(re.findall(r"direction:(\w+)", mail.html)) == {direction}
        assert f"border-{side}:2px" in mail.html
        assert f"border-{other}:2px" not in mail.html


def test_an_article_in_another_language_says_so() -> None:
    """email.md C4: its own language and direction, and the byline in the briefing's."""
    mail = RENDERER.briefing(with_lead(language="ar", title="سادة الظلّ"))
    title = page(mail).xpath("//*[text()='سادة الظلّ']/ancestor::*[@lang][1]")[0]
    assert title.get("lang") == "ar"
    assert title.get("dir") == "rtl"
    byline = page(mail).find_class("meta")[0]
    assert byline.get("lang") == "en"
    assert byline.get("dir") == "ltr"


def test_the_lead_has_picture_caption_credit_and_quotation() -> None:
    """email.md C6."""
    quote = (
        "<blockquote><p>It is a question about attention.</p><cite>Brit Holm</cite></blockquote>"
    )
    mail = RENDERER.briefing(with_lead(image=sample_image(1), content_html=quote))
    said = " ".join(page(mail).text_content().split())
    assert "The harbour wall in October · Picture: Noor Haddad" in said
    assert "It is a question about attention. Brit Holm" not in said  # separate paragraphs
    assert page(mail).xpath("//blockquote/p/text()") == [
        "It is a question about attention.",
        "Brit Holm",
    ]
    assert "    It is a question about attention.\n    Brit Holm\n" in mail.text


def test_whole_articles_stand_in_the_mail_when_the_briefing_wants_them() -> None:
    context = with_lead(
        content_html='<h2>Part</h2><p>Whole.</p><img src="https://courier.example/m/1.png">',
        content_text="Part\n\nWhole.",
        summary="Only a summary.",
    )
    context = replace(context, briefing=replace(context.briefing, full_content=True))
    mail = RENDERER.briefing(context)
    assert page(mail).xpath("//h3[text()='Part']")
    assert page(mail).xpath("//p[text()='Whole.']")
    assert "max-width:100%" in page(mail).xpath("//img[contains(@src, '/m/')]/@style")[0]
    assert "Part\n\nWhole.\n" in mail.text
    assert "Only a summary." not in mail.html + mail.text


def test_an_enclosure_is_linked_from_both_parts() -> None:
    url = "https://courier.example/media/organ.wav"
    for title, shown in (("Hear it", "Hear it"), ("", "Listen or download")):
        enclosures = (Enclosure(url, "audio/wav", 66_000, title),)
        mail = RENDERER.briefing(with_lead(enclosures=enclosures))
        assert page(mail).xpath(f"//a[@href='{url}']/text()") == [shown]
        assert f"{shown}: {url}" in mail.text


def test_a_normal_issue_is_well_below_where_gmail_clips() -> None:
    """email.md C1: twenty-five articles with pictures, and eight more as headlines."""
    articles = tuple(sample_article(n, image=sample_image(n)) for n in range(2, 26))
    content = IssueContent(
        lead=sample_article(1, image=sample_image(1)),
        sections=tuple(
            Section(f"Topic {start}", articles[start : start + 6]) for start in range(0, 24, 6)
        ),
        more=tuple(sample_article(n) for n in range(26, 34)),
    )
    mail = RENDERER.briefing(sample_context(content=content))
    assert len(mail.html.encode()) < 100_000


def test_style_sheets_stay_below_what_gmail_reads(mail: RenderedMail) -> None:
    """Gmail ignores a style element of more than 8,192 characters."""
    sheets = page(mail).xpath("//style/text()")
    assert len(sheets) > 3
    assert max(map(len, sheets)) < 8192
    assert any("prefers-color-scheme: dark" in sheet for sheet in sheets)
    assert any("[data-ogsc]" in sheet for sheet in sheets)


# --- The text part ---


@pytest.mark.parametrize("context", samples())
def test_lines_of_text_are_at_most_72_columns_but_for_urls(context: MailContext) -> None:
    """email.md F4."""
    lines = RENDERER.briefing(context).text.split("\n")
    assert [line for line in lines if len(line) > 72 and "https://" not in line] == []
    assert not any(line != line.rstrip() for line in lines)
    assert "\n\n\n" not in "\n".join(lines)


def test_the_text_is_no_dump_of_the_html(mail: RenderedMail) -> None:
    assert "<" not in mail.text
    assert "&" not in mail.text.replace("&v=1", "")


# --- The preheader ---


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        (sample_context(introduction="One.\n\nTwo."), "One."),
        (sample_context(introduction="", content=IssueContent(sample_article(summary="S."))), "S."),
        (
            sample_context(
                introduction="",
                content=IssueContent(
                    None, more=(sample_article(1, title="A"), sample_article(2, title="B"))
                ),
            ),
            "A · B",
        ),
        (sample_context(introduction="word " * 60), ("word " * 28).rstrip() + "…"),
    ],
)
def test_the_preheader_says_what_the_issue_is_about(context: MailContext, expected: str) -> None:
    """email.md C5: the editor's words, else the lead's summary, else the headlines."""
    mail = RENDERER.briefing(context)
    assert mail.preheader == expected
    hidden = page(mail).xpath("//div[contains(@style, 'display:none')]")
    assert [div.text for div in hidden] == [expected]


# --- Data is data ---


@pytest.mark.parametrize(
    "hostile",
    [
        "{{7*7}}",
        "{% raw %}{{ publication.title }}{% endraw %}",
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "' onmouseover='alert(1)",
        "</mj-text></mj-column><mj-raw>x</mj-raw>",
        "]]><!-- --> <![CDATA[",
        "&lt;b&gt; & &amp;",
        "~h:3c7363726970743e~",
        "-->",
    ],
)
def test_what_people_wrote_is_shown_as_they_wrote_it(hostile: str) -> None:
    """security.md 6 and 7: in every field that a template shows."""
    article = sample_article(
        1,
        title=hostile,
        summary=hostile,
        authors=(Author(hostile),),
        topics=(hostile,),
        correction=hostile,
        image=sample_image(1, alt=hostile, caption=hostile, credit=hostile),
    )
    content = IssueContent(article, (Section(hostile, (article,)),), (article,), (article,))
    context = sample_context(content=content, subject=hostile, introduction=hostile)
    mail = RENDERER.briefing(context)
    html = page(mail)
    shown = " ".join(hostile.split())
    assert html.findtext(".//title") == shown
    assert [h.text_content() for h in html.xpath("//h2[contains(@class, 'headline')]")] == [shown]
    assert set(html.xpath("//img/@alt")) == {hostile}
    assert not html.xpath("//script | //@onerror | //@onmouseover")
    assert mail.text.count(shown) >= 6
    nesting = Nesting()
    nesting.feed(mail.html)
    assert nesting.errors == []


def test_placeholders_of_personal_links_stay_as_they_are() -> None:
    slot = "aB3" * 13 + "x"
    links = replace(sample_context().links, unsubscribe=f"https://courier.example/u/{slot}?a=1&b=2")
    mail = RENDERER.briefing(sample_context(links=links))
    assert mail.html.count(slot) == 1
    assert mail.text.count(slot) == 1


# --- The operator's templates ---


def test_the_operators_template_goes_before_the_bundled_one(
    with_template: Callable[[str, str], Renderer],
) -> None:
    renderer = with_template("email/briefing.txt", "Only {{ briefing.title }}.")
    assert renderer.briefing(sample_context()).text == "Only The Morning Meridian.\n"


def test_a_changed_template_is_read_again(
    tmp_path: Path, with_template: Callable[[str, str], Renderer]
) -> None:
    renderer = with_template("email/briefing.txt", "one")
    assert renderer.briefing(sample_context()).text == "one\n"
    path = tmp_path / "email/briefing.txt"
    path.write_text("two")
    os.utime(path, (1, 1))
    assert renderer.briefing(sample_context()).text == "two\n"
    path.unlink()
    assert "The Morning Meridian" in renderer.briefing(sample_context()).text


def test_a_template_that_comes_later_goes_before_the_bundled_one(tmp_path: Path) -> None:
    renderer = Renderer([tmp_path, bundled_templates()])
    assert "The Morning Meridian" in renderer.briefing(sample_context()).text
    (tmp_path / "email").mkdir()
    (tmp_path / "email/briefing.txt").write_text("mine")
    assert renderer.briefing(sample_context()).text == "mine\n"


@pytest.mark.parametrize(
    ("source", "reason", "line"),
    [
        ("a\n{{ artcle.title }}", "'artcle' is undefined; did you mean 'article'?", 2),
        ("a\nb\n{{ publicaton.title }}", "did you mean 'publication'?", 3),
        ("{{ zzz }}", "'zzz' is undefined", 1),
        (
            "{{ publication.titel }}",
            "Publication has no attribute 'titel'; did you mean 'title'",
            1,
        ),
        ("a\n\n{{ content.lead.sumary }}", "Article has no attribute 'sumary'; did you", 3),
        ("{{ content.qqq }}", "IssueContent has no attribute 'qqq'", 1),
        ("a\n{% if %}", "Expected an expression", 2),
        ("{% for x in [] %}", "Unexpected end of template", 1),
        ("a\n{{ number|nosuchfilter }}", "No filter named 'nosuchfilter'", 2),
        ("a\n{{ 1 / 0 }}", "division by zero", 2),
        ("a\n{{ wording.phrase('nope') }}", "there is no phrase 'nope'", 2),
        ("a\n{% include 'email/gone.txt' %}", "there is no template email/gone.txt in", 2),
        # The sandbox: security.md 7.
        ("{{ ''.__class__.__mro__ }}", "access to attribute '__class__'", 1),
        ("{{ content.__init__.__globals__ }}", "access to attribute '__init__'", 1),
        ("{{ range(10000000)|list }}", "Range too big", 1),
        ("{% set x = [] %}\n{{ x.append(1) }}", "access to attribute 'append'", 2),
    ],
)
def test_a_broken_template_is_explained_with_file_and_line(
    tmp_path: Path,
    with_template: Callable[[str, str], Renderer],
    source: str,
    reason: str,
    line: int,
) -> None:
    renderer = with_template("email/briefing.txt", source)
    with pytest.raises(TemplateError) as caught:
        renderer.briefing(sample_context())
    assert caught.value.name == str(tmp_path / "email/briefing.txt")
    assert reason in caught.value.reason
    assert caught.value.line == line
    assert caught.value.problem in renderer.check()


def test_broken_mjml_is_traced_back_to_the_file_it_was_written_in(
    tmp_path: Path, with_template: Callable[[str, str], Renderer]
) -> None:
    source = "<mj-section><mj-column>\n<mj-txt>x</mj-txt>\n</mj-column></mj-section>"
    renderer = with_template("email/partials/footer.mjml", source)
    assert renderer.check() == [
        Problem(
            str(tmp_path / "email/partials/footer.mjml"),
            "MJML has no element <mj-txt> that can stand here",
            2,
        )
    ]


def test_broken_mjml_of_unknown_origin_is_blamed_on_the_briefing(
    tmp_path: Path, with_template: Callable[[str, str], Renderer]
) -> None:
    renderer = with_template("email/briefing.mjml", "{{ '<mj'|raw }}")
    with pytest.raises(TemplateError) as caught:
        renderer.briefing(sample_context())
    assert caught.value.name == str(tmp_path / "email/briefing.mjml")
    assert caught.value.reason.startswith("not well-formed: ")


def test_without_any_templates_each_missing_one_is_named(tmp_path: Path) -> None:
    problems = Renderer([tmp_path]).check()
    assert [problem.where for problem in problems] == [
        "email/briefing.mjml",
        "email/briefing.css",
        "email/briefing.txt",
        "email/notice.mjml",
        "email/notice.txt",
    ]
    assert str(tmp_path) in problems[0].reason


def test_a_template_that_hides_how_to_leave_is_a_problem(
    tmp_path: Path, with_template: Callable[[str, str], Renderer]
) -> None:
    """email.md L9."""
    renderer = with_template("email/partials/footer.mjml", "")
    assert {str(problem) for problem in renderer.check()} == {
        f"{bundled_templates() / 'email/briefing.mjml'}: "
        f"the mail never shows {{{{ {name} }}}}; add it"
        for name in (
            "links.unsubscribe",
            "links.preferences",
            "links.view_online",
            "publication.postal_address",
        )
    }
    renderer = with_template("email/briefing.txt", "{{ links.unsubscribe }}")
    texts = [p for p in renderer.check() if p.where == str(tmp_path / "email/briefing.txt")]
    assert len(texts) == 4


def test_a_broken_partial_is_found_even_if_nothing_includes_it(
    tmp_path: Path, with_template: Callable[[str, str], Renderer]
) -> None:
    renderer = with_template("email/partials/unused.mjml", "\n{% endif %}")
    (problem,) = renderer.check()
    assert problem.where == str(tmp_path / "email/partials/unused.mjml")
    assert problem.line == 2
