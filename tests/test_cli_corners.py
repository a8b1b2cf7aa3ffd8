"""What commands do off the main road: refusals, standard input, nothing to send, bad folders."""

from __future__ import annotations

import asyncio
import io
import json
import socket
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner, Result

from digest import files
from digest.cli import output
from digest.cli.app import app
from digest.cli.starter import write_starter
from digest.errors import (
    ConfigError,
    DigestError,
    NotFoundError,
    Problem,
    SubscriberImportError,
)
from digest.mail.sink import Sink
from digest.model import Occurrence, OccurrenceState
from digest.store import occurrences

READER = "ada@reader.example"

WEEKLY = """
[briefings.weekly]
title = "Weekly briefing"
from_address = "briefing@quay.example"
send_at = "08:00"
"""


@pytest.fixture
def news(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new publication in the current folder."""
    write_starter(
        tmp_path,
        title="Quay News",
        url="https://quay.example/",
        now=datetime(2026, 11, 24, 9, 0, tzinfo=UTC),
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def invoke(*words: str, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(app, list(words), input=stdin)


def run(*words: str, code: int = 0, stdin: bytes = b"") -> str:
    """Run a command that raises nothing; return what it printed on standard output."""
    done = invoke(*words, stdin=stdin)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == code, done.output
    return done.stdout


def run_json(*words: str, code: int = 0, stdin: bytes = b"") -> Any:  # noqa: ANN401 - JSON
    return json.loads(run(*words, "--json", code=code, stdin=stdin))


def change_config(folder: Path, old: str, new: str) -> None:
    path = folder / "config.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def add_weekly(folder: Path) -> None:
    change_config(folder, "\n[relays.default]", f"{WEEKLY}\n[relays.default]")


def without_articles(folder: Path) -> None:
    (folder / "articles" / "welcome.md").unlink()


@contextmanager
def relay(folder: Path, refuse: dict[str, str]) -> Iterator[Sink]:
    """A sink as the publication's relay, in a thread: commands need the main one for signals."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    sink = Sink(refuse=refuse)
    try:
        asyncio.run_coroutine_threadsafe(sink.__aenter__(), loop).result(10)
        change_config(folder, "port = 1025", f"port = {sink.port}")
        yield sink
    finally:
        asyncio.run_coroutine_threadsafe(sink.__aexit__(None, None, None), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def test_where_an_issue_waits_already_sending_says_which_and_what_to_do(news: Path) -> None:
    """What waits has the new articles."""
    run("subscribers", "add", READER, "--confirmed", "told us")
    assert "Connection refused" in run("send", "daily", "--now", code=1)
    now = ("send", "daily", "--now")
    nothing = "daily: nothing was sent: no new articles\n"
    assert run(*now, code=1) == (
        f"{nothing}  daily/1 is on its way: `digest run` sends the rest when it is due\n"
    )
    run("issues", "pause", "daily/1")
    told = "`digest issues resume daily/1` goes on, `digest issues cancel daily/1` ends it"
    assert run(*now, code=1) == f"{nothing}  daily/1 is paused: {told}\n"
    run("issues", "hold", "daily/1")
    held = "`digest issues approve daily/1` sends it, `digest issues drop daily/1` never"
    held += ", `digest issues refreeze daily/1` composes it anew"
    waiting = [f"daily/1 is held: {held}"]
    assert run_json(*now, code=1)["waiting"] == waiting
    assert run_json("send", "daily", "--dry-run")["waiting"] == waiting
    assert run("send", "daily", "--dry-run").endswith(f"{waiting[0]}\n")
    ask_editors(news)
    asked = run_json(*now, code=1)["waiting"]
    assert asked == [
        (
            "daily/1 waits for an editor; nobody by Tue 08:00: hold: "
            "`digest issues approve daily/1` decides for the editors"
        )
    ]
    run("issues", "cancel", "daily/1", "--yes")
    assert run_json(*now, code=1)["waiting"] == []


def ask_editors(folder: Path) -> None:
    """Let the issue wait for editors, until Tuesday at eight."""
    with closing(sqlite3.connect(folder / "state" / "digest.sqlite3")) as database:
        database.execute("UPDATE issues SET state = 'composed'")
        database.execute(
            "UPDATE issue_releases SET deadline_at = '2026-11-24 08:00:00.000000', "
            "default_decision = 'hold'"
        )
        database.commit()


def skip_occurrence(folder: Path, reason: str) -> None:
    with output.opened(folder / "config.toml") as service, service.store.write() as tx:
        occurrence = Occurrence("daily", "2026-11-23", service.clock.now())
        assert occurrences.claim(tx, occurrence, service.clock.now())
        occurrences.settle(tx, "daily", "2026-11-23", OccurrenceState.SKIPPED, reason=reason)


# Subscribers.


@pytest.mark.usefixtures("news")
def test_one_who_left_is_not_added_again() -> None:
    """Subscribers add says that only they themselves can come back, and exits with 1."""
    run("subscribers", "add", READER, "--confirmed", "told us")
    run("subscribers", "remove", READER)
    told = run("subscribers", "add", READER, "--confirmed", "told us again", code=1)
    assert "kept out" in told
    assert "only they themselves can come back" in told
    assert run_json("subscribers", "add", READER, code=1)["change"] == "kept out"
    assert [s["state"] for s in run_json("subscribers", "list")] == ["unsubscribed"]


@pytest.mark.usefixtures("news")
def test_removing_twice_says_that_nothing_changed() -> None:
    """Subscribers remove names what it ended, once."""
    run("subscribers", "add", READER)
    assert run_json("subscribers", "remove", READER)["unsubscribed"] == ["daily"]
    assert "was not subscribed" in run("subscribers", "remove", READER, "-b", "daily")


@pytest.mark.usefixtures("news")
def test_people_are_imported_from_standard_input() -> None:
    """`subscribers import -` reads the CSV that is piped in, and says who stays out."""
    csv = f"email,name\n{READER},Ada\nbob@reader.example,Bob\n".encode()
    words = ("subscribers", "import", "-", "--confirmed", "form")
    assert run(*words, stdin=csv) == "2 added\n"
    run("subscribers", "remove", "bob@reader.example")
    assert run(*words, stdin=csv).splitlines() == [
        "1 unchanged, 1 kept out",
        "  bob@reader.example: kept out",
    ]
    assert run(*words, stdin=b"email\n") == "no lines\n"


@pytest.mark.usefixtures("news")
def test_a_bad_line_of_standard_input_is_named_so() -> None:
    """There is no file name to give: the problem is in the standard input."""
    done = invoke("subscribers", "import", "-", stdin=b"email\nnobody\n")
    assert isinstance(done.exception, SubscriberImportError)
    assert str(done.exception).startswith("standard input:2: ")


def test_a_file_of_people_that_is_not_there(news: Path) -> None:
    """The error names the file and the reason."""
    assert not (news / "people.csv").exists()
    done = invoke("subscribers", "import", "people.csv")
    assert isinstance(done.exception, DigestError)
    assert str(done.exception) == "people.csv cannot be read: No such file or directory"


def test_with_several_briefings_one_must_be_named(news: Path) -> None:
    """Subscribers add names the briefings there are, and takes the one that is named."""
    add_weekly(news)
    done = invoke("subscribers", "add", READER)
    assert isinstance(done.exception, ConfigError)
    assert "--briefing (there is: daily, weekly)" in str(done.exception)
    assert run_json("subscribers", "add", READER, "-b", "weekly")["briefing"] == "weekly"
    unknown = invoke("subscribers", "add", READER, "-b", "hourly")
    assert isinstance(unknown.exception, NotFoundError)
    assert "daily, weekly" in str(unknown.exception)
    refused = invoke("subscribers", "import", "-", stdin=b"email\nbob@reader.example\n")
    assert isinstance(refused.exception, SubscriberImportError)
    assert "--briefing" in str(refused.exception)


def test_lists_are_of_one_briefing_where_it_is_named(news: Path) -> None:
    """list, remove, and export keep to the briefing they are given."""
    add_weekly(news)
    for briefing in ("daily", "weekly"):
        run("subscribers", "add", READER, "-b", briefing)
    assert [s["briefing"] for s in run_json("subscribers", "list", "-b", "weekly")] == ["weekly"]
    assert run_json("subscribers", "remove", READER, "-b", "weekly")["unsubscribed"] == ["weekly"]
    assert run("subscribers", "export", "-b", "daily").splitlines()[1:] == [
        f"{READER},,daily,unconfirmed,,,,,,html,,each,"
    ]


def test_exported_people_are_their_owners_business_only(news: Path) -> None:
    """The file can be read by nobody else; a folder in its place is a clear error."""
    run("subscribers", "add", READER)
    told = run("subscribers", "export", "-o", "out/people.csv")
    assert told == "wrote out/people.csv: 1 subscriptions\n"
    exported = news / "out" / "people.csv"
    assert exported.stat().st_mode & 0o777 == 0o600
    assert READER in exported.read_text()
    done = invoke("subscribers", "export", "-o", "out")
    assert isinstance(done.exception, DigestError)
    assert str(done.exception) == "out cannot be written: Is a directory"


# Sending.


@pytest.mark.usefixtures("news")
def test_a_dry_run_for_people_lists_the_articles() -> None:
    """It says how many would get it, and that nothing was sent."""
    run("subscribers", "add", READER, "--confirmed", "told us")
    assert run("send", "daily", "--dry-run").splitlines() == [
        "daily: would go to 1 confirmed subscribers, 1 articles:",
        "  Welcome to Quay News",
        "Nothing was sent.",
    ]


@pytest.mark.usefixtures("news")
def test_a_dry_run_without_readers_would_send_nothing() -> None:
    """The unconfirmed get nothing, so nothing would be sent."""
    run("subscribers", "add", READER)
    told = run_json("send", "daily", "--dry-run")
    assert (told["would_send"], told["subscribers"]) == (False, 0)


def test_without_articles_every_way_to_send_says_so(news: Path) -> None:
    """email.md: no empty issue goes out; the reason stands in the text and in the JSON."""
    without_articles(news)
    run("subscribers", "add", READER, "--confirmed", "told us")
    reason = "no new articles"
    dry = run_json("send", "daily", "--dry-run")
    assert (dry["would_send"], dry["reason"], dry["articles"]) == (False, reason, [])
    assert run("send", "daily", "--dry-run") == f"daily: nothing would be sent: {reason}\n"
    assert run("send", "daily", "--now", code=1) == f"daily: nothing was sent: {reason}\n"
    now = run_json("send", "daily", "--now", code=1)
    assert (now["composed"]["reason"], now["delivered"]) == (reason, None)
    to = ("send", "daily", "--to", "editor@quay.example")
    assert run(*to, code=1) == f"daily: no issue now: {reason}\n"
    assert run_json(*to, code=1)["reason"] == reason
    assert run("preview", "daily", code=1) == f"daily: no issue now: {reason}\n"
    assert run_json("preview", "daily", code=1)["reason"] == reason
    assert not (news / "preview").exists()


def test_a_test_mail_that_is_refused_says_why(news: Path) -> None:
    """The relay's reply is shown and the exit code is 1."""
    with relay(news, {"editor@quay.example": "550 5.1.1 No such user"}) as sink:
        words = ("send", "daily", "--to", "editor@quay.example")
        told = run(*words, code=1)
        shown = run_json(*words, code=1)
        run("send", "daily", "--to", "other@quay.example")
    assert told.startswith("refused: ")
    assert "No such user" in told
    assert shown["state"] == "refused"
    assert "5.1.1" in shown["reply"]
    assert [mail.recipients for mail in sink.received] == [("other@quay.example",)]


def test_a_refused_reader_is_named_with_the_reply(news: Path) -> None:
    """`send --now` counts what happened; `issues show` and `issues list` know it afterwards."""
    for reader in (READER, "bob@reader.example", "late@reader.example"):
        run("subscribers", "add", reader, "--confirmed", "told us")
    replies = {
        "bob@reader.example": "550 5.1.1 No such user",
        "late@reader.example": "450 4.2.1 Try later",
    }
    with relay(news, replies):
        told = run("send", "daily", "--now")
    assert "daily: issue 1, 3 deliveries" in told
    assert "1 accepted" in told
    assert "1 refused" in told
    assert "1 wait, the next at " in told
    shown = run("issues", "show", "daily/1")
    assert "  bob@reader.example: refused: " in shown
    assert "  late@reader.example: deferred, again " in shown
    listed = run("issues", "list")
    assert "daily/1" in listed
    assert "sending" in listed
    assert "was in issue 1" in run("explain", "welcome")


def test_a_running_daemon_delivers_what_is_composed(news: Path) -> None:
    """`send --now` leaves the issue to the process that owns the publication, and says so."""
    run("subscribers", "add", READER, "--confirmed", "told us")
    with output.opened(news / "config.toml") as service:
        lock = service.lock_path
    with files.owned(lock, "runs this publication"):
        told = run("send", "daily", "--now")
    assert told.splitlines() == [
        "daily: issue 1, 1 deliveries",
        "The running daemon delivers it; see `digest issues show`.",
    ]
    shown = run_json("issues", "show", "daily/1")
    assert shown["ledger"]["counts"]["queued"] == 1


# Issues.


def test_issues_are_listed_with_what_came_to_nothing(news: Path) -> None:
    """The reason why a day had no issue stands below the table, and in the JSON."""
    skip_occurrence(news, "no new articles")
    assert run("issues", "list").splitlines() == [
        "Issues: none",
        "daily 2026-11-23: nothing was sent: no new articles",
    ]
    listed = run_json("issues", "list", "-b", "daily")
    assert listed["issues"] == []
    assert [item["reason"] for item in listed["skipped"]] == ["no new articles"]


@pytest.mark.parametrize("reference", ["daily/7", "daily", "7", "daily/x", "daily/²", ""])
@pytest.mark.usefixtures("news")
def test_an_issue_that_is_not_there(reference: str) -> None:
    """Whatever is written in its place is repeated in the error."""
    done = invoke("issues", "show", reference)
    assert isinstance(done.exception, NotFoundError)
    assert repr(reference) in str(done.exception)


# Where articles stand.


def test_explain_says_why_not(news: Path) -> None:
    """An article that was withdrawn is neither in the feed nor in the next issue."""
    run("publish")
    (news / "articles" / "other.md").write_text("# Other\n\nMore news of the quay.\n")
    without_articles(news)
    run("publish", "--accept-removals")
    told = run("explain", "welcome")
    assert "  withdrawn  " in told
    assert "not in it: " in told
    assert "not in the next issue: " in told


def test_explain_says_what_is_held_over(news: Path) -> None:
    """Where one article fills the issue, another waits."""
    change_config(news, 'send_at = "07:00"', 'send_at = "07:00"\nmax_articles = 1\nheadlines = 0')
    (news / "articles" / "other.md").write_text("# Other\n\nMore news of the quay.\n")
    run("publish")
    told = run("explain", "welcome") + run("explain", "other")
    assert "held over" in told
    assert "will be in the next issue (lead)" in told


# The publication.


def test_init_into_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a folder there is none to go to."""
    monkeypatch.chdir(tmp_path)
    told = run("init")
    assert "\nNext: digest check && " in told
    assert (tmp_path / "config.toml").is_file()
    assert run_json("check")["problems"] == []


def test_init_quotes_the_folder_for_the_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes next can be pasted as it is."""
    monkeypatch.chdir(tmp_path)
    assert "Next: cd 'my news' && digest check" in run("init", "my news")


@pytest.mark.parametrize(
    "words",
    [("publish",), ("preview", "daily", "--dir", "feeds"), ("sink", "feeds"), ("init", "feeds")],
)
def test_a_file_where_a_folder_is_to_be(news: Path, words: tuple[str, ...]) -> None:
    """What cannot be written is named, and what was there is kept."""
    (news / "feeds").write_text("mine")
    done = invoke(*words)
    assert isinstance(done.exception, DigestError)
    assert "feeds" in str(done.exception)
    assert "cannot be written: " in str(done.exception)
    assert (news / "feeds").read_text() == "mine"


def test_the_sink_names_a_port_that_is_taken(news: Path) -> None:
    """It says which, and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = CliRunner().invoke(app, ["sink", str(news / "mail"), "--port", str(port)])
    assert isinstance(done.exception, ConfigError)
    assert f"127.0.0.1:{port}" in str(done.exception)
    assert "choose another --port" in str(done.exception)


def test_no_port_is_above_65535(news: Path) -> None:
    """It is a mistake in the command's words, which exits with 2."""
    done = invoke("sink", str(news / "mail"), "--port", "70000")
    assert done.exit_code == 2
    assert "65535" in done.output


def test_check_names_a_source_that_is_not_there(news: Path) -> None:
    """The key of the settings is named beside the folder."""
    change_config(news, 'path = "articles"', 'path = "articels"')
    [problem] = run_json("check", code=1)["problems"]
    assert problem["where"] == "config.toml: sources.articles.path"
    assert "articels" in problem["reason"]


def test_check_shows_what_is_taken_out_in_short(news: Path) -> None:
    """A long line of page furniture is cut; its file, line, and rule are whole."""
    change_config(
        news, 'path = "articles"', f'path = "articles"\nfurniture = ["{"Read on " * 12}"]'
    )
    (news / "articles" / "pasted.txt").write_text(
        f"A headline of the day\n\nThe first paragraph.\n\n{'Read on ' * 12}\n\nThe second.\n"
    )
    [line] = [item for item in run("check").splitlines() if "taken out:" in item]
    assert line.startswith("articles/pasted.txt:5: taken out: 'Read on Read on ")
    assert "…'" in line


def test_run_once_fails_where_something_failed(news: Path) -> None:
    """For cron's mail: a feed folder that cannot be written ends with exit code 1."""
    (news / "feeds").write_text("mine")
    try:
        run("run", "--once", code=1)
    finally:
        structlog.reset_defaults()
    (news / "feeds").unlink()
    try:
        run("run", "--once")
    finally:
        structlog.reset_defaults()
    assert (news / "feeds" / "rss.xml").is_file()


# How commands speak.


class Terminal(io.StringIO):
    """A standard error that is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def test_a_bar_moves_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its label and how far it is are shown on standard error."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with output.progress("Sending") as move:
        move(3, 4)
    assert "Sending" in terminal.getvalue()
    assert "3/4" in terminal.getvalue()


@pytest.mark.parametrize(("stream", "quiet"), [(Terminal(), True), (io.StringIO(), False)])
def test_no_bar_where_nobody_looks(
    monkeypatch: pytest.MonkeyPatch, *, stream: io.StringIO, quiet: bool
) -> None:
    """With --json, or without a terminal, nothing is written."""
    monkeypatch.setattr(sys, "stderr", stream)
    with output.progress("Sending", quiet=quiet) as move:
        move(3, 4)
    assert stream.getvalue() == ""


def test_json_has_plain_values() -> None:
    """Dataclasses are objects, times ISO 8601, paths and states texts, sets lists."""
    value = {
        "problem": Problem("config.toml", "is wrong", 3),
        "at": datetime(2026, 11, 24, 7, 0, tzinfo=UTC),
        "on": date(2026, 11, 24),
        "in": Path("feeds"),
        "state": OccurrenceState.SKIPPED,
        "names": frozenset({"daily"}),
        1: (None, True),
    }
    assert output.plain(value) == {
        "problem": {"where": "config.toml", "reason": "is wrong", "line": 3, "severity": "error"},
        "at": "2026-11-24T07:00:00+00:00",
        "on": "2026-11-24",
        "in": "feeds",
        "state": "skipped",
        "names": ["daily"],
        "1": [None, True],
    }


def test_a_table_shows_brackets_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    """A subject is no markup, whatever stands in it."""
    output.table("Issues", ("subject",), [("[bold]News[/bold] [x]",)])
    assert "[bold]News[/bold] [x]" in capsys.readouterr().out


def test_problems_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """As where:line: severity: reason; the line is left out where there is none."""
    output.problems([Problem("a.md", "is wrong", 3), Problem("b.md", "is odd", severity="warning")])
    caught = capsys.readouterr()
    assert caught.err.splitlines() == ["a.md:3: error: is wrong", "b.md: warning: is odd"]
    assert caught.out == ""
