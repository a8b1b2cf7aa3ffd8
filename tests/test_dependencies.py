"""What Digest stands on: pinned, safe, and free to be passed on (security.md 19)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock")
SAFE = tomllib.loads((ROOT / "tests/data/safe_versions.toml").read_text("utf-8"))

FREE = {
    "Apache": r"Apache",
    "BSD": r"\bBSD\b",
    "CNRI": r"CNRI-Python",
    "ISC": r"\bISC\b",
    "LGPL": r"LGPL-3\.0-or-later|LGPL v3\+",
    "MIT": r"\bMIT\b",
    "MPL": r"MPL|Mozilla Public License",
    "PSF": r"PSF-2\.0|Python Software Foundation",
}
"""Licences under which a package may come along with software of any licence."""


def pins(lock: str) -> Iterator[Requirement]:
    """Yield what the *lock* pins, without hashes and line ends."""
    for line in (ROOT / lock).read_text("utf-8").splitlines():
        if line and not line.startswith((" ", "#")):
            yield Requirement(line.removesuffix(" \\"))


def version_of(pin: Requirement) -> Version:
    [specifier] = pin.specifier
    assert specifier.operator == "=="
    return Version(specifier.version)


def licences_of(package: str) -> str:
    """Return what the *package* itself says of its licence."""
    told = metadata.metadata(package)
    said = [told[key] for key in ("License-Expression", "License") if told[key]]
    return " | ".join(
        [*said, *(each for each in told.get_all("Classifier", []) if "License" in each)]
    )


@pytest.mark.parametrize("lock", LOCKS)
def test_nothing_pinned_is_older_than_the_release_that_mended_it(lock: str) -> None:
    """Security.md 19: a table of minimum safe versions."""
    weak = [
        f"{pin}: {SAFE[pin.name]['because']}"
        for pin in pins(lock)
        if pin.name in SAFE and version_of(pin) < Version(SAFE[pin.name]["at_least"])
    ]

    assert weak == []


def test_the_table_of_safe_versions_speaks_of_what_is_pinned_only() -> None:
    pinned = {pin.name for lock in LOCKS for pin in pins(lock)}

    assert sorted(SAFE.keys() - pinned) == []


def test_an_older_release_would_be_noticed() -> None:
    assert Version("3.1.5") < Version(SAFE["jinja2"]["at_least"])
    assert {pin.name for pin in pins(LOCKS[0])} >= {"jinja2", "aiosmtpd", "starlette", "nh3"}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_its_hashes_and_no_address(lock: str) -> None:
    """Security.md 19: a lock that whoever serves the packages cannot change."""
    text = (ROOT / lock).read_text("utf-8")
    blocks = re.split(r"\n(?=\S)", text.strip())

    bare = [block.split()[0] for block in blocks if "--hash=sha256:" not in block]

    assert bare == []
    assert not re.search(r"https?://|--index|--find-links|file:", text)


def test_both_locks_pin_what_they_share_at_the_same_version() -> None:
    """What the tests run with is what users run with."""
    run, dev = ({pin.name: str(pin) for pin in pins(lock)} for lock in LOCKS)

    differing = {
        name: (run[name], dev[name]) for name in run.keys() & dev.keys() if run[name] != dev[name]
    }

    assert differing == {}


def test_every_package_that_comes_along_is_free_to_be_passed_on() -> None:
    closed = {}
    for pin in pins("requirements.lock"):
        if pin.marker and not pin.marker.evaluate():
            continue
        said = licences_of(canonicalize_name(pin.name))
        if not any(re.search(pattern, said) for pattern in FREE.values()):
            closed[pin.name] = said

    assert closed == {}
