"""Commands for subscribers and keys, as an operator uses them in a folder of their own."""

from __future__ import annotations

import json
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from digest.cli import output
from digest.cli.app import app
from digest.cli.starter import write_starter
from digest.errors import ConfigError, DigestError, NotFoundError, SubscriberImportError

ADA, BOB = "ada@reader.example", "bob@reader.example"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings of a new publication with one briefing, called daily."""
    folder = tmp_path / "news"
    now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    write_starter(folder, title="News", url="https://news.example", now=now)
    monkeypatch.setenv("COLUMNS", "200")
    return folder / "config.toml"


def run(config: Path, *words: str, code: int = 0, answer: str = "") -> Result:
    result = CliRunner().invoke(app, [*words, "--config", str(config)], input=answer)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


def run_json(config: Path, *words: str, code: int = 0) -> Any:  # noqa: ANN401 - JSON
    return json.loads(run(config, *words, "--json", code=code).stdout)


def add(config: Path, *emails: str) -> None:
    for email in emails:
        run(config, "subscribers", "add", email, "--confirmed", "told us")


def secrets_of(config: Path) -> list[str]:
    lines = (config.parent / "state" / "secret.key").read_text().splitlines()
    return [line.removeprefix("address ") for line in lines if not line.startswith("#")]


def test_one_person_is_shown_with_all_there_is(config: Path) -> None:
    add(config, ADA)
    run(config, "subscribers", "suppress", ADA, "--reason", "a lawyer wrote")
    shown = run(config, "subscribers", "show", ADA).output
    assert f"{ADA} (number 1)" in shown
    assert "daily: confirmed, since 20" in shown
    assert "operator: a lawyer wrote" in shown
    assert "told us" in shown
    told = run_json(config, "subscribers", "show", "1")
    assert told["email"] == ADA
    assert told["subscriptions"][0]["state"] == "confirmed"
    assert told["suppression"]["evidence"] == "a lawyer wrote"
    assert told["deliveries"] == []
    assert run_json(config, "subscribers", "consent", ADA)[0]["evidence"] == "told us"
    assert "told us" in run(config, "subscribers", "consent", ADA).output


def test_what_a_person_chose_is_shown(config: Path) -> None:
    people = config.parent / "people.csv"
    people.write_text(
        "email,name,topics,cadence,paused_until,format\n"
        f"{ADA},Ada,harbour;weather,weekly,2030-01-01,text\n"
    )
    run(config, "subscribers", "import", str(people))
    shown = run(config, "subscribers", "show", ADA).output
    assert f"{ADA} (number 1), Ada, text mails" in shown
    assert "daily: unconfirmed, weekly, topics harbour, weather, paused until 2030" in shown


def test_suppressing_and_taking_it_back(config: Path) -> None:
    add(config, ADA)
    first = run(config, "subscribers", "suppress", ADA, "--reason", "bounced").output
    assert "on the do-not-mail record" in first
    assert "already" in run(config, "subscribers", "suppress", ADA, "--reason", "again").output
    assert run_json(config, "subscribers", "suppress", ADA, "--reason", "x")["changed"] is False
    run(config, "subscribers", "add", ADA, code=1)
    assert "suppressed: operator" in run(config, "subscribers", "list").output
    back = run(config, "subscribers", "unsuppress", ADA, "--reason", "works again").output
    assert "was on it: operator" in back
    record = run_json(config, "subscribers", "consent", ADA)
    assert record[-1]["evidence"].endswith("works again")
    run(config, "subscribers", "suppress", ADA, "--reason", "y")
    was = run_json(config, "subscribers", "unsuppress", ADA, "--reason", "z")["was"]
    assert was["evidence"] == "y"


@pytest.mark.parametrize("command", ["suppress", "unsuppress"])
def test_a_reason_is_needed(config: Path, command: str) -> None:
    run(config, "subscribers", command, ADA, code=2)
    with pytest.raises(DigestError, match="--reason must say why"):
        run(config, "subscribers", command, ADA, "--reason", " ")


def test_erasing_asks_first(config: Path) -> None:
    add(config, ADA, BOB)
    with pytest.raises(DigestError, match="nothing was erased"):
        run(config, "subscribers", "erase", ADA, answer="n\n")
    assert "Erase ada@" in run(config, "subscribers", "erase", ADA, answer="y\n").output
    assert run_json(config, "subscribers", "erase", BOB, "--yes")["erased"] is True
    assert run_json(config, "subscribers", "list") == []
    assert "erased" in run(config, "subscribers", "show", ADA).output
    exported = run(config, "subscribers", "export").output
    assert "reader.example" not in exported


def test_an_unknown_address_is_answered_with_its_neighbours(config: Path) -> None:
    add(config, ADA)
    for command in ("show", "consent", "remove"):
        with pytest.raises(NotFoundError, match=r"There is: ada@reader\.example"):
            run(config, "subscribers", command, "adda@reader.example")


def test_long_lists_end_with_a_note(config: Path) -> None:
    add(config, ADA, BOB, "eve@reader.example")
    listed = run(config, "subscribers", "list", "--limit", "2")
    assert listed.stdout.splitlines()[-1] == "3 subscriptions"
    assert "first 2 of 3; --limit 0 shows all" in listed.stderr
    assert len(run_json(config, "subscribers", "list", "--limit", "0")) == 3
    assert [
        item["subscriber"]["email"]
        for item in run_json(config, "subscribers", "list", "--search", "BOB")
    ] == [BOB]
    assert run_json(config, "subscribers", "list", "--state", "unsubscribed") == []


def test_a_check_of_an_import_writes_nothing(config: Path) -> None:
    people = config.parent / "people.csv"
    people.write_text(f"email\n{ADA}\n{BOB}\n")
    would = run(config, "subscribers", "import", str(people), "--check").output
    assert "would be: 2 added" in would
    assert run_json(config, "subscribers", "list") == []
    done = run_json(config, "subscribers", "import", str(people), "--state", "unsubscribed")
    assert done["changes"]["added"] == 2
    listed = run_json(config, "subscribers", "list")
    assert [item["state"] for item in listed] == ["unsubscribed"] * 2


def test_wrong_lines_are_named_and_the_others_taken(config: Path) -> None:
    people = config.parent / "people.csv"
    people.write_text(f"email\n{ADA}\nnobody\n{BOB}\n")
    with pytest.raises(SubscriberImportError, match=r"people\.csv:3: "):
        run(config, "subscribers", "import", str(people))
    taken = run(config, "subscribers", "import", str(people), "--skip-wrong", code=1)
    assert "2 added" in taken.stdout
    assert "people.csv:3: error: the address has no @" in taken.stderr


def test_an_export_of_another_program_is_named(config: Path) -> None:
    people = config.parent / "email_list.csv"
    people.write_text(
        "email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at\n"
        f"{ADA},false,,other,false,2024-01-15T10:00:00.000Z,\n"
    )
    words = ("subscribers", "import", str(people), "--confirmed", "signed up there")
    assert "An export of Substack" in run(config, *words).output
    told = run_json(config, *words)
    assert told["format"] == "substack"
    assert told["changes"]["unchanged"] == 1
    (event,) = run_json(config, "subscribers", "consent", ADA)
    assert event["evidence"] == (
        "signed up there; from Substack; subscribed 2024-01-15T10:00:00.000Z"
    )
    with pytest.raises(ConfigError, match="there is no format 'subspace'"):
        run(config, *words, "--format", "subspace")


def test_many_left_out_are_told_shortly(config: Path) -> None:
    people = config.parent / "people.csv"
    lines = "".join(f"reader{number}@reader.example\n" for number in range(25))
    people.write_text(f"email\n{lines}")
    run(config, "subscribers", "import", str(people), "--state", "unsubscribed")
    told = run(config, "subscribers", "import", str(people), "--confirmed", "x").output
    assert "25 kept out" in told
    assert "  and 5 more; --json names all" in told


def test_an_export_into_a_file_is_its_owners(config: Path, tmp_path: Path) -> None:
    add(config, ADA)
    target = tmp_path / "out.csv"
    told = run_json(config, "subscribers", "export", "--output", str(target))
    assert told["subscriptions"] == 1
    assert target.stat().st_mode & 0o777 == 0o600
    assert ADA in target.read_text()
    assert "1 subscriptions" in run(config, "subscribers", "export", "-o", str(target)).output
    with pytest.raises(DigestError, match="name it with --output"):
        run(config, "subscribers", "export", "--json")


def test_keys_are_rotated_and_removed(config: Path) -> None:
    """security.md 3 and 13: the old one verifies on; no secret is shown; what dies is said."""
    add(config, ADA)
    run(config, "subscribers", "suppress", BOB, "--reason", "asked")
    (first,) = run_json(config, "keys", "list")
    assert first["signs"] is True
    rotated = run(config, "keys", "rotate")
    assert "Restart every `digest run`" in rotated.output
    listed = run_json(config, "keys", "list")
    assert [key["signs"] for key in listed] == [True, False]
    assert listed[1]["id"] == first["id"]
    with pytest.raises(DigestError, match="every link in mails that it signed since 20") as caught:
        run(config, "keys", "remove", first["id"])
    shown = [rotated.output, str(caught.value), json.dumps(listed)]
    shown.append(run(config, "keys", "list").output)
    before = secrets_of(config)
    shown.append(run(config, "keys", "remove", first["id"], "--yes").output)
    shown.append(json.dumps(run_json(config, "keys", "rotate")))
    for secret in {*before, *secrets_of(config)}:
        assert not any(secret in text for text in shown)
    assert "asked" in run(config, "subscribers", "show", BOB).output
    assert run_json(config, "keys", "remove", listed[0]["id"], "--yes")["key"]["id"]


def test_keys_of_the_environment_are_changed_there(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_SECRETS__KEY", "ab" * 32)
    for command in ("list", "rotate"):
        with pytest.raises(ConfigError, match="DIGEST_SECRETS__KEY: the keys stand in") as caught:
            run(config, "keys", command)
        assert "abab" not in str(caught.value)


def test_another_key_is_noticed_and_can_be_adopted(config: Path) -> None:
    add(config, ADA, BOB)
    run(config, "subscribers", "suppress", BOB, "--reason", "asked")
    (config.parent / "state" / "secret.key").write_text(f"{'cd' * 32}\n")
    with pytest.raises(DigestError, match="knows addresses by another secret key"):
        run(config, "subscribers", "list")
    with pytest.raises(DigestError, match="can bring those people back"):
        run(config, "keys", "adopt")
    assert "1 suppressions come along, 0 are" in run(config, "keys", "adopt", "--yes").output
    assert "asked" in run(config, "subscribers", "show", BOB).output
    assert run_json(config, "keys", "adopt", "--yes")["taken"] == 1


def test_no_bar_is_drawn_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert not sys.stderr.isatty()
    with output.progress("Importing") as move:
        move(1, 2)
    assert capsys.readouterr().err == ""


def requests_of(config: Path) -> list[tuple[str, str]]:
    """Return who was asked for what, by whom."""
    found = sqlite3.connect(config.parent / "state" / "digest.sqlite3").execute(
        "SELECT email, json_extract(details, '$.by') FROM requests ORDER BY id"
    )
    return list(found)


def test_whoever_is_added_without_a_reason_is_asked_to_confirm(config: Path) -> None:
    """email.md, Consent: nobody is a subscriber before they pressed the button."""
    assert "mails them a link" in run(config, "subscribers", "add", ADA).output
    assert requests_of(config) == [(ADA, "operator")]
    assert run_json(config, "subscribers", "add", ADA)["asked"] is True
    add(config, BOB)
    assert run_json(config, "subscribers", "add", BOB)["asked"] is False
    run(config, "subscribers", "suppress", ADA, "--reason", "asked")
    assert run_json(config, "subscribers", "add", ADA, code=1)["asked"] is False
    assert [who for who, _ in requests_of(config)] == [ADA, ADA]


def test_nobody_is_asked_to_confirm_where_no_page_could_answer(config: Path) -> None:
    settings = config.read_text()
    assert "\nlisten = " in settings
    config.write_text(settings.replace("\nlisten = ", "\n#listen = "))
    assert "not mailed" in run(config, "subscribers", "add", ADA).output
    assert requests_of(config) == []
