"""An issue waits for its time, for its links, and for editors; errors of preflight hold it."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

import pytest
from fakes import KEYRING, RENDERER, Desk, add_readers, make_config

from digest.clock import ManualClock
from digest.errors import DigestError, FetchError, ForbiddenFetchError, NotFoundError
from digest.mail.dkim import Signer
from digest.mail.dkim_keys import new_rsa_key
from digest.model import Decision, Issue, IssueState, NoticeKind
from digest.planning.waiting import why_not_out
from digest.preflight import Answered, Link
from digest.steps import approval
from digest.steps.approval import Letters, decide, look, settle_undecided, token_of
from digest.steps.compose import compose_due, compose_now
from digest.steps.control import Command, control
from digest.steps.preflight import Inspector, look_at
from digest.steps.report import explain, upcoming
from digest.store import alerts, issues, notices, releases
from digest.store.engine import Store
from digest.store.notices import Notice
from digest.store.releases import Noted, Release
from digest.syndication.fetch import Fetched, Limits

CUTOFF = datetime.fromisoformat("2026-11-24T05:00:00+00:00")
"""Tuesday, six in the morning in Zurich: an hour before it is due."""

DUE = CUTOFF + timedelta(hours=1)
EDITORS = 'cutoff_minutes = 60\napproval_editors = ["ed@news.example", "eve@news.example"]\n'


def opened(store: Store, root: Path, daily: str = EDITORS, more: str = "") -> Desk:
    desk = Desk(store, root, make_config(daily=daily, more=more))
    desk.write("ferry.md")
    desk.ingest()
    add_readers(store, ["ada@reader.example", "bob@reader.example"])
    compose_due(store, desk.config, RENDERER, KEYRING, now=desk.now)
    desk.now = CUTOFF
    return desk


@pytest.fixture
def desk(sqlite_store: Store, tmp_path: Path) -> Desk:
    """A publication since Monday, with an article and two readers; now it is the cut-off."""
    return opened(sqlite_store, tmp_path)


def addressless(desk: Desk) -> Desk:
    """Take the postal address out of the settings: preflight finds that."""
    publication = desk.config.publication.model_copy(update={"postal_address": ""})
    desk.config = desk.config.model_copy(update={"publication": publication})
    return desk


def composed(desk: Desk, *, looks_at_links: bool = False) -> Issue:
    results = compose_due(
        desk.store,
        desk.config,
        RENDERER,
        KEYRING,
        now=desk.now,
        looks_at_links=looks_at_links,
    )
    (result,) = results
    assert result.issue_id is not None, result.reason
    with desk.store.read() as tx:
        issue = issues.get(tx, result.issue_id)
    assert issue is not None
    return issue


def state_of(desk: Desk, issue: Issue) -> IssueState:
    with desk.store.read() as tx:
        found = issues.get(tx, issue.id)
    assert found is not None
    return found.state


def held_back(desk: Desk, now: datetime) -> set[int]:
    with desk.store.read() as tx:
        return releases.held_back(tx, now)


def release_of(desk: Desk, issue: Issue) -> Release | None:
    with desk.store.read() as tx:
        return releases.of(tx, issue.id)


def alert_keys(desk: Desk) -> set[str]:
    with desk.store.read() as tx:
        return {alert.key for alert in alerts.open_alerts(tx)}


def test_an_issue_is_made_at_its_cut_off_and_waits_until_it_is_due(
    sqlite_store: Store, tmp_path: Path
) -> None:
    desk = opened(sqlite_store, tmp_path, "cutoff_minutes = 60\n")
    desk.now = CUTOFF - timedelta(seconds=1)
    assert compose_due(desk.store, desk.config, RENDERER, KEYRING, now=desk.now) == ()
    desk.now = CUTOFF
    issue = composed(desk)
    assert issue.period == "2026-11-24"
    assert held_back(desk, DUE - timedelta(seconds=1)) == {issue.id}
    assert held_back(desk, DUE) == set()
    assert release_of(desk, issue) == Release(issue.id, DUE)
    with desk.store.read() as tx:
        (variant,) = issues.variants_of(tx, issue.id).values()
    assert b"Date: Tue, 24 Nov 2026 06:00:00 +0000" in variant.skeleton, "when it goes out"
    assert compose_due(desk.store, desk.config, RENDERER, KEYRING, now=DUE) == ()


def test_without_a_cut_off_nothing_holds_an_issue_back(sqlite_store: Store, tmp_path: Path) -> None:
    desk = opened(sqlite_store, tmp_path, "")
    desk.now = DUE
    issue = composed(desk)
    assert release_of(desk, issue) is None
    assert held_back(desk, DUE) == set()


def test_an_issue_waits_for_an_editor_and_the_last_decision_counts(desk: Desk) -> None:
    issue = composed(desk)
    assert held_back(desk, DUE + timedelta(days=1)) == {issue.id}
    done = decide(desk.store, issue.id, Decision.HOLD, "ed@news.example", now=desk.now)
    assert (done.issue.state, done.send_at) == (IssueState.HELD, None)
    done = decide(desk.store, issue.id, Decision.SEND, "eve@news.example", now=desk.now)
    assert (done.issue.state, done.send_at) == (IssueState.COMPOSED, DUE)
    release = release_of(desk, issue)
    assert release is not None
    assert (release.decision, release.decided_by) == (Decision.SEND, "eve@news.example")
    assert held_back(desk, DUE - timedelta(seconds=1)) == {issue.id}
    assert held_back(desk, DUE) == set()


def test_what_is_held_and_sent_after_its_time_goes_out_at_once(desk: Desk) -> None:
    issue = composed(desk)
    decide(desk.store, issue.id, Decision.HOLD, "ed@news.example", now=desk.now)
    later = DUE + timedelta(hours=1)
    done = decide(desk.store, issue.id, Decision.SEND, approval.OPERATOR, now=later)
    assert (done.issue.state, done.send_at) == (IssueState.SENDING, None)
    assert held_back(desk, later) == set()


def test_a_dropped_issue_is_over(desk: Desk) -> None:
    issue = composed(desk)
    done = decide(desk.store, issue.id, Decision.DROP, "ed@news.example", now=desk.now)
    assert (done.issue.state, done.cancelled) == (IssueState.CANCELLED, 2)
    again = decide(desk.store, issue.id, Decision.DROP, "eve@news.example", now=desk.now)
    assert again.cancelled == 0
    with pytest.raises(DigestError, match="is cancelled: there is nothing to decide any more"):
        decide(desk.store, issue.id, Decision.SEND, "ed@news.example", now=desk.now)
    with pytest.raises(NotFoundError):
        decide(desk.store, 99, Decision.SEND, "ed@news.example", now=desk.now)


@pytest.mark.parametrize("default", ["send", "hold"])
def test_when_nobody_decides_the_settings_do(
    sqlite_store: Store, tmp_path: Path, default: str
) -> None:
    desk = opened(sqlite_store, tmp_path, f'{EDITORS}approval_default = "{default}"\n')
    issue = composed(desk)
    deadline = DUE - timedelta(minutes=5)
    assert settle_undecided(desk.store, now=deadline - timedelta(seconds=1)) == ()
    (done,) = settle_undecided(desk.store, now=deadline)
    assert (done.by, done.decision) == ("deadline", Decision(default))
    assert settle_undecided(desk.store, now=DUE) == ()
    if default == "send":
        assert held_back(desk, DUE) == set()
        assert alert_keys(desk) == set()
        return
    assert state_of(desk, issue) is IssueState.HELD
    assert alert_keys(desk) == {f"approval:{issue.id}"}
    decide(desk.store, issue.id, Decision.SEND, "ed@news.example", now=DUE)
    assert alert_keys(desk) == set()


def test_resuming_is_deciding_too(desk: Desk) -> None:
    issue = composed(desk)
    control(desk.store, issue.id, Command.HOLD, now=desk.now)
    control(desk.store, issue.id, Command.RESUME, now=DUE)
    assert held_back(desk, DUE) == set()
    assert settle_undecided(desk.store, now=DUE) == ()


def test_what_is_sent_by_hand_was_wanted(desk: Desk) -> None:
    result = compose_now(desk.store, desk.config, RENDERER, KEYRING, "daily", now=desk.now)
    assert result.issue_id is not None
    assert held_back(desk, desk.now) == set()
    with desk.store.read() as tx:
        assert releases.editors_of(tx, result.issue_id) == []


def test_an_error_of_preflight_holds_the_issue_and_alerts(
    sqlite_store: Store, tmp_path: Path
) -> None:
    desk = addressless(
        opened(sqlite_store, tmp_path, "", '[preflight]\npostal_address = "error"\n')
    )
    desk.now = DUE
    (result,) = compose_due(desk.store, desk.config, RENDERER, KEYRING, now=desk.now)
    assert result.held == ("postal_address: the settings have none: set publication.postal_address")
    with desk.store.read() as tx:
        (issue,) = issues.list_issues(tx)
        (found, *_) = [item for item in releases.findings_of(tx, issue.id) if item.level == "error"]
        (alert,) = alerts.open_alerts(tx)
    assert issue.state is IssueState.HELD
    assert found.rule == "postal_address"
    assert alert.key == f"preflight:{issue.id}"
    assert "`digest issues approve daily/1` sends it all the same" in alert.text
    decide(desk.store, issue.id, Decision.SEND, approval.OPERATOR, now=desk.now)
    assert state_of(desk, issue) is IssueState.SENDING
    assert alert_keys(desk) == set()


def waits(desk: Desk, issue: Issue, now: datetime) -> str:
    with desk.store.read() as tx:
        found = issues.get(tx, issue.id)
        assert found is not None
        return why_not_out(tx, found, "Europe/Zurich", now)


def test_what_an_issue_waits_for_is_told(desk: Desk) -> None:
    issue = composed(desk, looks_at_links=True)
    assert waits(desk, issue, CUTOFF) == "waits for an editor; nobody by Tue 06:55: send"
    decide(desk.store, issue.id, Decision.HOLD, "ed@news.example", now=desk.now)
    assert waits(desk, issue, CUTOFF) == "is held by ed@news.example"
    decide(desk.store, issue.id, Decision.SEND, "ed@news.example", now=desk.now)
    assert waits(desk, issue, CUTOFF) == "goes out at Tue 07:00"
    assert waits(desk, issue, DUE) == "waits for its links to be looked at"
    assert waits(desk, issue, DUE + timedelta(hours=1)) == ""
    control(desk.store, issue.id, Command.HOLD, now=desk.now)
    assert waits(desk, issue, DUE) == "is held"
    with desk.store.write() as tx:
        releases.add_findings(tx, issue.id, [Noted("size", "error", "too large")])
    assert waits(desk, issue, DUE) == "is held by preflight (size)"
    decide(desk.store, issue.id, Decision.DROP, "ed@news.example", now=desk.now)
    assert waits(desk, issue, DUE) == "was dropped"


def test_next_tells_of_the_cut_off_and_of_what_is_made(desk: Desk) -> None:
    before = upcoming(desk.store, desk.config, now=CUTOFF - timedelta(minutes=5), days=1)[0]
    assert (before.cutoff_at, before.deadline_at) == (CUTOFF, DUE - timedelta(minutes=5))
    assert (before.default, before.number, len(before.waiting)) == ("send", None, 1)
    composed(desk)
    found, *later = upcoming(desk.store, desk.config, now=CUTOFF, days=2)
    assert (found.number, found.waiting) == (1, ())
    assert found.waits == "waits for an editor; nobody by Tue 06:55: send"
    assert later[0].number is None
    assert later[0].reason == "no new articles"
    (standing,) = explain(desk.store, desk.config, "ferry", now=CUTOFF).briefings
    assert standing.waits == found.waits


def test_an_issue_without_a_gate_waits_for_nothing(sqlite_store: Store, tmp_path: Path) -> None:
    desk = opened(sqlite_store, tmp_path, "")
    desk.now = DUE
    assert waits(desk, composed(desk), DUE) == ""


# The mail


def waiting(desk: Desk) -> list[Notice]:
    with desk.store.write() as tx:
        return notices.claim(tx, desk.now, 10, timedelta(minutes=1))


def letters(desk: Desk) -> Letters:
    return Letters(desk.store, desk.config, KEYRING, {})


def test_each_editor_is_mailed_the_issue_with_links_of_their_own(desk: Desk) -> None:
    """security.md 3: signed, one editor's own, and of no use for anything else."""
    issue = composed(desk)
    found = waiting(desk)
    assert [notice.recipient for notice in found] == ["ed@news.example", "eve@news.example"]
    assert {notice.kind for notice in found} == {NoticeKind.APPROVAL}
    tokens = set()
    for notice in found:
        written = letters(desk).write(notice)
        assert written is not None
        assert written == letters(desk).write(notice), "the same at every attempt"
        relay, outgoing = written
        assert relay == issue.relay
        mail = email.message_from_bytes(outgoing.message, policy=email.policy.default)
        assert mail["To"] == notice.recipient
        assert mail["Subject"] == f"[Approve] {issue.subject}"
        assert mail["List-Unsubscribe"] is None
        for kind in ("plain", "html"):
            part = mail.get_body((kind,))
            assert part is not None
            text = part.get_content()
            assert "for 2 readers. It goes out at 07:00, 2026-11-24 (Europe/Zurich)." in " ".join(
                text.split()
            )
            assert "If nobody decides by 06:55" in text
            for wish in Decision:
                assert f"/{wish}" in text
            (token,) = {
                piece.split("/")[0] for piece in text.split("/approve/")[1:] if len(piece) > 40
            }
        tokens.add(token)
        asked = look(desk.store, desk.config, KEYRING, token, now=desk.now)
        assert asked is not None
        assert (asked.editor.email, asked.issue.id) == (notice.recipient, issue.id)
    assert len(tokens) == 2


