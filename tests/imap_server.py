"""An IMAP server with one folder of mail and others to move it to, as a thread: for tests."""

from __future__ import annotations

import re
import socketserver
import threading
from types import TracebackType
from typing import Self


class ImapServer:
    """Speaks as much of IMAP as :mod:`digest.mail.imap` needs; for ``with``."""

    def __init__(self, mails: list[bytes], capabilities: str = "IMAP4rev1 MOVE IDLE") -> None:
        """Hold *mails* in INBOX; UIDs begin with 1."""
        self.inbox = dict(enumerate(mails, 1))
        self.moved: dict[int, bytes] = {}
        self.deleted: set[int] = set()
        self.commands: list[str] = []
        self.capabilities = capabilities
        self.break_after = ""
        """Hang up once a command that begins so was carried out, and before it is answered."""

        self.refuse = ""
        """Answer NO to commands that begin so."""

        self.idle_seconds = 10.0
        """How long it is idle at most before it tells of mail."""

        self.idle_words = b""
        """What it says first while it is idle."""

        self.hang_up_at = ""
        """Hang up while it is idle (``IDLE``), or when that is to end (``DONE``)."""

        self.idling = threading.Event()
        self.arrived = threading.Event()
        server = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                server.serve(self)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        """Start."""
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop."""
        self.arrived.set()
        self._server.shutdown()
        self._server.server_close()

    def arrive(self, data: bytes) -> None:
        """Let a mail arrive, and tell who waits."""
        self.inbox[max(self.inbox | self.moved, default=0) + 1] = data
        self.arrived.set()

    def serve(self, connection: socketserver.StreamRequestHandler) -> None:
        """Answer one client."""
        say = connection.wfile.write
        say(b"* OK ready\r\n")
        while line := connection.rfile.readline():
            tag, _, command = line.decode().rstrip("\r\n").partition(" ")
            self.commands.append(command)
            if self.refuse and command.startswith(self.refuse):
                say(f"{tag} NO not today\r\n".encode())
                continue
            if command == "IDLE":
                say(b"+ idling\r\n" + self.idle_words)
                self.idling.set()
                if self.hang_up_at == "IDLE":
                    return
                self.arrived.wait(self.idle_seconds)
                say(f"* {len(self.inbox)} EXISTS\r\n".encode())
                connection.rfile.readline()
                if self.hang_up_at == "DONE":
                    return
            for answer in self._answers(command):
                say(answer + b"\r\n")
            if self.break_after and command.startswith(self.break_after):
                return
            say(f"{tag} OK done\r\n".encode())

    def _answers(self, command: str) -> list[bytes]:
        if command == "CAPABILITY":
            return [f"* CAPABILITY {self.capabilities}".encode()]
        if command.startswith("SELECT"):
            return [f"* {len(self.inbox)} EXISTS".encode()]
        if command == "UID SEARCH UNDELETED":
            there = sorted(set(self.inbox) - self.deleted)
            return [f"* SEARCH {' '.join(map(str, there))}".rstrip().encode()]
        number = int(found[0]) if (found := re.findall(r"\d+", command)) else 0
        if command.startswith("UID FETCH") and number in self.inbox:
            data = self.inbox[number]
            head = f"* {number} FETCH (UID {number} BODY[]<0> {{{len(data)}}}".encode()
            return [head + b"\r\n" + data + b")"]
        if command.startswith(("UID MOVE", "UID COPY")):
            self.moved[number] = self.inbox[number]
            if "MOVE" in command:
                del self.inbox[number]
        if "STORE" in command:
            self.deleted.add(number)
        if "EXPUNGE" in command:
            self.inbox.pop(number, None)
        return []
