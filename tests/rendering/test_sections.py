"""Sections without a topic."""

from __future__ import annotations

from dataclasses import replace

from samples import sample_article, sample_context

from digest.model import IssueContent, Section
from digest.rendering import Renderer, bundled_templates


def test_articles_without_a_topic_stand_under_a_heading_too() -> None:
    """email.md C4: no heading is empty; the phrase is in the briefing's language."""
    content = IssueContent(lead=None, sections=(Section("", (sample_article(1),)),))
    context = sample_context(content=content)
    german = replace(context, briefing=replace(context.briefing, language="de"))
    renderer = Renderer([bundled_templates()])
    assert ">News</h2>" in renderer.briefing(context).html
    mail = renderer.briefing(german)
    assert ">Nachrichten</h2>" in mail.html
    assert "NACHRICHTEN" in mail.text


def test_a_topic_called_news_and_what_has_no_topic_have_headings_of_their_own() -> None:
    sections = (Section("News", (sample_article(1),)), Section("", (sample_article(2),)))
    content = IssueContent(lead=None, sections=sections)
    mail = Renderer([bundled_templates()]).briefing(sample_context(content=content))
    assert ">News</h2>" in mail.html
    assert ">Other news</h2>" in mail.html
    assert "OTHER NEWS" in mail.text
