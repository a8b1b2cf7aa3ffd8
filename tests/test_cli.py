"""The command line as an operator uses it, in a folder of their own."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from aside import aside
from command_line import run, run_json
from patience import PATIENCE_SECONDS
from typer.main import get_command
from web_hosts import free_port

from digest.cli.app import app
from digest.mail.sink import Sink

DIGEST = [sys.executable, "-m", "digest"]


@pytest.fixture
def publication(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new publication, in the current folder, at whose relay nobody listens."""
    folder = tmp_path / "news"
    words = ("--title", 'The "Quay" News', "--url", "https://quay.example")
    run("init", str(folder), *words)
    monkeypatch.chdir(folder)
    set_port(1)
    Path("state").mkdir(mode=0o700)
    shutil.copyfile(sqlite_template, "state/digest.sqlite3")
    return folder


@pytest.fixture
def sink(publication: Path) -> Iterator[Path]:
    """A sink at the publication's relay; gives the folder of its mails."""
    with aside(Sink(publication / "mail")) as running:
        set_port(running.port)
        yield publication / "mail"


def set_port(port: int) -> None:
    """Let the relay's port be *port*."""
    config = Path("config.toml")
    config.write_text(re.sub(r"(?m)^port = .*$", f"port = {port}", config.read_text()))


def test_a_new_publication_works_at_once(sink: Path) -> None:
    """init, check, publish, add a reader, send: the reader gets the welcome article."""
    assert run_json("check")["problems"] == []
    published = run_json("publish")["published"]
    assert set(published["written"]) == {"rss.xml", "atom.xml", "feed.json", "feeds.opml"}
    run("subscribers", "add", "ada@reader.example", "--confirmed", "told us")
    sent = run_json("send", "daily", "--now")
    assert sent["delivered"]["ledger"]["counts"]["accepted"] == 1
    assert sent["delivered"]["issue"]["state"] == "finished"
    [mail] = sink.glob("*.eml")
    assert b"To: ada@reader.example" in mail.read_bytes()