def test_the_mail_to_an_editor_is_signed_and_tells_of_a_paused_issue(desk: Desk) -> None:
    issue = composed(desk)
    control(desk.store, issue.id, Command.PAUSE, now=desk.now)
    signer = Signer.from_pem("gazette.example", "2026a", new_rsa_key())
    found = Letters(desk.store, desk.config, KEYRING, {"gazette.example": signer})
    written = found.write(waiting(desk)[0])
    assert written is not None
    assert written[1].message.startswith(b"DKIM-Signature:")


def test_a_link_ends_with_the_issue_and_with_the_editor(desk: Desk) -> None:
    issue = composed(desk)
    with desk.store.read() as tx:
        editor, _ = releases.editors_of(tx, issue.id)
    token = token_of(KEYRING, editor, issue)
    assert look(desk.store, desk.config, KEYRING, token, now=desk.now)
    assert look(desk.store, desk.config, KEYRING, token, now=issue.expires_at) is None
    assert look(desk.store, desk.config, KEYRING, token[:-1] + "A", now=desk.now) is None
    others = make_config(daily=EDITORS.replace("ed@news.example", "new@news.example"))
    assert look(desk.store, others, KEYRING, token, now=desk.now) is None
    gone = others.model_copy(update={"briefings": {}})
    assert look(desk.store, gone, KEYRING, token, now=desk.now) is None


