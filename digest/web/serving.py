"""Serve the app over HTTP, beside whatever else the process does."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import structlog
import uvicorn
from starlette.types import ASGIApp

from digest.errors import ConfigError, Problem

DEFAULT_LISTEN = "127.0.0.1:8000"
"""Where ``digest web`` serves when the settings do not say."""

GRACE_SECONDS = 5
"""How long requests that are under way at the end may take."""

_BACKLOG = 512
_MAX_CONCURRENT = 1000

log = structlog.get_logger("digest")


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answers = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, and say so."""
        await super().startup(sockets)
        self.answers.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to whoever runs us: the daemon ends its own way first."""
        yield


class Serving:
    """An async context manager: meanwhile, *app* is served at *listen*.

    Entering raises :class:`~digest.errors.ConfigError` if nobody can listen there. :attr:`url` says
    where it is, also when the port was 0, any free one.
    """

    def __init__(self, app: ASGIApp, listen: str, key: str = "web.listen") -> None:
        """Prepare to serve *app* at *listen*, ``host:port``, as the setting *key* says."""
        self._key = key
        self._app = app
        self._listen = listen
        self._task: asyncio.Task[None] | None = None
        self._server: _Server | None = None
        self.url = ""

    async def __aenter__(self) -> Self:
        """Listen, and begin to answer."""
        listener = bind(self._listen, self._key)
        host, port = listener.getsockname()[:2]
        self.url = f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
        settings = uvicorn.Config(
            self._app,
            log_config=None,
            log_level="error",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            lifespan="off",
            ws="none",
            limit_concurrency=_MAX_CONCURRENT,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        self._server = _Server(settings)
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]))
        await self._server.answers.wait()
        log.info("serving", url=self.url)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish what is being answered, then stop listening."""
        if self._server and self._task:
            self._server.should_exit = True
            await self._task


def bind(listen: str, key: str = "web.listen") -> socket.socket:
    """Return a socket that listens at *listen*, ``host:port``, as the setting *key* says.

    Raises:
        ConfigError: if there is no such host, or the port is taken or not ours to take.
    """
    host, _, port = listen.rpartition(":")
    try:
        found = socket.getaddrinfo(
            host.strip("[]"), int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        family, kind, protocol, _, address = found[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(_BACKLOG)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        reason = (
            f"cannot listen on {listen}: {error.strerror}; stop what listens there, or choose "
            f"another port in [{key.partition('.')[0]}] listen"
        )
        raise ConfigError([Problem(key, reason)]) from error
    return listener
