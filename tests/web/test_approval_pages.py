"""What editors do with the links in their mails (security.md 3 and 4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from web_client import WebClient
from web_samples import client_of, later, send_issue, site_service

from digest.model import Decision, IssueState
from digest.preflight import Level
from digest.preflight.verdict import LINK_RULES, RULES
from digest.rendering.phrases import PHRASES
from digest.steps.approval import token_of
from digest.store import issues, releases
from digest.store.releases import Noted, Release
from digest.wiring import Service

EDITORS = """
[briefings.late]
title = "Late Briefing"
from_address = "late@gazette.example"
cutoff_minutes = 60
approval_editors = ["ed@gazette.example"]
"""


@dataclass(frozen=True, slots=True)
class Case:
    """An editor with a link, and the issue that it is about."""

    service: Service
    client: WebClient
    issue_id: int
    token: str

    @property
    def state(self) -> IssueState:
        """Where the issue stands now."""
        with self.service.store.read() as tx:
            issue = issues.get(tx, self.issue_id)
        assert issue is not None
        return issue.state

    def move(self, state: IssueState) -> None:
        """Put the issue into that state."""
        with self.service.store.write() as tx:
            issues.move(tx, self.issue_id, state, if_in=set(IssueState))


@pytest.fixture
def case(tmp_path: Path, sqlite_template: Path) -> Iterator[Case]:
    """An issue that waits, of a briefing with one editor."""
    service = site_service(tmp_path, sqlite_template, more=EDITORS)
    briefings = dict(service.config.briefings)
    editors = {"approval_editors": ("ed@gazette.example",)}
    briefings["daily"] = briefings["daily"].model_copy(update=editors)
    object.__setattr__(
        service, "config", service.config.model_copy(update={"briefings": briefings})
    )
    number = send_issue(service)
    with service.store.write() as tx:
        issue = issues.find(tx, "daily", number)
        assert issue is not None
        issues.move(tx, issue.id, IssueState.COMPOSED, if_in=set(IssueState))
        due = service.clock.now() + timedelta(hours=1)
        releases.add(tx, Release(issue.id, due, deadline_at=due, default=Decision.SEND))
        releases.add_findings(tx, issue.id, [Noted("subject", "warning", "it is <long>", "all")])
        editor = releases.add_editor(tx, issue.id, "ed@gazette.example")
    yield Case(service, client_of(service), issue.id, token_of(service.keyring, editor, issue))
    service.close()


def test_opening_a_link_shows_and_changes_nothing(case: Case) -> None:
    """security.md 4: link scanners open all of them."""
    for path in ("", "/send", "/hold", "/drop", "/issue"):
        for method in ("GET", "HEAD"):
            answer = case.client.request(method, f"/approve/{case.token}{path}")
            assert answer.status == 200, path
            assert answer.headers["cache-control"] == "private, no-store"
            assert answer.headers["referrer-policy"] == "no-referrer"
    assert case.state is IssueState.COMPOSED
    page = case.client.get(f"/approve/{case.token}").text
    assert "If nobody decides by 08:00: Send it." in page
    assert "all: it is &lt;long&gt;" in page
    assert [f'value="{each}"' in page for each in Decision] == [True] * 3


def test_a_link_for_one_decision_shows_its_button_alone(case: Case) -> None:
    page = case.client.get(f"/approve/{case.token}/hold").text
    assert [f'value="{each}"' in page for each in Decision] == [False, True, False]
    assert case.client.get(f"/approve/{case.token}/other").status == 404


@pytest.mark.parametrize(
    ("decision", "state", "said"),
    [
        ("send", IssueState.COMPOSED, "It may go out."),
        ("hold", IssueState.HELD, "It is held."),
        ("drop", IssueState.CANCELLED, "It was dropped."),
    ],
)
def test_the_button_decides(case: Case, decision: str, state: IssueState, said: str) -> None:
    answer = case.client.post(f"/approve/{case.token}", {"decision": decision})
    assert answer.status == 200
    assert said in answer.text
    words = {"send": "Send it", "hold": "Hold it", "drop": "Drop it"}[decision]
    assert f"ed@gazette.example decided: {words}." in answer.text
    assert case.state is state
    with case.service.store.read() as tx:
        release = releases.of(tx, case.issue_id)
    assert release is not None
    assert release.decision == decision


def test_what_is_over_is_said_and_not_decided(case: Case) -> None:
    case.move(IssueState.FINISHED)
    answer = case.client.post(f"/approve/{case.token}", {"decision": "hold"})
    assert answer.status == 409
    assert "there is nothing to decide any more" in answer.text
    assert case.state is IssueState.FINISHED


def test_an_odd_decision_is_refused(case: Case) -> None:
    assert case.client.post(f"/approve/{case.token}", {"decision": "burn"}).status == 422
    assert case.client.post(f"/approve/{case.token}").status == 422
    assert case.state is IssueState.COMPOSED


def test_the_issue_is_shown_as_readers_get_it_with_links_of_nobody(case: Case) -> None:
    answer = case.client.get(f"/approve/{case.token}/issue")
    assert "The ferry runs again" in answer.text
    assert "script" not in answer.headers["content-security-policy"]
    token = answer.text.split("/unsubscribe/")[1][:40]
    assert case.client.get(f"/unsubscribe/{token}").status == 404


def test_forged_and_late_links_say_nothing_of_any_issue(case: Case) -> None:
    forged = case.token[:-1] + ("A" if case.token[-1] != "A" else "B")
    for path in (f"/approve/{forged}", f"/approve/{forged}/send", f"/approve/{forged}/issue"):
        answer = case.client.get(path)
        assert answer.status == 404
        assert "does not work any more" in answer.text
    assert case.client.post(f"/approve/{forged}", {"decision": "send"}).status == 404
    later(case.service, timedelta(days=30))
    assert case.client.get(f"/approve/{case.token}").status == 404


def test_without_editors_there_are_no_such_pages(client: WebClient) -> None:
    answer = client.get("/approve/whatever")
    assert answer.status == 404
    assert "does not work any more" not in answer.text


@pytest.mark.parametrize("language", ["ar", "de", "en", "es", "fr", "uk"])
def test_states_levels_and_rules_have_words_in_every_language(language: str) -> None:
    """No editor reads the name of a state, a level, or a rule as programs write it."""
    names = [f"state_{state}" for state in IssueState]
    names += [f"level_{level}" for level in Level]
    names += [f"rule_{rule}" for rule in (*RULES, *LINK_RULES)]
    said = {name: PHRASES[language][name] for name in names}
    assert all(said.values())
    if language != "en":
        alike = {name for name, text in said.items() if text == PHRASES["en"][name]}
        # The same word in more than one language: Error, Contraste, ...
        assert alike <= {"level_error"}


def test_the_page_says_states_and_findings_in_the_editors_language(case: Case) -> None:
    config = case.service.config
    briefings = dict(config.briefings)
    briefings["daily"] = briefings["daily"].model_copy(update={"language": "de"})
    changed = config.model_copy(update={"briefings": briefings})
    object.__setattr__(case.service, "config", changed)
    case.move(IssueState.HELD)
    page = case.client.get(f"/approve/{case.token}").text
    assert "zurückgehalten" in page
    assert "<strong>Warnung</strong>: Betreff." in page
    assert "held" not in page
    assert '<span lang="en" dir="ltr">all: it is &lt;long&gt;</span>' in page
