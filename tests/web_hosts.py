"""Real nginx and Caddy, where they are installed, with the settings that Digest writes for them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/usr/bin")
_NGINX = """
daemon off;
pid {work}/nginx.pid;
error_log {work}/error.log;
{user}
events {{ }}
http {{
    access_log off;
    client_body_temp_path {work}/body;
    proxy_temp_path {work}/proxy;
    fastcgi_temp_path {work}/fastcgi;
    uwsgi_temp_path {work}/uwsgi;
    scgi_temp_path {work}/scgi;
    types {{ text/html html; image/png png; text/xml xml; }}
    server {{
        listen 127.0.0.1:{port};
        include {settings};
    }}
}}
"""
_CADDY = """
{{
    admin off
    auto_https off
}}
http://127.0.0.1:{port} {{
    import {settings}
}}
"""


def program(name: str) -> str | None:
    """Return the path of nginx or caddy; ``None`` where there is none.

    Besides the usual places, the folder that the variable TEST_SERVERS names is looked into (an
    unpacked package will do).
    """
    folders = [os.environ.get("TEST_SERVERS", ""), os.environ.get("PATH", ""), *_FOLDERS]
    return shutil.which(name, path=os.pathsep.join(filter(None, folders)))


def free_port() -> int:
    """Return a port of this machine that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


@contextmanager
def running(name: str, settings: str, port: int, work: Path) -> Iterator[None]:
    """Run the server called *name* at *port* with *settings* meanwhile; *work* is its folder."""
    found = program(name)
    assert found is not None
    work.mkdir()
    included, whole = work / "feeds.conf", work / "whole.conf"
    included.write_text(settings)
    user = "user root;" if os.geteuid() == 0 else ""
    text = (_NGINX if name == "nginx" else _CADDY).format(
        work=work, port=port, settings=included, user=user
    )
    whole.write_text(text)
    options = ["-c", str(whole)] if name == "nginx" else ["run", "--config", str(whole)]
    options += [] if name == "nginx" else ["--adapter", "caddyfile"]
    environment = {**os.environ, "HOME": str(work), "XDG_DATA_HOME": str(work)}
    with (work / "said").open("wb") as said:
        process = subprocess.Popen(  # noqa: S603 - our own words
            [found, *options], env=environment, stdout=said, stderr=subprocess.STDOUT
        )
        try:
            _wait_for(port, process, work)
            yield
        finally:
            process.terminate()
            process.wait(10)


def _wait_for(port: int, process: subprocess.Popen[bytes], work: Path) -> None:
    for _ in range(400):
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError((work / "said").read_text())
