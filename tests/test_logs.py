"""How the daemon speaks: a line an event."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import structlog

from digest.config import LogConfig
from digest.logs import set_up_logs


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def test_machines_get_one_json_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(LogConfig(format="json"))
    log = structlog.get_logger("digest")
    log.info("composed", briefing="daily", subject="Café\nBcc: x")
    log.error("failed")
    caught = capsys.readouterr()
    assert caught.out == ""
    first, second = map(json.loads, caught.err.splitlines())
    assert first["event"] == "composed"
    assert (first["level"], first["briefing"], first["subject"]) == (
        "info",
        "daily",
        "Café\nBcc: x",
    )
    assert first["timestamp"].endswith("Z")
    assert second["level"] == "error"


def test_people_get_a_line_without_colours_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up_logs(LogConfig())
    structlog.get_logger("digest").warning("article problem", path="a.md", text="one\ntwo")
    (line,) = capsys.readouterr().err.splitlines()
    assert "article problem" in line
    assert "path=a.md" in line
    assert "\x1b" not in line


@pytest.mark.parametrize("form", ["console", "json"])
def test_an_exception_is_told_with_its_traceback(
    capsys: pytest.CaptureFixture[str], form: str
) -> None:
    set_up_logs(LogConfig(format=form))  # type: ignore[arg-type] # one of the two
    try:
        int("no number")
    except ValueError:
        structlog.get_logger("digest").exception("step failed", step="publish")
    said = capsys.readouterr().err
    assert "ValueError: invalid literal" in said
    assert "Traceback" in said
    assert "step failed" in said


@pytest.mark.parametrize(
    ("level", "told"),
    [
        ("debug", ["debug", "info", "warning", "error"]),
        ("info", ["info", "warning", "error"]),
        ("warning", ["warning", "error"]),
        ("error", ["error"]),
    ],
)
def test_what_is_below_the_level_is_not_told(
    capsys: pytest.CaptureFixture[str], level: str, told: list[str]
) -> None:
    set_up_logs(LogConfig(level=level, format="json"))  # type: ignore[arg-type] # one of the four
    log = structlog.get_logger("digest")
    for name in ("debug", "info", "warning", "error"):
        getattr(log, name)(name)
    events = [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()]
    assert events == told
