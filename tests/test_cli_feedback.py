"""Commands for what comes back, as an operator and a mail server use them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from store_samples import LEASE, NOW, add_person, freeze_issue, result_of
from typer.testing import CliRunner, Result

from digest.cli.app import app
from digest.cli.output import opened
from digest.cli.starter import write_starter
from digest.errors import DigestError, NotFoundError
from digest.store import deliveries, feedback, webhooks

SAMPLES = Path(__file__).parent / "data" / "reports"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings of a new publication with one briefing, called daily."""
    folder = tmp_path / "news"
    now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    write_starter(folder, title="News", url="https://news.example", now=now)
    monkeypatch.setenv("COLUMNS", "200")
    return folder / "config.toml"


def run(config: Path, *words: str, code: int = 0, piped: bytes = b"") -> Result:
    words = ("feedback", *words, "--config", str(config))
    result = CliRunner().invoke(app, [*words], input=piped)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


def run_json(config: Path, *words: str, piped: bytes = b"") -> Any:  # noqa: ANN401 - JSON
    return json.loads(run(config, *words, "--json", piped=piped).stdout)


def test_what_would_follow_from_a_file_is_said_and_not_done(config: Path) -> None:
    said = run(config, "test", str(SAMPLES / "postfix-unknown-user.eml")).output
    assert "bounce (permanent, recipient): There is no such address." in said
    assert "they said: 550 5.1.1 <ann@reader.example>" in said
    assert "not proved, so about nobody; it names ann@reader.example" in said
    assert "Nothing follows: nothing proves whom it is about." in said
    assert run_json(config, "list") == []


def test_what_a_mail_server_pipes_is_taken_once_and_listed(config: Path) -> None:
    data = (SAMPLES / "gmail-over-quota.eml").read_bytes()
    words = ("process", "--recipient", "bounces+x@news.example", "--sender", "<>")
    first, again = run_json(config, *words, piped=data), run_json(config, *words, piped=data)
    assert (first["kind"], first["effect"], first["is_new"]) == ("transient", "nothing", True)
    assert again["is_new"] is False
    (listed,) = run_json(config, "list", "--sort", "bounce")
    assert (listed["source"], listed["reason"]) == ("stdin", "The mailbox is full.")
    assert run_json(config, "list", "--effective") == []
    assert "not proved" in run(config, "list").output
    shown = run(config, "show", "1").output
    assert "nobody: not proved" in shown
    assert run_json(config, "show", "1")["id"] == 1


def test_a_mail_that_cannot_be_taken_now_stays_with_the_mail_server(config: Path) -> None:
    """EX_TEMPFAIL, whatever the reason is: settings that are broken, a database that is full."""
    config.write_text("[publication]\n", "utf-8")
    assert "digest:" in run(config, "process", code=75, piped=b"Subject: x\n\n").output


