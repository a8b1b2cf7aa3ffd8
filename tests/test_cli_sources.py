"""Commands for sources and for what waits, in process, with a server that plays their part."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from aside import aside
from command_line import run, run_json
from web_servers import Asked, Playing, answer, playing

FEED = """<rss version="2.0"><channel><title>Harbour Notes</title>
<link>https://notes.harbour.example/</link>
<item><title>The ferry is late</title><link>https://harbour.example/1</link><guid>1</guid>
<description>Half an hour, says the captain.</description></item>
<item><title>Fog</title><link>https://harbour.example/2</link><guid>2</guid></item>
</channel></rss>"""

PAGE = "<html><head><link rel=alternate type=application/rss+xml href=/feed></head></html>"

CONFIG = """
[publication]
title = "The Harbour Gazette"
url = "https://gazette.example/"
id = "tag:gazette.example,2026"
postal_address = "1 Quay Street, Port Halden"

[relays.default]
host = "127.0.0.1"
tls = "none"

[briefings.daily]
title = "Morning Briefing"
from_address = "briefing@gazette.example"
send_at = "07:00"

[fetch]
allow = ["{address}"]
"""


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Playing]:
    """A folder to work in, and a server with a feed, a page that names it, and nothing else."""

    async def play(asked: Asked, writer) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - a Play
        told = {"/feed": answer(200, FEED.encode(), ETag='"a"'), "/": answer(200, PAGE.encode())}
        writer.write(told.get(asked.path, answer(500)))
        await writer.drain()

    monkeypatch.chdir(tmp_path)
    with aside(playing(play)) as server:
        (tmp_path / "config.toml").write_text(CONFIG.format(address=server.address))
        (tmp_path / "articles").mkdir()
        yield server


def add(server: Playing, *words: str) -> str:
    return run("sources", "add", server.url("/"), *words)


def test_a_feed_is_found_added_asked_and_shown(server: Playing) -> None:
    said = add(server, "--topic", "Harbour")
    assert "notes-harbour: Harbour Notes, RSS 2.0, 2 articles" in said
    assert "is the source notes-harbour already" in run(
        "sources", "add", server.url("/feed"), code=1
    )
    [_, before] = run_json("sources", "list")
    assert (before["health"], before["used"]) == ("new", 0)
    assert "added, not mailed" in run("sources", "check", "notes-harbour")
    assert "2 added, 0 updated, 2 too old to be mailed" in run("sources", "fetch")
    [_, after] = run_json("sources", "list")
    assert (after["health"], after["used"], after["polls"]) == ("well", 2, 1)
    assert after["title"] == "Harbour Notes"
    shown = run_json("sources", "show", "notes-harbour")
    assert {item["fate"] for item in shown["articles"]} == {"used"}
    assert "Fog" in run("sources", "show", "notes-harbour")
    assert "1 asked, 1 without news" in run("sources", "fetch", "notes-harbour")
    assert "0 added, 0 updated" in run("sources", "fetch", "notes-harbour", "--anew")
    assert "unchanged" in run("sources", "check", "notes-harbour")
    assert "notes-harbour" in run("sources", "list")


def test_an_address_is_looked_at_without_being_a_source(server: Playing) -> None:
    found = run_json("sources", "check", server.url("/"))
    assert found["url"] == server.url("/feed")
    assert [item["title"] for item in found["articles"]] == ["The ferry is late", "Fog"]
    assert "no date" in run("sources", "check", server.url("/feed"))
    assert run_json("sources", "list")[0]["kind"] == "folder"


def test_what_cannot_be_read_is_said_and_changes_nothing(server: Playing) -> None:
    before = Path("config.toml").read_bytes()
    assert "answered with 500" in run("sources", "add", server.url("/none"), code=1)
    assert "unknown" in run("sources", "check", "unknown", code=1)
    assert "unknown" in run("sources", "pause", "unknown", code=1)
    assert Path("config.toml").read_bytes() == before


def test_a_source_that_fails_is_named_and_the_command_fails(server: Playing) -> None:
    with Path("config.toml").open("a") as file:
        file.write("\n[sources.articles]\n")
        file.write(f'\n[sources.bad]\nkind = "feed"\nurl = "{server.url("/none")}"\n')
    assert "bad: answered with 500" in run("sources", "fetch", code=1)
    [_, bad] = run_json("sources", "list")
    assert (bad["health"], bad["detail"]) == ("failed 1", "answered with 500")
    assert "bad: answered with 500" in run("sources", "list")


def test_a_source_is_paused_and_resumed(server: Playing) -> None:
    add(server, "--name", "notes")
    assert "is not asked any more" in run("sources", "pause", "notes")
    run("sources", "fetch", "notes")
    [_, paused] = run_json("sources", "list")
    assert (paused["health"], paused["next_poll_at"]) == ("paused", None)
    assert "asked again" in run("sources", "resume", "notes")
    [_, resumed] = run_json("sources", "list")
    assert resumed["health"] == "well"
    assert resumed["next_poll_at"] is not None


def test_a_list_of_feeds_comes_in_and_goes_out(server: Playing) -> None:
    add(server, "--name", "notes")
    Path("feeds.opml").write_text(
        f"""<opml version="1.0"><head><title>Mine</title></head><body>
<outline text="Sea"><outline text="Isles \u202e &quot;daily&quot;" xmlUrl="https://isles.example/feed"/>
<outline title="{"long " * 200}" text="x" xmlUrl="https://isles.example/atom"/></outline>
<outline text="Known" xmlUrl="{server.url("/feed")}"/>
<outline text="Trap" xmlUrl="javascript:alert(1)"/><outline text="Twice" xmlUrl="https://isles.example/feed"/>
</body></opml>"""
    )
    assert "2 sources added to config.toml, 1 known already" in run(
        "sources", "import", "feeds.opml"
    )
    names = [item["source"] for item in run_json("sources", "list")]
    assert names == ["articles", "notes", "isles", "isles-2"]
    exported = run("sources", "export")
    assert 'xmlUrl="https://isles.example/feed" category="Sea"' in exported
    assert server.url("/feed") in exported
    assert "0 sources added" in run("sources", "import", "feeds.opml")
    Path("none.opml").write_text("<html></html>")
    assert "no OPML" in run("sources", "import", "none.opml", code=1)
    assert "missing.opml cannot be read" in run("sources", "import", "missing.opml", code=1)


def test_what_waits_is_shown_let_in_and_kept_out(server: Playing) -> None:
    add(server, "--name", "notes", "--review")
    assert "2 waiting for review" in run("sources", "fetch")
    waiting = {item["title"]: item["id"] for item in run_json("review", "list")}
    assert set(waiting) == {"The ferry is late", "Fog"}
    assert "Fog" in run("review", "list", "--source", "notes")
    assert "says the captain" in run("review", "show", waiting["The ferry is late"])
    assert "--all" in run("review", "admit", code=1)
    assert "zzz" in run("review", "admit", "zzz", code=1)
    assert "1 let in" in run("review", "admit", waiting["The ferry is late"][:6])
    assert "1 refused" in run("review", "refuse", "--all", "--reason", "no weather")
    assert run_json("review", "list") == []
    reasons = {i["title"]: i["reason"] for i in run_json("sources", "show", "notes")["articles"]}
    assert reasons == {"The ferry is late": "", "Fog": "no weather"}
    assert "1 left out" in run("sources", "fetch", "--anew")