def test_nobody_is_asked_what_is_decided(desk: Desk) -> None:
    issue = composed(desk)
    first, second = waiting(desk)
    decide(desk.store, issue.id, Decision.SEND, "eve@news.example", now=desk.now)
    assert letters(desk).write(first) is None
    decide(desk.store, issue.id, Decision.DROP, "eve@news.example", now=desk.now)
    assert letters(desk).write(second) is None


def test_editors_are_told_what_preflight_found(sqlite_store: Store, tmp_path: Path) -> None:
    desk = addressless(
        opened(sqlite_store, tmp_path, EDITORS, '[preflight]\npostal_address = "error"\n')
    )
    composed(desk)
    written = letters(desk).write(waiting(desk)[0])
    assert written is not None
    mail = email.message_from_bytes(written[1].message, policy=email.policy.default)
    part = mail.get_body(("plain",))
    assert part is not None
    text = part.get_content()
    assert "It is held, because of what stands below" in text
    assert "- Error: Postal address: the settings have none: set publication.postal_address" in text


# Links


class Web:
    """Servers: by URL, what each answers, or the error of asking it."""

    def __init__(self, answers: dict[str, Fetched | Exception], pause: float = 0.0) -> None:
        """Answer with *answers*, each after *pause* seconds; 200 where there is none."""
        self.answers = answers
        self.pause = pause
        self.asked: list[str] = []

    def __call__(self, _limits: Limits) -> Self:
        """Be the fetcher as well as what makes it."""
        return self

    async def __aenter__(self) -> Self:
        """Open nothing."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close nothing."""

    async def head(self, url: str) -> Fetched:
        """Answer HEAD."""
        return await self._answer("HEAD", url)

    async def get(self, url: str) -> Fetched:
        """Answer GET."""
        return await self._answer("GET", url)

    async def _answer(self, method: str, url: str) -> Fetched:
        self.asked.append(f"{method} {url}")
        await asyncio.sleep(self.pause)
        found = self.answers.get(f"{method} {url}") or self.answers.get(url)
        if isinstance(found, Exception):
            raise found
        return found or Fetched(url, 200, {}, b"")


