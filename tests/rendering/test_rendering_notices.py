"""Notices, mails to one person, by the templates there are and those of operators."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from lxml import html

from digest.errors import TemplateError
from digest.rendering import Renderer, bundled_templates
from digest.rendering.sample import notice_sample


def test_both_parts_say_the_same() -> None:
    """email.md F4."""
    notice = notice_sample()
    mail = Renderer([bundled_templates()]).notice(notice)
    document = html.document_fromstring(mail.html)
    said = " ".join(str(document.xpath("string()")).split())
    for words in (*notice.paragraphs, *notice.after, notice.heading, notice.sender):
        assert words in said
        assert words in mail.text
    urls = [link.get("href") for link in document.iter("a")]
    for url in (notice.button or ("", ""))[1], notice.links[0][1]:
        assert url in urls
        assert url in mail.text
    assert [str(each.xpath("string()")) for each in document.iter("h1")] == [notice.heading]


def test_what_is_not_there_leaves_no_gap() -> None:
    bare = replace(notice_sample(), button=None, links=(), after=())
    mail = Renderer([bundled_templates()]).notice(bare)
    assert "confirm/token" not in mail.html + mail.text
    assert "\n\n\n" not in mail.text


def test_a_notice_can_be_written_from_right_to_left() -> None:
    arabic = replace(notice_sample(), language="ar", heading="هل هذا العنوان لك؟")
    mail = Renderer([bundled_templates()]).notice(arabic)
    root = html.document_fromstring(mail.html)
    assert (root.get("lang"), root.get("dir")) == ("ar", "rtl")


@pytest.mark.parametrize("template", ["notice.mjml", "notice.txt"])
def test_a_broken_template_is_named_before_it_is_needed(tmp_path: Path, template: str) -> None:
    (tmp_path / "email").mkdir()
    (tmp_path / "email" / template).write_text("{{ notice.headline }}")
    renderer = Renderer([tmp_path, bundled_templates()])
    (problem,) = renderer.check()
    assert problem.where.endswith(f"email/{template}")
    with pytest.raises(TemplateError):
        renderer.notice(notice_sample())
