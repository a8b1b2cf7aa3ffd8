"""`digest subscribers form`: a form for other sites, which needs no script."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import html
from lxml.html import FormElement
from reader_samples import SETTINGS
from typer.testing import CliRunner

from digest.cli.app import app
from digest.config import load
from digest.errors import NotFoundError
from digest.steps.readers.snippet import form_snippet
from digest.wiring import read_config


def read(snippet: str) -> FormElement:
    """Return the form as browsers see it."""
    found = html.fromstring(snippet)
    assert isinstance(found, FormElement)
    return found


def test_the_form_subscribes_from_anywhere() -> None:
    settings = SETTINGS.replace("gazette.example/", "gazette.example/news&more/")
    form = read(form_snippet(load(settings), "daily"))
    assert form.action == "https://gazette.example/news&more/subscribe"
    assert (form.method, form.fields["briefing"]) == ("POST", "daily")
    assert set(form.fields) == {"briefing", "email"}
    assert "script" not in form_snippet(load(settings), "daily")


def test_the_form_says_where_readers_go_on_to() -> None:
    url = 'https://www.gazette.example/?a=1&b="2"'
    form = read(form_snippet(load(SETTINGS), "daily", url))
    assert form.fields["return"] == url


def test_there_is_no_form_for_a_briefing_that_is_not_there() -> None:
    with pytest.raises(NotFoundError):
        form_snippet(load(SETTINGS), "monthly")


def test_the_command_prints_it(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(SETTINGS + '\n[signup]\norigins = ["https://www.gazette.example"]\n')
    command = ["subscribers", "form", "-c", str(config), "-b", "weekly"]
    done = CliRunner().invoke(app, command)
    assert done.stdout == form_snippet(read_config(config, {}), "weekly")
    good = CliRunner().invoke(app, [*command, "--json", "--return", "https://www.gazette.example/"])
    assert '"briefing": "weekly"' in good.stdout
    bad = CliRunner().invoke(app, [*command, "--return", "https://evil.example/"])
    assert "not in [signup] origins" in str(bad.exception)
