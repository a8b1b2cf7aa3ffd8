"""django-freeletter, from PyPI, in an environment of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from benchmarks.peers.kind import Missing, Peer

NAME = "django-freeletter"
FOLDER = Path("build") / "bench-freeletter"
_PACKAGE = "django-freeletter==0.2.1"
_PYTHONS = ("python3.14", "python3.13", "python3.12")
"""It needs 3.12. The first that runs is taken."""

_INSTALL_SECONDS = 300


def available() -> Peer | Missing:
    """Install it in ``build`` if it is missing; return the peer, or why it is not here."""
    python = FOLDER / "bin" / "python"
    if not (FOLDER / "installed").exists():
        found = next(filter(None, map(_working, _PYTHONS)), None)
        if found is None:
            return Missing(NAME, "it needs Python 3.12 or newer, which is not present")
        try:
            _run(found, "-m", "venv", "--clear", str(FOLDER))
            _run(str(python), "-m", "pip", "--quiet", "install", _PACKAGE)
        except (subprocess.SubprocessError, OSError) as error:
            return Missing(NAME, f"pip could not install it: {error}")
        (FOLDER / "installed").touch()
    program = Path(__file__).with_name("freeletter_peer.py")
    # -P: a file of the same name lies beside the program.
    return Peer(NAME, (str(python), "-P", str(program)), 1_000, has_header=False)


def _working(name: str) -> str | None:
    """Return the path of the interpreter *name* if there is one that runs."""
    path = shutil.which(name)
    try:
        _run(path or "", "-c", "import venv, sqlite3")
    except (subprocess.SubprocessError, OSError):
        return None
    return path


def _run(*command: str) -> None:
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run(  # noqa: S603 - our own words
        command, check=True, capture_output=True, timeout=_INSTALL_SECONDS, env=environment
    )
