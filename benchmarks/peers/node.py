"""nodemailer and @upyo/smtp, from npm, each with a pool of sessions."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from benchmarks.peers.kind import Missing, Peer

FOLDER = Path("build") / "bench-node"
_PACKAGES = ("nodemailer@^7", "@upyo/core", "@upyo/smtp")
_PROGRAMS = {
    "nodemailer, pool, a message built each": ("nodemailer_peer.mjs", 3_000),
    "@upyo/smtp, pool, a message built each": ("upyo_peer.mjs", 2_000),
}
_INSTALL_SECONDS = 180


def available() -> list[Peer | Missing]:
    """Install what is missing in ``build``; return the peers, or why they are not here."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return [Missing(name, "node and npm are not present") for name in _PROGRAMS]
    if not (FOLDER / "node_modules" / "@upyo" / "smtp").exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(FOLDER), *_PACKAGES]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=_INSTALL_SECONDS)  # noqa: S603 - our own words
        except (subprocess.SubprocessError, OSError) as error:
            return [Missing(name, f"npm could not install it: {error}") for name in _PROGRAMS]
    here = Path(__file__).parent
    peers: list[Peer | Missing] = []
    for name, (program, messages) in _PROGRAMS.items():
        # Node looks for packages from where the program is.
        copied = shutil.copy(here / program, FOLDER / program)
        peers.append(Peer(name, (node, str(copied)), messages))
    return peers
