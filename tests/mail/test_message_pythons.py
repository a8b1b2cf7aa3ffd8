"""The same letter gives the same bytes on every Python, whatever its email package does."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from letters import DOMAIN, SECRET, VALUES, letter

from digest.mail.address import parse_address
from digest.mail.message import build, message_id

ROOT = Path(__file__).parents[2]
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
HOSTILE = "=?utf-8?q?a=0D=0ABcc:_evil@x?="
SUBJECTS = (HOSTILE, "Grüße " + "ü" * 60, "Plain " * 20 + "words")

SCRIPT = """
import email, email.policy, json, sys
sys.path[:0] = sys.argv[1:3]
from letters import DOMAIN, SECRET, VALUES, letter
from digest.mail.address import parse_address
from digest.mail.message import build, message_id
mails = []
for subject in json.loads(sys.argv[3]):
    raw = build(letter(subject=subject)).fill(
        parse_address("me@straße.example"), message_id(SECRET, "daily/1", 7, DOMAIN), VALUES
    )
    mails.append({
        "raw": raw.decode("ascii"),
        "old": email.message_from_bytes(raw).keys(),
        "new": email.message_from_bytes(raw, policy=email.policy.default).keys(),
        "defects": [str(each) for each in email.message_from_bytes(raw).defects],
    })
print(json.dumps(mails))
"""


def interpreter(version: str) -> str | None:
    """Return a Python of that version that runs, from the path or from pyenv."""
    found = shutil.which(f"python{version}")
    installed = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    for candidate in [*([found] if found else []), *map(str, installed)]:
        ran = subprocess.run(  # noqa: S603 - a Python that is installed here
            [candidate, "-c", "import sys; print(*sys.version_info[:2], sep='.')"],
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode == 0 and ran.stdout.strip() == version:
            return candidate
    return None


@pytest.mark.parametrize("version", VERSIONS)
def test_other_pythons_write_and_read_the_same(version: str) -> None:
    """email.md F10: correct on Python 3.11 to 3.14; the parser there sees our headers only."""
    python = interpreter(version)
    if python is None:
        pytest.skip(f"Python {version} is not installed")
    ran = subprocess.run(  # noqa: S603 - a Python that is installed here
        [python, "-E", "-c", SCRIPT, str(ROOT), str(ROOT / "tests"), json.dumps(SUBJECTS)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    recipient = parse_address("me@straße.example")
    for subject, seen in zip(SUBJECTS, json.loads(ran.stdout), strict=True):
        raw = build(letter(subject=subject)).fill(
            recipient, message_id(SECRET, "daily/1", 7, DOMAIN), VALUES
        )
        assert seen["raw"].encode() == raw
        assert seen["old"] == seen["new"]
        assert "Bcc" not in seen["new"]
        assert len(seen["new"]) == len(set(seen["new"])) == 19
        assert seen["defects"] == []


def test_this_python_is_among_them() -> None:
    """The list grows with the Pythons that are supported."""
    assert f"{sys.version_info[0]}.{sys.version_info[1]}" in VERSIONS