def test_a_mistake_of_ours_leaves_the_mail_with_the_mail_server_too(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trip(*_: object, **__: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr("digest.steps.feedback.take_mail", trip)
    output = run(config, "process", code=75, piped=b"Subject: x\n\n").output
    assert "not taken: KeyError" in output


def test_rates_are_shown_even_if_nothing_was_sent(config: Path) -> None:
    assert "0 accepted, 0 bounced (0.00 %), 0 complained" in run(config, "rates").output
    assert run_json(config, "rates", "--days", "7")["overall"]["accepted"] == 0


def test_what_does_not_exist_is_told(config: Path) -> None:
    with pytest.raises(NotFoundError, match="sort of report 'spam'"):
        run(config, "list", "--sort", "spam")
    with pytest.raises(NotFoundError, match="report '7'"):
        run(config, "show", "7")
    run(config, "process", "nowhere.eml", code=75)


def test_an_issue_shows_what_came_back_of_it(config: Path) -> None:
    now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    with opened(config) as service, service.store.write() as tx:
        ann, bob = add_person(tx, "ann"), add_person(tx, "bob")
        issue = freeze_issue(tx)
        claims = deliveries.claim(tx, issue, 10, NOW, NOW + LEASE)
        deliveries.settle(tx, [result_of(claim) for claim in claims])
        for person, sort, kind, source in (
            (ann, "bounce", "permanent", "webhook"),
            (bob, "complaint", "", "lmtp"),
            (bob, "bounce", "transient", "reply"),
        ):
            report = feedback.NewReport(
                identity=f"{person} {sort}",
                at=now,
                source=source,
                sort=sort,
                kind=kind,
                proof="sender",
                subscriber_id=person,
                issue_id=issue,
                reason="So it is.",
            )
            feedback.add(tx, report)
    words = ["issues", "show", "daily/1", "--config", str(config)]
    shown = CliRunner().invoke(app, words).output
    assert "Came back: 1 bounced (50.00 %), 1 complained (50.000 %)" in shown
    assert "ann@example.org: bounce (permanent), not yet decided: So it is." in shown
    assert "transient" not in shown.partition("Came back")[2]
    whole = json.loads(CliRunner().invoke(app, [*words, "--json"]).output)
    assert whole["reported"]["complained"] == 1
    listed = CliRunner().invoke(app, ["issues", "list", "--config", str(config), "--json"])
    assert json.loads(listed.output)["issues"][0]["reported"]["bounced"] == 1
    table = CliRunner().invoke(app, ["issues", "list", "--config", str(config)]).output
    assert "complained" in table


# Webhooks

HOOKS = """
[feedback.webhooks.ses]
provider = "ses"
"""


@pytest.fixture
def hooked(config: Path) -> Path:
    """The same, with a webhook of Amazon SES."""
    text = config.read_text("utf-8")
    listening = re.sub(r'(?m)^#?listen = "[^"]*"$', 'listen = "127.0.0.1:8000"', text, count=1)
    config.write_text(listening + HOOKS, "utf-8")
    return config


@pytest.mark.parametrize(
    ("provider", "name", "said"),
    [
        ("ses", "ses-bounce-no-such-address", "bounce (permanent, recipient): There is no such"),
        ("postmark", "postmark-bounce-soft", "bounce (transient, recipient): The mailbox is full"),
        ("mailgun", "mailgun-complained", "complaint: A reader called it spam"),
        ("brevo", "brevo-unsubscribed", "unsubscribe: A reader asked the mail service"),
    ],
)
def test_what_would_follow_from_a_payload_is_said_and_not_done(
    config: Path, provider: str, name: str, said: str
) -> None:
    file = str(SAMPLES.parent / "webhooks" / f"{name}.json")
    output = run(config, "test", file, "--provider", provider).output
    assert said in output
    assert "not proved, so about nobody; it names reader@example.org" in output
    assert run_json(config, "list") == []


def test_a_batch_is_told_event_by_event(config: Path) -> None:
    file = str(SAMPLES.parent / "webhooks" / "sendgrid-batch.json")
    output = run(config, "test", file, "--provider", "sendgrid").output
    assert "1 brand_new (not known to Digest)" in output
    assert "1 delivered" in output
    (event,) = run_json(config, "test", file, "--provider", "sendgrid")
    assert (event["sort"], event["effect"]) == ("bounce", "nothing")


def test_a_payload_that_is_none_is_told(config: Path) -> None:
    file = str(SAMPLES / "postfix-unknown-user.eml")
    with pytest.raises(DigestError, match="nothing that brevo sends: it is not JSON"):
        run(config, "test", file, "--provider", "brevo")
    with pytest.raises(NotFoundError, match="provider 'nobody'"):
        run(config, "test", file, "--provider", "nobody")


def test_webhooks_are_listed_with_what_came(config: Path, hooked: Path) -> None:
    config.write_text(config.read_text("utf-8").replace(HOOKS, ""), "utf-8")
    assert "There is none" in run(config, "webhooks").output
    config.write_text(config.read_text("utf-8") + HOOKS, "utf-8")
    topic = "arn:aws:sns:eu-west-1:123456789012:bounces"
    now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    with opened(hooked) as service, service.store.write() as tx:
        webhooks.count(tx, "ses", {"Bounce": 3, "Brand New": 1}, {"Brand New": 1}, now)
        webhooks.ask_topic(tx, "ses", topic, "", now)
    output = run(config, "webhooks").output
    assert "ses: ses, at https://news.example/hooks/ses" in output
    assert f"topic {topic}: waits for digest feedback confirm" in output
    assert "Brand New (not known to Digest)" in output
    run(config, "confirm", "ses", topic)
    assert f"topic {topic}: confirmed" in run(config, "webhooks").output
    assert [item["number"] for item in run_json(config, "webhooks")["events"]] == [3, 1]
    with pytest.raises(NotFoundError, match="webhook 'other'"):
        run(config, "confirm", "other", topic)
