"""Which links are looked at, and what is said of the answers."""

from __future__ import annotations

from proofs import LEAVE, PIECES, mail_html, sound_proof

from digest.config.tables import PreflightConfig
from digest.preflight import Answered, Level, judge_links, links_of, stops

SETTINGS = PreflightConfig()


def test_every_address_is_looked_at_once_without_fragment_or_reader() -> None:
    """Personal links, and the issue's own page, are not fetched."""
    body = (
        '<a href="https://b.example/x#one">1</a><a href="https://b.example/x#two">2</a>'
        '<a href="mailto:a@b.example">m</a><img alt="" src="https://c.example/p.jpg">'
        '<a href="https://courier.example/issues/daily/1">online</a>'
    )
    proof = sound_proof(html=mail_html(body))
    found = [
        link.url
        for link in links_of([proof, proof], ours=["https://courier.example/issues/daily/1"])
    ]
    assert found == [
        *(piece.url for piece in PIECES),
        "https://b.example/x",
        "https://c.example/p.jpg",
    ]
    nameless = sound_proof(html=f'<a href="{LEAVE}x">x</a>', unsubscribe_token="")
    assert [link.url for link in links_of([nameless])] == [f"{LEAVE}x"]


def test_dead_links_are_told_from_those_that_only_refuse_programs() -> None:
    answers = [
        Answered("https://a.example/", 200),
        Answered("https://b.example/", 404),
        Answered("https://c.example/", 403),
        Answered("https://d.example/", 503),
        Answered("https://e.example/", 302),
        Answered("https://f.example/", None, "cannot be fetched: refused"),
        Answered("https://g.example/", None, "it leads inside", was_tried=False),
    ]
    found = judge_links(answers, PreflightConfig(dead_links="error"))
    assert [(finding.level, finding.text) for finding in found] == [
        (Level.ERROR, "https://b.example/ answers 404: there is no such page"),
        (Level.ERROR, "https://d.example/ answers 503: its server fails"),
        (Level.ERROR, "https://e.example/ answers 302: this is no page"),
        (Level.ERROR, "https://f.example/ cannot be fetched: refused"),
        (Level.NOTE, "https://g.example/ was not looked at: it leads inside"),
    ]
    assert judge_links(answers, PreflightConfig(dead_links="off")) == ()


def test_a_machine_that_is_offline_knows_nothing_of_links() -> None:
    def dead(*names: str) -> list[Answered]:
        return [Answered(f"https://{name}.example/", None, "no address") for name in names]

    settings = PreflightConfig(dead_links="error")
    (finding,) = judge_links(dead("a", "b", "c"), settings)
    assert finding.level is Level.NOTE
    assert "none of 3 links answers: this machine seems to be offline" in finding.text
    assert stops(judge_links(dead("a", "b"), settings))
    assert (
        len(judge_links([*dead("a", "b", "c"), Answered("https://d.example/", 200)], settings)) == 3
    )


def test_one_corner_is_fine_and_two_are_not() -> None:
    answers = [
        Answered("https://a.example/", 200, redirects=1, final_url="https://www.a.example/"),
        Answered("https://b.example/", 200, redirects=2, final_url="https://c.example/"),
    ]
    (finding,) = judge_links(answers, SETTINGS)
    assert finding.text == (
        "https://b.example/ is redirected 2 times, to https://c.example/: link there at once"
    )
    assert not stops([finding])


def test_nothing_is_fetched_when_the_settings_say_so() -> None:
    assert SETTINGS.fetches
    assert not PreflightConfig(max_links=0).fetches
    assert not PreflightConfig(dead_links="off", redirect_chains="off").fetches
    assert PreflightConfig(dead_links="off").fetches
