"""The desk by commands: accounts, the log, and who serves it."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from command_line import run, run_json
from web_samples import site_service

from digest import passwords
from digest.cli.publication import _serving
from digest.errors import ConfigError
from digest.model import Role
from digest.steps.desk import list_accounts, set_password
from digest.web.serving import bind
from digest.wiring import Service

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", quick)


@pytest.fixture
def service(tmp_path: Path, sqlite_template: Path) -> Iterator[Service]:
    made = site_service(tmp_path, sqlite_template, more='[desk]\nlisten = "127.0.0.1:0"\n')
    yield made
    made.close()


@pytest.fixture
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run("init", ".")


def give(monkeypatch: pytest.MonkeyPatch, name: str, typed: str, *more: str, code: int = 0) -> str:
    """Set a password that is piped in; return what is said."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{typed}\n"))
    return run("desk", "password", name, "--stdin", *more, code=code)


@pytest.mark.usefixtures("_folder")
def test_accounts_come_and_go(monkeypatch: pytest.MonkeyPatch) -> None:
    said = give(monkeypatch, "Ines", PASSWORD)
    assert "ines may use the desk as operator: http://127.0.0.1:8026/" in said
    assert PASSWORD not in said
    give(monkeypatch, "tom", PASSWORD, "--role", "editor")
    found = run_json("desk", "users")
    assert [(item["name"], item["role"]) for item in found] == [
        ("ines", "operator"),
        ("tom", "editor"),
    ]
    assert "argon2" not in json.dumps(found)
    give(monkeypatch, "ines", f"other {PASSWORD}")
    assert "operator" in run("desk", "users")
    run("desk", "remove", "tom")
    assert "there is no account 'tom'" in run("desk", "remove", "tom", code=1)
    log = run_json("desk", "log")
    assert [item["did"] for item in log] == [
        "remove account",
        "change account",
        "make account",
        "make account",
    ]
    assert "command line" in run("desk", "log")


@pytest.mark.usefixtures("_folder")
def test_a_password_is_never_an_argument_and_never_weak(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "unexpected extra argument" in run("desk", "password", "ines", PASSWORD, code=2)
    assert "at least 12 characters" in give(monkeypatch, "ines", "short", code=1)
    assert run_json("desk", "users") == []


@pytest.mark.usefixtures("_folder")
def test_an_article_of_a_folder_is_withdrawn_by_its_file() -> None:
    run("publish")
    said = run("withdraw", "welcome", "--yes", code=1)
    assert "cannot be withdrawn here: its file says what it is" in said


def test_it_is_served_once_somebody_may_use_it(service: Service) -> None:
    async def served() -> int:
        async with _serving(service):
            return len([task for task in asyncio.all_tasks() if "Server.serve" in str(task)])

    assert asyncio.run(served()) == 0
    set_password(service.store, "ines", PASSWORD, Role.OPERATOR, now=service.clock.now())
    assert asyncio.run(served()) == 1
    assert list_accounts(service.store)


def test_a_port_that_is_taken_stops_nothing_else(tmp_path: Path, sqlite_template: Path) -> None:
    """Mail goes out without the desk, and the log says why it is not there."""
    with bind("127.0.0.1:0") as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        service = site_service(tmp_path, sqlite_template, more=f'[desk]\nlisten = "{place}"\n')
        set_password(service.store, "ines", PASSWORD, Role.OPERATOR, now=service.clock.now())

        async def served() -> bool:
            async with _serving(service):
                return True

        assert asyncio.run(served())
        service.close()
        with pytest.raises(ConfigError, match=r"\[desk\] listen"):
            bind(place, "desk.listen")


@pytest.mark.usefixtures("_folder")
@pytest.mark.parametrize(
    ("setting", "why"),
    [
        ('listen = "0.0.0.0:8026"', "on this machine only"),
        ('url = "http://desk.example/"', "must be https"),
        ('url = "https://example.org/desk/"', "a host of its own"),
    ],
)
def test_it_is_not_opened_to_the_world_by_mistake(setting: str, why: str) -> None:
    """Security.md 12: bound to loopback unless an https address is named."""
    path = Path("config.toml")
    path.write_text(f"{path.read_text()}\n[desk]\n{setting}\n")
    assert why in run("desk", "users", code=2)


@pytest.mark.usefixtures("_folder")
def test_serving_beyond_this_machine_wants_an_address() -> None:
    said = run("desk", "serve", "--listen", "0.0.0.0:0", code=1)
    assert "set [desk] url first" in said
