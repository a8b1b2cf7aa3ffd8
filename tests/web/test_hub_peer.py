"""A WebSub subscriber written by others, Flask-WebSub, at the embedded hub (feeds.md H8).

It runs in an environment of its own; the test is skipped where that cannot be installed.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

PEER = """
import json, logging, sys, threading
import flask_websub.subscriber as websub
from flask import Flask
from werkzeug.serving import make_server

folder, port, feed = sys.argv[1], int(sys.argv[2]), sys.argv[3]
# It gives secrets only to hubs with https, which this test has none of.
websub.is_secure = lambda url: True
logging.basicConfig(stream=sys.stderr)
app = Flask("peer")
peer = websub.Subscriber(
    websub.SQLite3SubscriberStorage(f"{folder}/peer.sqlite3"),
    websub.SQLite3TempSubscriberStorage(f"{folder}/peer.sqlite3"),
)
app.register_blueprint(peer.build_blueprint("/callbacks"))

def say(*event):
    print(json.dumps(event), flush=True)

@peer.add_success_handler
def succeeded(topic, callback, mode):
    say(mode, topic)

@peer.add_error_handler
def failed(topic, callback, reason):
    say("denied", topic, reason)

@peer.add_listener
def listen(topic, callback, body):
    # Only what was signed with the right secret comes here.
    say("content", topic, body.decode())

server = make_server("127.0.0.1", port, app, threaded=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
with app.test_request_context(base_url=f"http://127.0.0.1:{port}/"):
    found = websub.discover(feed)
    say("found", found["topic_url"], found["hub_url"])
    number = peer.subscribe(**found)
    for line in sys.stdin:
        peer.unsubscribe(number)
"""

CONFIG = """
[publication]
title = "Gazette"
url = "{url}"
id = "tag:gazette.example,2026"

[publish]
every_minutes = 1

[web]
listen = "{listen}"

[websub]
hub = "self"

[fetch]
allow = ["{callback}"]
"""


@pytest.fixture(scope="module")
def peer_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has Flask-WebSub."""
    folder = tmp_path_factory.mktemp("peer")
    python = folder / "bin" / "python"
    commands = [
        [sys.executable, "-m", "venv", str(folder)],
        [str(python), "-m", "pip", "install", "--quiet", "flask-websub"],
    ]
    for command in commands:
        done = subprocess.run(  # noqa: S603 - our own words
            command, capture_output=True, text=True, check=False, timeout=300
        )
        if done.returncode:
            said = done.stderr.strip().splitlines() or ["no reason given"]
            pytest.skip(f"Flask-WebSub cannot be installed: {said[-1]}")
    return python


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.fixture
def started() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """What starts programs; they are ended with the test."""
    running: list[subprocess.Popen[str]] = []

    def start(*command: str, cwd: Path, out: Path) -> subprocess.Popen[str]:
        with out.open("w") as file, out.with_suffix(".err").open("w") as errors:
            running.append(
                subprocess.Popen(  # noqa: S603 - our own words
                    command, cwd=cwd, stdin=subprocess.PIPE, stdout=file, stderr=errors, text=True
                )
            )
        return running[-1]

    yield start
    for process in running:
        assert process.stdin is not None
        process.stdin.close()
        process.terminate()
        process.wait(30)


def events(out: Path, enough: int, seconds: float = 40) -> list[Any]:
    """Return what the peer has said, once it is *enough*."""
    end = time.monotonic() + seconds  # noqa: TID251 - of another process
    while True:
        lines = [json.loads(line) for line in out.read_text().splitlines()]
        if len(lines) >= enough:
            return lines
        if time.monotonic() > end:  # noqa: TID251 - as above
            raise AssertionError((lines, out.with_suffix(".err").read_text()[-2000:]))
        time.sleep(0.2)


def wait_for_port(port: int) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(port)


def test_a_subscriber_by_others_gets_signed_content_and_can_leave(
    tmp_path: Path, peer_python: Path, started: Callable[..., subprocess.Popen[str]]
) -> None:
    """Discovery, verification of intent, HMAC, distribution, and unsubscribing, on real sockets."""
    port, callback = free_port(), free_port()
    url = f"http://127.0.0.1:{port}/"
    place = {"listen": f"127.0.0.1:{port}", "callback": f"127.0.0.1:{callback}"}
    (tmp_path / "config.toml").write_text(CONFIG.format(url=url, **place))
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "one.md").write_text("# One\n\nThe first.\n")
    script, out = tmp_path / "peer.py", tmp_path / "peer.out"
    script.write_text(PEER)
    digest = shutil.which("digest", path=str(Path(sys.executable).parent)) or "digest"
    os.environ.pop("DIGEST_CONFIG", None)
    started(digest, "run", cwd=tmp_path, out=tmp_path / "digest.out")
    wait_for_port(port)
    topic = f"{url}feeds/atom.xml"
    document = tmp_path / "feeds" / "atom.xml"
    for _ in range(200):
        if document.exists():
            break
        time.sleep(0.1)
    time.sleep(4)  # The hub has looked at what is published, and the server too.

    peer = started(
        str(peer_python), str(script), str(tmp_path), str(callback), topic, cwd=tmp_path, out=out
    )
    assert events(out, 2) == [["found", topic, f"{url}hub"], ["subscribe", topic]]

    (tmp_path / "articles" / "two.md").write_text("# Two\n\nThe second.\n")
    kind, named, body = events(out, 3, seconds=60)[2]
    assert (kind, named) == ("content", topic)
    assert body == document.read_text()
    assert "The second." in body

    assert peer.stdin is not None
    peer.stdin.write("leave\n")
    peer.stdin.flush()
    assert events(out, 4)[3] == ["unsubscribe", topic]

    (tmp_path / "articles" / "three.md").write_text("# Three\n\nThe third.\n")
    for _ in range(400):
        if "The third." in document.read_text():
            break
        time.sleep(0.1)
    time.sleep(6)
    assert len(events(out, 4)) == 4