def inspector(desk: Desk, web: Web) -> Inspector:
    fetcher: Callable[[Limits], object] = web
    return Inspector(desk.store, desk.config, fetcher, ManualClock(desk.now))  # type: ignore[arg-type]  # a fake


def test_links_are_looked_at_before_anything_goes_out(sqlite_store: Store, tmp_path: Path) -> None:
    desk = opened(sqlite_store, tmp_path, "", '[preflight]\ndead_links = "error"\n')
    desk.now = DUE
    issue = composed(desk, looks_at_links=True)
    assert held_back(desk, DUE) == {issue.id}
    web = Web({})
    (result,) = asyncio.run(inspector(desk, web).go_round())
    assert (result.findings, result.held) == ((), "")
    assert result.links == len(web.asked) > 0
    assert not any("unsubscribe" in url or "issues/daily/1" in url for url in web.asked)
    assert held_back(desk, DUE) == set()
    assert asyncio.run(inspector(desk, web).go_round()) == ()


def test_nothing_waits_for_ever_for_links(sqlite_store: Store, tmp_path: Path) -> None:
    desk = opened(sqlite_store, tmp_path, "")
    desk.now = DUE
    issue = composed(desk, looks_at_links=True)
    assert held_back(desk, DUE + timedelta(minutes=2, seconds=59)) == {issue.id}
    assert held_back(desk, DUE + timedelta(minutes=3)) == set()


