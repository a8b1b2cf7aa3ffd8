"""docs/api.md tells the truth: every command in it is given, and answers as it says."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_samples import token_for
from command_line import run, run_json
from web_client import Answer, WebClient
from web_samples import client_of, send_issue, site_service

from digest.steps.access import Scope
from digest.wiring import Service

DOCUMENT = Path(__file__).parent.parent / "docs" / "api.md"
COMMANDS = re.findall(r"^(curl .*)\n# (\d{3})$", DOCUMENT.read_text("utf-8"), re.MULTILINE)
SETTINGS = """
[publication]
title = "Gazette"
url = "https://gazette.example/"
id = "tag:gazette.example,2026"

[sources.articles]
"""
DESK = '[sources.desk]\nkind = "push"\n'


@pytest.fixture
def service(tmp_path: Path, sqlite_template: Path) -> Iterator[Service]:
    made = site_service(tmp_path, sqlite_template, more=f"[sources.articles]\n{DESK}")
    yield made
    made.close()


def curl(client: WebClient, words: list[str]) -> Answer:
    """Do what curl does with these *words*."""
    method, body, headers, url = "GET", b"", {}, ""
    rest = iter(words)
    for word in rest:
        if word == "-X":
            method = next(rest)
        elif word == "-d":
            body = next(rest).encode()
        elif word == "-H":
            name, _, value = next(rest).partition(": ")
            headers[name.lower()] = value
        else:
            assert not url
            url = word
    return client.request(method, url, headers=headers, body=body)


def test_every_curl_command_answers_as_the_document_says(service: Service) -> None:
    token = token_for(service, *Scope)
    send_issue(service)
    client = client_of(service)
    assert len(COMMANDS) >= 14
    for command, status in COMMANDS:
        words = shlex.split(command.replace("$API", "/api/v1").replace("$TOKEN", token))
        answer = curl(client, words[1:])
        assert answer.status == int(status), f"{command}\n{answer.text}"
    assert all(scope in DOCUMENT.read_text("utf-8") for scope in Scope)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a publication, which is the current one."""
    (tmp_path / "articles").mkdir()
    (tmp_path / "config.toml").write_text(SETTINGS + DESK)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_tokens_are_made_listed_and_revoked_by_commands(folder: Path) -> None:
    made = run_json(
        "tokens", "new", "newsroom", "--scope", "articles,stats", "--expires", "2999-12-31"
    )
    assert (made["source"], made["scopes"]) == ("desk", ["articles", "stats"])
    assert re.fullmatch(r"digest_[0-9a-f]{64}", made["token"])
    shown = run("tokens", "list")
    assert "good until 2999-12-31" in shown
    assert made["token"] not in shown
    [listed] = run_json("tokens", "list")
    assert listed["is_good"] is True
    assert "is revoked" in run("tokens", "revoke", "newsroom")
    assert "revoked already" in run("tokens", "revoke", "newsroom")
    assert "revoked 2" in run("tokens", "list")
    plain = run("tokens", "new", "counter", "--scope", "stats")
    assert "only time" in plain
    assert "good" in run("tokens", "list")
    assert folder.is_dir()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("x", "--scope", "everything"), "no scope 'everything'"),
        (("x", "--scope", ","), "name what the token may do"),
        (("X y", "--scope", "stats"), "1 to 40 characters"),
        (("x", "--scope", "stats", "--expires", "2020-01-01"), "expired already"),
        (("x", "--scope", "stats", "--source", "desk"), "only a token with the scope"),
        (("x", "--scope", "articles", "--source", "articles"), 'no source of kind "push"'),
    ],
)
@pytest.mark.usefixtures("folder")
def test_a_token_that_makes_no_sense_is_not_made(words: tuple[str, ...], reason: str) -> None:
    assert reason in run("tokens", "new", *words, code=1)


def test_a_name_is_not_used_twice(folder: Path) -> None:
    run("tokens", "new", "a", "--scope", "stats")
    run("tokens", "revoke", "a")
    assert "not used twice" in run("tokens", "new", "a", "--scope", "stats", code=1)
    assert "no token 'b'" in run("tokens", "revoke", "b", code=1)
    (folder / "config.toml").write_text(SETTINGS)
    assert "add [sources.NAME]" in run("tokens", "new", "c", "--scope", "articles", code=1)
    (folder / "config.toml").write_text(SETTINGS + DESK + DESK.replace("desk", "agency"))
    several = run("tokens", "new", "c", "--scope", "articles", code=1)
    assert "--source desk or agency" in several


def test_articles_are_pushed_by_commands_too(folder: Path) -> None:
    article = folder / "tram.json"
    article.write_text(json.dumps({"title": "The tram is back", "content_text": "It runs."}))
    assert "is published" in run("articles", "put", "tram", str(article))
    assert run_json("articles", "show", "tram")["revision"] == 1
    assert "withdrawn: It was wrong" in run(
        "articles", "withdraw", "tram", "--reason", "It was\nwrong"
    )
    assert "no pushed article" in run("articles", "show", "none", code=1)
    article.write_text('{"title": 1}')
    assert "tram.json: title:" in run("articles", "put", "tram", str(article), code=2)
    assert "a name has letters" in run("articles", "put", "../x", str(article), code=2)
