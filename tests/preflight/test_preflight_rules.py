"""Each rule finds what it is for, and nothing in a sound issue (issue-wide checks; email.md)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from proofs import LEAVE, PIECES, TOKEN, mail_bytes, mail_html, mail_text, sound_proof

from digest.config.tables import PreflightConfig
from digest.preflight import RULES, Finding, Level, Proof, judge, stops

SETTINGS = PreflightConfig()
SUMMER = (
    "Der See ist in diesem Jahr nicht so hoch wie im letzten, und die Leute von der Stadt haben "
    "das auf der Mauer mit einem Strich für die Kinder gezeigt, die es noch nicht wissen."
)


def found(rule: str, proof: Proof) -> list[str]:
    return [finding.text for finding in RULES[rule](proof)]


def test_a_sound_issue_passes_all_rules() -> None:
    assert judge([sound_proof()], SETTINGS) == ()


def test_a_mail_of_plain_text_passes_all_rules() -> None:
    assert judge([sound_proof(html="")], SETTINGS) == ()


@pytest.mark.parametrize(
    ("rule", "proof", "text"),
    [
        ("subject", sound_proof(subject="  "), "the subject is empty"),
        ("subject", sound_proof(subject="x" * 61), "has 61 characters"),
        ("size", sound_proof(message=b"x" * 100_001), "the mail has 100,001 bytes"),
        ("size", sound_proof(html="é" * 50_001), "its HTML has 100,002 bytes"),
        (
            "alternative_texts",
            sound_proof(html=mail_html('<img src="https://a.example/1.png">')),
            "https://a.example/1.png has no alternative text",
        ),
        ("text_part", sound_proof(text=" \n"), "the plain text is empty"),
        (
            "text_part",
            sound_proof(text=mail_text().replace(PIECES[1].url, "")),
            "leaves out the address of article-2",
        ),
        (
            "text_part",
            sound_proof(html=mail_html().replace(PIECES[0].title, "x")),
            "the HTML leaves out the title of article-1",
        ),
        ("postal_address", sound_proof(postal_address="\n"), "the settings have none"),
        (
            "postal_address",
            sound_proof(html=mail_html().replace("12 Observatory Quay", "")),
            "the HTML does not show the postal address",
        ),
        (
            "postal_address",
            sound_proof(text=mail_text().replace("Port Halden", "")),
            "the plain text does not show the postal address",
        ),
        ("unsubscribe", sound_proof(token_works=False), "unsubscribes nobody"),
        ("unsubscribe", sound_proof(text="nothing"), "the plain text has no link"),
        (
            "unsubscribe",
            sound_proof(html=mail_html().replace(LEAVE, "https://courier.example/preferences/")),
            "the HTML has no link to unsubscribe",
        ),
        (
            "unsubscribe",
            sound_proof(message=mail_bytes(mail_html(), mail_text(), url="")),
            "no header List-Unsubscribe with",
        ),
        (
            "unsubscribe",
            sound_proof(
                message=mail_bytes(mail_html(), mail_text()).replace(b"One-Click", b"Many")
            ),
            "no header List-Unsubscribe-Post",
        ),
        ("placeholders", sound_proof(subject="News of {{ date }}"), "'{{ date }}' in the subject"),
        ("placeholders", sound_proof(text=mail_text("TKTK")), "'TKTK' in the plain text"),
        (
            "placeholders",
            sound_proof(html=mail_html("<p>Lorem ipsum dolor</p>")),
            "'Lorem ipsum' in the HTML",
        ),
        (
            "duplicates",
            sound_proof(pieces=(PIECES[0], replace(PIECES[1], title=PIECES[0].title + " "))),
            "2 articles have the same title: article-1, article-2",
        ),
        (
            "duplicates",
            sound_proof(pieces=(PIECES[0], replace(PIECES[1], url=PIECES[0].url))),
            "2 articles have the same address: article-1, article-2",
        ),
        (
            "language",
            sound_proof(pieces=(replace(PIECES[0], text=SUMMER),)),
            "article-1 is in de, the briefing in en",
        ),
        (
            "language",
            sound_proof(pieces=(replace(PIECES[0], text="", title="Zahlen", language="de-CH"),)),
            "article-1 is in de-CH",
        ),
        ("language", sound_proof(html=mail_html(language="fr")), "the HTML says that it is in fr"),
        (
            "contrast",
            sound_proof(html=mail_html('<p style="color:#999">pale words</p>')),
            "'pale words' is #999999 on #ffffff in light mode: contrast 2.8",
        ),
        (
            "contrast",
            sound_proof(
                html=mail_html(
                    '<p class="box">dark words</p>',
                    styles="@media (prefers-color-scheme: dark) { .box { color: #222 } }",
                )
            ),
            "'dark words' is #222222 on #121212 in dark mode",
        ),
        (
            "relative_links",
            sound_proof(html=mail_html('<a href="/about">x</a>')),
            "a link '/about' is no whole address",
        ),
        ("relative_links", sound_proof(html=mail_html('<a href="#">x</a>')), "a link is empty"),
        (
            "relative_links",
            sound_proof(html=mail_html('<a href="https://[bad">x</a>')),
            "'https://[bad' is no whole address",
        ),
        (
            "relative_links",
            sound_proof(html=mail_html('<img alt="" src="a.png">')),
            "the picture 'a.png' has no whole address",
        ),
    ],
)
def test_a_rule_finds_what_it_is_for(rule: str, proof: Proof, text: str) -> None:
    (told,) = found(rule, proof)
    assert text in told


@pytest.mark.parametrize("url", ["mailto:a@b.example", "tel:+41", "#top", "https://a.example/x"])
def test_links_that_mails_may_have_are_none_of_its_business(url: str) -> None:
    assert found("relative_links", sound_proof(html=mail_html(f'<a href="{url}">x</a>'))) == []


def test_words_that_look_like_marks_are_words() -> None:
    assert found("placeholders", sound_proof(text=mail_text("the xxx and todo lists"))) == []


def test_an_http_link_to_unsubscribe_needs_no_one_click() -> None:
    message = mail_bytes(mail_html(), mail_text(), url="http://127.0.0.1/unsubscribe/")
    assert b"One-Click" not in message
    assert found("unsubscribe", sound_proof(message=message)) == []


def test_a_briefing_may_take_articles_in_several_languages() -> None:
    pieces = (replace(PIECES[0], text=SUMMER),)
    assert found("language", sound_proof(pieces=pieces, languages=("de-CH",))) == []


def test_many_findings_of_a_kind_become_a_number() -> None:
    pictures = "".join(f'<img src="https://a.example/{n}.png">' for n in range(13))
    told = found("alternative_texts", sound_proof(html=mail_html(pictures)))
    assert len(told) == 11
    assert told[-1] == "and 3 more of the kind"


def test_the_settings_say_how_bad_it_is() -> None:
    """Error holds, warning tells, off does not look."""
    proof = sound_proof(subject="")
    (warned,) = judge([proof], SETTINGS)
    assert (warned.level, stops([warned])) == (Level.WARNING, False)
    (held,) = judge([proof], PreflightConfig(subject="error"))
    assert (held.level, stops([held])) == (Level.ERROR, True)
    assert judge([proof], PreflightConfig(subject="off")) == ()


def test_what_only_one_variant_has_is_told_with_its_name() -> None:
    one, other = sound_proof(variant="all"), sound_proof(variant="text only", text="")
    found_in_one = judge([one, other], SETTINGS)
    assert {finding.where for finding in found_in_one} == {"text only"}
    assert judge([one, sound_proof(variant="b")], SETTINGS) == ()
    both = judge([replace(one, subject=""), replace(one, subject="", variant="b")], SETTINGS)
    assert [finding.where for finding in both] == [""]


def test_a_finding_reads_as_a_line() -> None:
    assert str(Finding("size", "too large", where="de")) == "de: size: too large"
    assert str(Finding("size", "too large")) == "size: too large"


def test_the_token_stands_in_the_sound_mail() -> None:
    assert TOKEN.encode() in sound_proof().message
