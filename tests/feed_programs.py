"""Feed readers written by others, where they are installed: each polls, and says what it has."""

from __future__ import annotations

import email
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from email.policy import default
from pathlib import Path
from typing import ClassVar, Protocol

import pytest
from web_hosts import program

TIMEOUT_SECONDS = 60


class FeedProgram(Protocol):
    """A program that keeps what it reads of one feed in a folder of its own."""

    def poll(self, url: str) -> list[tuple[str, str]]:
        """Poll the feed at *url*; return id and title of all that was ever shown for it."""
        ...


def run(command: list[str], folder: Path, **variables: str) -> str:
    """Run *command* with *folder* as its home; return what it says."""
    environment = {**os.environ, "HOME": str(folder), **variables}
    done = subprocess.run(  # noqa: S603 - our own words
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def wanted(name: str) -> str:
    """Return where the program called *name* is; skip the test where it is not installed."""
    found = program(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


class Newsboat:
    """https://newsboat.org/."""

    def __init__(self, folder: Path, trust: str) -> None:
        """Keep everything in *folder*; *trust* is a file of certificates, which it cannot read."""
        self._program = wanted("newsboat")
        self._folder = folder
        (folder / "config").write_text("ssl-verifypeer no\nssl-verifyhost no\n")
        del trust

    def poll(self, url: str) -> list[tuple[str, str]]:
        """See the protocol."""
        folder = self._folder
        if not (folder / "urls").exists():
            (folder / "urls").write_text(f"{url}\n")
        files = ["-u", "urls", "-c", "cache.db", "-C", "config"]
        run([self._program, *files, "-x", "reload"], folder)
        with sqlite3.connect(folder / "cache.db") as database:
            found = database.execute("select guid, title from rss_item order by id").fetchall()
        database.close()
        return [(str(guid), str(title)) for guid, title in found]


class Rss2email:
    """https://github.com/rss2email/rss2email, with a maildir."""

    asks_conditionally = True
    settings: ClassVar = (
        "[DEFAULT]\nfrom = news@example.org\nto = me@example.org\nemail-protocol = maildir\n"
        "maildir-path = {folder}\nmaildir-mailbox = mails\n"
    )

    def __init__(self, folder: Path, trust: str) -> None:
        """Keep everything in *folder*; *trust* is a file of certificates."""
        self._program = wanted("r2e")
        self._folder, self._trust = folder, trust
        (folder / "config").write_text(self.settings.format(folder=folder))

    def poll(self, url: str) -> list[tuple[str, str]]:
        """See the protocol."""
        folder = self._folder
        command = [self._program, "-c", "config", "-d", "seen.json"]
        if not (folder / "seen.json").exists():
            run([*command, "add", "one", url], folder)
        run([*command, "run"], folder, SSL_CERT_FILE=self._trust)
        mails = sorted((folder / "mails" / "new").iterdir(), key=lambda path: path.stat().st_mtime)
        read = [email.message_from_bytes(path.read_bytes(), policy=default) for path in mails]
        return [(mail["X-RSS-ID"], mail["Subject"]) for mail in read]


READER = """
import json, sys
import certifi
certifi.where = lambda: sys.argv[2]
from reader import make_reader
with make_reader("reader.sqlite") as reader:
    reader.add_feed(sys.argv[1], exist_ok=True)
    reader.update_feeds(scheduled=False)
    feed = reader.get_feed(sys.argv[1])
    assert feed.last_exception is None, feed.last_exception
    print(json.dumps([(entry.id, entry.title) for entry in reader.get_entries()]))
"""


class Reader:
    """https://github.com/lemon24/reader, in the Python that runs the tests."""

    def __init__(self, folder: Path, trust: str) -> None:
        """Keep everything in *folder*; *trust* is a file of certificates."""
        pytest.importorskip("reader")
        self._folder, self._trust = folder, trust
        self._url = ""

    def poll(self, url: str) -> list[tuple[str, str]]:
        """See the protocol."""
        self._url = self._url or url
        said = run([sys.executable, "-c", READER, self._url, self._trust], self._folder)
        return [(uid, title) for uid, title in json.loads(said)]


NODE = """
const [name, url] = process.argv.slice(1);
const text = await (await fetch(url)).text();
let made;
if (name === "rss-parser") {
  const { default: Parser } = await import(process.env.LIBRARY);
  made = await new Parser().parseString(text);
} else {
  const library = await import(process.env.LIBRARY);
  made = library.parseFeed(text).feed;
}
console.log(JSON.stringify(made));
"""


def parsed_by(library: str, url: str, folder: Path) -> Mapping[str, object]:
    """Return what *library* of npm makes of the feed at *url*; skip where it is not installed.

    NODE_PATH says in which folder packages are.
    """
    node = wanted("node")
    lookup = f"console.log(require.resolve({library!r}))"
    try:
        where = run([node, "-e", lookup], folder).strip()
    except AssertionError:
        pytest.skip(f"{library} is not installed")
    said = run(
        [node, "--input-type=module", "-e", NODE, library, url], folder, LIBRARY=f"file://{where}"
    )
    made: Mapping[str, object] = json.loads(said)
    return made