@pytest.mark.parametrize("is_decided", [False, True])
def test_a_dead_link_holds_the_issue_unless_somebody_decided(
    sqlite_store: Store, tmp_path: Path, *, is_decided: bool
) -> None:
    desk = opened(sqlite_store, tmp_path, EDITORS, '[preflight]\ndead_links = "error"\n')
    issue = composed(desk, looks_at_links=True)
    if is_decided:
        decide(desk.store, issue.id, Decision.SEND, "ed@news.example", now=desk.now)
    web = Web({})
    asyncio.run(look_round(desk, web, issue))
    url = web.asked[0].split()[1]
    web = Web({url: Fetched(url, 404, {}, b"")})
    (result,) = asyncio.run(inspector(desk, web).go_round())
    assert bool(result.held) is not is_decided
    assert state_of(desk, issue) is (IssueState.COMPOSED if is_decided else IssueState.HELD)
    assert alert_keys(desk) == (set() if is_decided else {f"preflight:{issue.id}"})
    assert f"GET {url}" in web.asked, "a HEAD alone condemns nobody"


async def look_round(desk: Desk, web: Web, issue: Issue) -> None:
    """Ask *web* for all links of the issue, and write nothing down."""
    _, links = inspector(desk, web)._read(issue.id)  # noqa: SLF001 - to know the links
    fetcher: Callable[[Limits], object] = web
    await look_at(fetcher, links, 5)  # type: ignore[arg-type]  # a fake


def test_what_came_of_a_link_is_told_apart() -> None:
    links = [Link(f"https://{name}.example/") for name in "abcd"]
    a, b, c, d = (link.url for link in links)
    web = Web(
        {
            f"HEAD {a}": Fetched(a, 405, {}, b""),
            b: Fetched("https://z.example/", 200, {}, b"", "", 2),
            c: FetchError(c, "took longer than 15 s"),
            d: ForbiddenFetchError(d, "leads inside"),
        }
    )
    found = asyncio.run(look_at(web, links, 5))  # type: ignore[arg-type]  # a fake
    assert found == (
        Answered(a, 200, redirects=0, final_url=a),
        Answered(b, 200, redirects=2, final_url="https://z.example/"),
        Answered(c, None, "took longer than 15 s"),
        Answered(d, None, "leads inside", was_tried=False),
    )
    slow = asyncio.run(look_at(Web({}, pause=5), links, 0.05))  # type: ignore[arg-type]  # a fake
    assert {answer.was_tried for answer in slow} == {False}
    assert slow[0].reason == "there was no time for it in 0.05 s"
