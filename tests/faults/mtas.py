"""Real mail servers of this machine, run by tests with settings and a queue of their own.

Debian: ``postfix`` (with smtp-sink), ``exim4-daemon-light``, and ``opensmtpd``, which has its queue
where its package says. What is not installed is skipped.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from faults.rig import ended, quiet_environment, wait_until


def program(name: str) -> str:
    """Return the path of a mail server's program, or skip."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@contextmanager
def open_folder() -> Iterator[Path]:
    """Give a folder that servers of other users can reach."""
    folder = Path(tempfile.mkdtemp(prefix="digest-mta-"))
    folder.chmod(0o777)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        return client.recv(3) == b"220"
    return False


@contextmanager
def running(words: list[str], port: int, said: Path) -> Iterator[None]:
    """Run a server in the foreground; skip if it does not come up here."""
    with said.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - as found on the path
            words, stdout=output, stderr=output, env=quiet_environment()
        )
    with ended(process):
        if not wait_until(lambda: answers(port) or process.poll() is not None, 20):
            pytest.skip(f"{words[0]} does not answer")
        if process.poll() is not None:
            pytest.skip(f"{words[0]} does not run here: {said.read_text()[-300:]}")
        yield
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=20)


@contextmanager
def postfix_running(folder: Path, port: int, settings: str, services: str) -> Iterator[None]:
    """Run a Postfix with that ``main.cf`` and ``master.cf``, which has its queue in *folder*."""
    command = [program("postfix"), "-c", str(folder / "conf")]
    for name in ("conf", "queue", "data"):
        (folder / name).mkdir()
    folder.chmod(0o755)
    (folder / "conf" / "main.cf").write_text(settings)
    (folder / "conf" / "master.cf").write_text(services)
    with suppress(LookupError, PermissionError):
        shutil.chown(folder / "data", "postfix")

    def tell(word: str) -> None:
        # Not captured: what it starts would keep the pipe open.
        with (folder / "said").open("ab") as said:
            subprocess.run([*command, word], check=False, stdout=said, stderr=said, timeout=60)  # noqa: S603 - as found

    tell("check")  # makes its folders
    tell("start")
    try:
        if not wait_until(lambda: answers(port), 20):
            pytest.skip(f"postfix does not run here: {(folder / 'said').read_text()[-300:]}")
        yield
    finally:
        tell("stop")