def test_the_program_is_a_process_like_others(publication: Path) -> None:
    """It speaks at once, ends with its exit code, and SIGTERM ends what runs on."""
    set_port(port := free_port())
    run("subscribers", "add", "ada@reader.example", "--confirmed", "told us")
    sink = subprocess.Popen(  # noqa: S603 - our own program
        [*DIGEST, "sink", "mail", "--port", str(port)], stdout=subprocess.PIPE, text=True
    )
    assert sink.stdout is not None
    try:
        assert "receiving" in sink.stdout.readline()
        command = [*DIGEST, "send", "daily", "--now", "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own program
    finally:
        sink.terminate()
    assert sink.wait() == 0
    sink.stdout.close()
    assert json.loads(done.stdout)["delivered"]["issue"]["state"] == "finished"
    assert len(list((publication / "mail").glob("*.eml"))) == 1
    wrong = subprocess.run([*DIGEST, "send"], capture_output=True, check=False)  # noqa: S603 - our own program
    assert (wrong.returncode, wrong.stdout) == (2, b"")


def test_init_overwrites_nothing(publication: Path) -> None:
    """A second init in the same folder is refused and changes no file."""
    before = (publication / "config.toml").read_bytes()
    assert "is there already" in run("init", code=1)
    assert (publication / "config.toml").read_bytes() == before


def test_a_second_publish_touches_no_file(publication: Path) -> None:
    """The same articles leave the same files, with the same times."""
    run("publish")
    before = {path: path.stat().st_mtime_ns for path in (publication / "feeds").iterdir()}
    assert run_json("publish")["published"]["written"] == []
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_check_names_file_line_and_reason(publication: Path) -> None:
    """A broken article and a misspelt key are errors with their place; the exit code is 1."""
    (publication / "articles" / "bad.md").write_text("---\ntitle: Bad\ntopcis: [x]\n---\nText.\n")
    report = run_json("check", code=1)
    [problem] = report["problems"]
    assert problem["where"] == "articles/bad.md"
    assert problem["line"] == 3
    assert "topics" in problem["reason"]
    assert "articles/bad.md:3: error: " in run("publish", code=1)
    config = publication / "config.toml"
    config.write_text(config.read_text().replace("send_at", "sent_at"))
    text = run("check", code=1)
    line = config.read_text().splitlines().index('sent_at = "07:00"') + 1
    assert f"config.toml: briefings.daily.sent_at:{line}" in text or f":{line}:" in text
    assert "send_at" in text


def test_preview_writes_three_files_and_keeps_nothing(publication: Path) -> None:
    """The next issue as page, text, and mail; it is still the next issue afterwards."""
    shown = run_json("preview", "daily")
    assert [Path(path).name for path in shown["files"]] == ["daily.html", "daily.txt", "daily.eml"]
    assert shown["articles"] == ["welcome"]
    assert run_json("issues", "list")["issues"] == []
    assert "Welcome" in (publication / "preview" / "daily.txt").read_text()


def test_a_test_mail_is_marked_and_counts_for_nothing(sink: Path) -> None:
    """`send --to` reaches the address, says [Test], and leaves no issue behind."""
    run("send", "daily", "--to", "editor@quay.example")
    [mail] = sink.glob("*.eml")
    assert b"Subject: [Test] " in mail.read_bytes()
    assert run_json("issues", "list")["issues"] == []


@pytest.mark.usefixtures("publication")
def test_a_dry_run_says_what_would_go() -> None:
    """Nothing is sent and nothing is kept."""
    run("subscribers", "add", "ada@reader.example", "--confirmed", "told us")
    told = run_json("send", "daily", "--dry-run")
    assert told["would_send"] is True
    assert told["subscribers"] == 1
    assert told["articles"] == ["welcome"]
    assert run_json("issues", "list")["issues"] == []


@pytest.mark.usefixtures("publication")
def test_send_wants_exactly_one_way() -> None:
    """Without, or with two of the options, it says what there is."""
    assert "--dry-run" in run("send", "daily", code=2)
    assert "--dry-run" in run("send", "daily", "--now", "--dry-run", code=2)


@pytest.mark.usefixtures("publication")
def test_with_the_relay_down_nothing_is_lost() -> None:
    """The issue waits, the command says why, and the exit code is 1."""
    run("subscribers", "add", "ada@reader.example", "--confirmed", "told us")
    assert "Stopped: relay" in run("send", "daily", "--now", code=1)
    shown = run_json("issues", "show", "daily/1")
    assert shown["ledger"]["counts"]["queued"] == 1
    assert "1 in all: adds up" in run("issues", "show", "daily/1")


@pytest.mark.usefixtures("publication")
def test_an_issue_is_paused_resumed_and_cancelled() -> None:
    """Each command says what the issue is now; the ledger adds up throughout."""
    run("subscribers", "add", "ada@reader.example", "--confirmed", "told us")
    run("send", "daily", "--now", code=1)
    assert "daily/1: paused" in run("issues", "pause", "daily/1")
    assert run_json("run", "--once")["delivered"] == []
    assert "daily/1: held" in run("issues", "hold", "daily/1")
    assert "daily/1: sending" in run("issues", "resume", "daily/1")
    assert "1 candidates = 1 queued" in run("ledger", "daily/1")
    gone = run("issues", "cancel", "daily/1", "--yes")
    assert "1 deliveries will not be sent" in gone
    ledger = run_json("ledger", "daily/1")
    assert ledger["reasons"] == [["cancelled", "issue cancelled", 1]]
    assert "nothing to resume" in run("issues", "resume", "daily/1", code=1)


def test_a_signing_key_is_made_once_and_can_be_used(publication: Path) -> None:
    """The key is its owner's alone, the record is for the DNS, the settings shown are right."""
    told = run("dkim", "new", "2026a", "--domain", "quay.example")
    assert '2026a._domainkey.quay.example. IN TXT "v=DKIM1; k=rsa; p=' in told
    key = publication / "state" / "dkim-2026a.pem"
    assert key.stat().st_mode & 0o777 == 0o600
    config = publication / "config.toml"
    config.write_text(config.read_text() + told[told.index("[dkim.default]") :])
    run("publish")
    assert run("dkim", "record", str(key)).strip() in told
    assert "is there already" in run("dkim", "new", "2026a", "--domain", "quay.example", code=1)
    key.chmod(0o644)
    assert "chmod 600" in run("publish", code=2)


def test_a_test_mail_is_signed_as_all_are(publication: Path, sink: Path) -> None:
    """Otherwise DKIM could not be tried; the address may be of an international domain."""
    told = run("dkim", "new", "2026a", "--domain", "quay.example")
    config = publication / "config.toml"
    config.write_text(config.read_text() + told[told.index("[dkim.default]") :])
    run("send", "daily", "--to", "editor@bücher.example")
    [mail] = sink.glob("*.eml")
    content = mail.read_bytes()
    assert content.startswith(b"DKIM-Signature: ")
    assert b"To: editor@xn--bcher-kva.example" in content
    assert "write" in run("send", "daily", "--to", "nobody", code=1)


def test_run_once_does_what_is_left(publication: Path, sink: Path) -> None:
    """Cron's line delivers an issue that was composed and not sent."""
    run("subscribers", "add", "ada@reader.example", "--confirmed", "told us")
    config = publication / "config.toml"
    right = config.read_text()
    config.write_text(right.replace("port = ", "port = 1#"))
    run("send", "daily", "--now", code=1)
    config.write_text(right)
    done = run_json("run", "--once")
    assert done["delivered"][0]["counts"] == {"accepted": 1}
    assert len(list(sink.glob("*.eml"))) == 1


@pytest.mark.usefixtures("publication")
def test_explain_and_next() -> None:
    """Both know where the article is and where it will be."""
    run("publish")
    found = run_json("explain", "welcome")
    assert found["feeds"] == [{"feed": "main", "position": 1, "reason": ""}]
    assert found["briefings"][0]["next_role"] == "lead"
    for name in ("welcome.md", "articles/welcome.md", "./articles/welcome.md"):
        assert "will be in the next issue (lead)" in run("explain", name)
    due = run_json("next", "--days", "7")
    assert len(due) == 5
    assert due[0]["waiting"][0]["slug"] == "welcome"
    assert "07:00 UTC" in run("next")
    assert "there is no article 'nothing'" in run("explain", "nothing", code=1)


def test_subscribers_in_and_out(publication: Path) -> None:
    """Import is all or nothing with line numbers; export reads back; the removed stay out."""
    people = publication / "people.csv"
    people.write_text(
        "email,name\nada@reader.example,Ada\nnot an address,X\nbob@reader.example,Bob\n"
    )
    refused = run("subscribers", "import", "people.csv", "--confirmed", "form", code=1)
    assert "people.csv:3: " in refused
    assert run_json("subscribers", "list") == []
    people.write_text("email,name\nada@reader.example,Ada\nbob@reader.example,Bob\n")
    done = run_json("subscribers", "import", "people.csv", "--confirmed", "form")
    assert done["changes"]["added"] == 2
    run("subscribers", "remove", "bob@reader.example")
    again = run_json("subscribers", "import", "people.csv", "--confirmed", "form")
    assert again["left_out"] == [["bob@reader.example", "kept out"]]
    exported = run("subscribers", "export").splitlines()
    assert exported[1].startswith("ada@reader.example,Ada,daily,confirmed")
    assert exported[2].startswith("bob@reader.example,Bob,daily,unsubscribed")
    assert "2 subscriptions" in run("subscribers", "list")


@pytest.mark.usefixtures("publication")
def test_secrets_are_not_shown() -> None:
    """security.md 13: `config` shows the settings in force with secrets hidden."""
    text = run("config", DIGEST_RELAYS__DEFAULT__PASSWORD="hunter2hunter2")
    assert "hunter2" not in text
    assert json.loads(text)["relays"]["default"]["password"]


@pytest.mark.usefixtures("publication")
def test_the_environment_overrides_the_file() -> None:
    """DIGEST_TABLE__KEY stands above config.toml; a misspelt one is named with the nearest."""
    text = run("config", DIGEST_BRIEFINGS__DAILY__SEND_AT="05:30")
    assert json.loads(text)["briefings"]["daily"]["send_at"].startswith("05:30")
    wrong = run("config", code=2, DIGEST_BRIEFINGS__DAILY__SENT_AT="05:30")
    assert "DIGEST_BRIEFINGS__DAILY__SENT_AT" in wrong
    assert "send_at" in wrong.lower()


def test_no_config_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside of a publication the error names init and --config, and is not a traceback."""
    monkeypatch.chdir(tmp_path)
    text = run("publish", code=2)
    assert "digest init" in text
    assert "Traceback" not in text


def test_the_daemon_sends_what_is_due_and_ends_cleanly(publication: Path, sink: Path) -> None:
    """It composes at the due time, a second one is refused with a clear word, SIGTERM ends it."""
    run("subscribers", "add", "ada@reader.example", "--confirmed", "told us")
    daemon = subprocess.Popen(  # noqa: S603 - our own program
        [*DIGEST, "run"],
        cwd=publication,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "DIGEST_LOG__FORMAT": "json", "DIGEST_WEB__LISTEN": "127.0.0.1:0"},
    )
    try:
        assert daemon.stderr is not None
        served, line = json.loads(daemon.stderr.readline()), daemon.stderr.readline()
        assert served["event"] == "serving"
        with urlopen(served["url"] + "healthz") as answer:  # noqa: S310 - our own server
            assert answer.status == 200
        assert json.loads(line)["event"] == "running", line
        busy = run("run", "--once", code=4)
        assert f"process {daemon.pid}" in busy
        # Composed by another process, delivered by the daemon.
        assert run_json("send", "daily", "--now")["delivered"] is None
        for _ in range(PATIENCE_SECONDS * 20):
            if list(sink.glob("*.eml")):
                break
            time.sleep(0.05)
        assert len(list(sink.glob("*.eml"))) == 1
    finally:
        daemon.send_signal(signal.SIGTERM)
    _, rest = daemon.communicate(timeout=PATIENCE_SECONDS)
    assert daemon.returncode == 0, rest
    assert json.loads(rest.splitlines()[-1])["event"] == "stopped"
    assert run_json("issues", "list")["issues"][0]["issue"]["state"] == "finished"


def test_the_demo_does_the_main_job(tmp_path: Path) -> None:
    """Sample articles become valid feeds, a preview, and three mails, without any network."""
    folder = tmp_path / "demo"
    report = run_json("demo", "--dir", str(folder))
    assert report["articles"] >= 8
    assert report["result"]["ledger"]["counts"]["accepted"] == 3
    assert [p for p in report["problems"] if p["severity"] == "error"] == []
    for name in ("feeds/rss.xml", "feeds/atom.xml", "feeds/feed.json", "preview/daily.html"):
        assert (folder / name).stat().st_size > 1000
    assert len(list((folder / "mail").glob("*.eml"))) == 3
    run("demo", "--dir", str(folder))
    assert len(list((folder / "mail").glob("*.eml"))) == 3


def test_the_demo_empties_no_folder_it_did_not_make(tmp_path: Path) -> None:
    """A folder with feeds of somebody else's is refused."""
    kept = tmp_path / "feeds" / "rss.xml"
    kept.parent.mkdir()
    kept.write_text("mine")
    assert "choose another --dir" in run("demo", "--dir", str(tmp_path), code=1)
    assert kept.read_text() == "mine"


def test_help_waits_for_nothing_that_only_commands_need() -> None:
    """performance.md P7: what reads settings, stores, or renders is loaded by what uses it."""
    heavy = ("asyncio", "digest.config", "digest.preflight", "jinja2", "pydantic", "sqlalchemy")
    script = f"import sys, digest.cli.app; print([n for n in {heavy} if n in sys.modules])"
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]"


def commands(group: Any, *words: str) -> Iterator[tuple[str, ...]]:  # noqa: ANN401 - Typer's
    """Yield the words of every command in *group*."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, *words, name)
        else:
            yield (*words, name)


def test_every_command_explains_itself() -> None:
    """--help says what the command does and shows an example, unless it is its name only."""
    found = list(commands(get_command(app)))
    assert ("subscribers", "add") in found
    for words in found:
        text = run(*words, "--help")
        assert "Usage" in text, words
        assert "Example: digest " in text or words == ("config",), words
    assert "Begin with: digest init" in run("--help")
