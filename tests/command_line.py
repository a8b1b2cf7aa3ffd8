"""The command line, in this process: the whole program but for the start of an interpreter."""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any

import pytest

from digest.cli import main


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed."""

    stdout: str
    stderr: str


def execute(*words: str, code: int = 0, **environment: str) -> Said:
    """Give the command *words* as a shell would in the current folder; it must end with *code*."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["digest", *words])
        patch.setattr(sys, "excepthook", sys.excepthook)  # Typer sets its own, for the process.
        for name, value in {"NO_COLOR": "1", "COLUMNS": "200", **environment}.items():
            patch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            main()
    said = Said(out.getvalue(), err.getvalue())
    assert (ended.value.code or 0) == code, said.stdout + said.stderr
    return said


def run(*words: str, code: int = 0, **environment: str) -> str:
    """Give a command, check its exit code, and return all that it printed."""
    said = execute(*words, code=code, **environment)
    return said.stdout + said.stderr


def run_json(*words: str, code: int = 0) -> Any:  # noqa: ANN401 - JSON
    """Give a command with --json and return its result; what it says beside that goes to stderr."""
    return json.loads(execute(*words, "--json", code=code).stdout)
