"""Kills a publisher again and again, and looks each time at what a reader would find.

A program of its own, run by ``test_publish_kills.py``: ``python publish_killer.py FOLDER KILLS``.
It must have no threads, because it forks: loading Python anew for each kill would take hours.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep

from lxml import etree

from digest.config import load
from digest.steps.ingest import ingest
from digest.steps.publish import publish
from digest.store.engine import open_store

CONFIG = """
[publication]
title = "The Harbour Gazette"
url = "https://gazette.example/"
id = "tag:gazette.example,2026"
[feeds.main]
entries = 3
archive_entries = 2
[feeds.sea]
topics = ["Sea"]
entries = 4
archive_entries = 2
"""
ATOM = "{http://www.w3.org/2005/Atom}"
NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


def work(root: Path, turn: int, begun: int) -> None:
    """Publish one change after the other until somebody ends it; say on *begun* when one is out.

    So each turn adds something, however slow the machine is.
    """
    store = open_store(f"sqlite:///{root}/digest.sqlite3")
    config = load(CONFIG)
    for number in range(10_000):
        kind = (turn + number) % 5
        said = {3: "withdrawn: Wrong\n", 4: f"correction: Of turn {turn}\n"}.get(kind, "")
        topic = "Sea" if number % 2 else "Land"
        text = f"---\ntitle: A {turn} {number}\ntopics: {topic}\n{said}---\nOf {turn}.\n"
        (root / "articles" / f"a{turn % 7}-{number % 9}.md").write_text(text)
        now = NOW + timedelta(minutes=turn, seconds=number)
        ingest(store, config, "articles", root / "articles", now=now)
        publish(store, config, root, now=now)
        if not number:
            os.write(begun, b"!")


def uids_of(path: Path) -> list[str]:
    """Return the ids in a document; raises if it is torn."""
    if path.suffix == ".json":
        return [item["id"] for item in json.loads(path.read_bytes())["items"]]
    root = etree.fromstring(path.read_bytes())
    found = (
        root.iterfind(".//item/guid")
        if root.tag == "rss"
        else root.iterfind(f"{ATOM}entry/{ATOM}id")
    )
    return [element.text or "" for element in found]


def look(folder: Path) -> int:
    """Return how many documents a reader finds; raises if the formats of one are of two states."""
    found = 0
    places = [Path(place) for place, _, _ in os.walk(folder, followlinks=True)]
    for place in places:
        if any(part.startswith(".") for part in place.relative_to(folder).parts):
            continue
        if not os.path.lexists(place / "rss.xml") or not (place / "rss.xml").exists():
            continue
        lists = [uids_of(place / name) for name in ("rss.xml", "atom.xml", "feed.json")]
        if not lists[0] == lists[1] == lists[2]:
            raise SystemExit(f"{place} has formats of different states: {lists}")
        found += 1
    return found


def main() -> None:
    """Kill, look, and go on; print how often, and how many documents there were in the end."""
    root, kills = Path(sys.argv[1]), int(sys.argv[2])
    (root / "articles").mkdir(parents=True, exist_ok=True)
    chance = random.Random(20261124)  # noqa: S311 - the same moments at each run
    for turn in range(kills):
        listening, begun = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                work(root, turn, begun)
            finally:
                os._exit(1)
        os.close(begun)
        os.read(listening, 1)
        os.close(listening)
        sleep(chance.uniform(0, 0.3))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            raise SystemExit(f"the publisher of turn {turn} ended by itself")
        look(root / "feeds")
    store = open_store(f"sqlite:///{root}/digest.sqlite3")
    config = load(CONFIG)
    now = NOW + timedelta(days=2)
    ingest(store, config, "articles", root / "articles", now=now)
    publish(store, config, root, now=now)
    found = look(root / "feeds")
    from digest.steps.inspect import check_feeds  # noqa: PLC0415 - only now

    problems = check_feeds(store, config, root).problems
    left = [str(path) for path in (root / "feeds").rglob(".new-*")]
    print(json.dumps({"kills": kills, "documents": found, "left": left, "problems": len(problems)}))  # noqa: T201 - the program's answer
    for problem in problems:
        print(problem, file=sys.stderr)  # noqa: T201 - the same


if __name__ == "__main__":
    main()
