"""Killed at any moment, publishing leaves no torn file and no mixed formats (feeds.md H9)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

KILLER = Path(__file__).parents[1] / "publish_killer.py"


@pytest.mark.parametrize("kills", [10, pytest.param(300, marks=pytest.mark.slow)])
def test_a_reader_finds_one_whole_state_after_every_kill(tmp_path: Path, kills: int) -> None:
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, str(KILLER), str(tmp_path), str(kills)],
        capture_output=True,
        text=True,
        timeout=20 + kills * 3,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["kills"], told["problems"], told["left"]) == (kills, 0, []), done.stderr
    assert told["documents"] > 2
