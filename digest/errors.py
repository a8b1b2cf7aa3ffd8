"""Everything that can go wrong, in one tree.

    DigestError
    ├── ConfigError            config.toml cannot be used (carries every problem found)
    ├── ArticleError           one file cannot become an article (carries file and line)
    ├── TemplateError          a template is missing or broken (carries file and line)
    ├── StoreError             the database cannot be used
    │   ├── SchemaError        the database has another schema than this program
    │   ├── BusyError          another daemon owns this database
    │   ├── UnavailableError   the disk is full, or the server is down: it may be over by itself
    │   └── RestoredError      the database is older than what was done already
    ├── NotFoundError          there is no such briefing, article, subscriber or issue
    ├── AddressError           not an email address we can write to
    ├── SubscriberImportError  a subscriber file was refused (carries every bad line)
    ├── MessageError           a mail cannot be written correctly
    ├── FetchError             another server gave no answer that can be used
    │   └── ForbiddenFetchError its address must not be connected to
    └── RelayError             the SMTP relay cannot be used
        └── RelaySecurityError the relay does not offer the protection that is required

Every message says what is wrong and what to do about it; none needs a traceback to be understood.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in something the operator wrote."""

    where: str
    """The file, or the file and the key: ``config.toml: briefings.daily.time``."""

    reason: str
    """What is wrong and what to do, one sentence."""

    line: int | None = None
    """Line in the file, counted from 1; ``None`` when no single line is to blame."""

    severity: str = "error"
    """``error`` stops something from going out; ``warning`` does not; ``note`` only informs."""

    def __str__(self) -> str:
        """Return ``where:line: reason``, the form editors can jump to."""
        line = f":{self.line}" if self.line is not None else ""
        return f"{self.where}{line}: {self.reason}"


class DigestError(Exception):
    """Base of all errors that Digest raises on purpose."""

    exit_code = 1
    """What the command line returns when this error ends a command."""


class ConfigError(DigestError):
    """config.toml cannot be used. *problems* has every reason, not only the first."""

    exit_code = 2

    def __init__(self, problems: list[Problem]) -> None:
        """Carry *problems*, which is never empty."""
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class ArticleError(DigestError, ValueError):
    """One file cannot become an article; the others go on."""

    def __init__(self, path: PurePath | str, reason: str, line: int | None = None) -> None:
        """Say why the file at *path* (relative to its source's folder) was not taken."""
        self.path = str(path)
        self.reason = reason
        self.line = line
        super().__init__(str(self.problem))

    @property
    def problem(self) -> Problem:
        """The same as a value, for lists and ``--json``."""
        return Problem(self.path, self.reason, self.line)


class TemplateError(DigestError):
    """A template is missing, broken, or uses a name that does not exist."""

    def __init__(self, name: str, reason: str, line: int | None = None) -> None:
        """Say what is wrong in the template called *name*."""
        self.name = name
        self.reason = reason
        self.line = line
        super().__init__(str(self.problem))

    @property
    def problem(self) -> Problem:
        """The same as a value, for lists and ``--json``."""
        return Problem(self.name, self.reason, self.line)


class StoreError(DigestError):
    """The database cannot be used."""

    exit_code = 3


class SchemaError(StoreError):
    """The database has another schema than this program."""


class BusyError(StoreError):
    """Another Digest process owns this database."""

    exit_code = 4


class UnavailableError(StoreError):
    """The database cannot be opened now, for a reason that may be over by itself."""


class RestoredError(StoreError):
    """The database was restored from a backup, or its journal is gone: nothing may be sent."""


class NotFoundError(DigestError, LookupError):
    """There is no such briefing, article, subscriber, or issue."""

    def __init__(self, kind: str, name: str, known: list[str] | None = None) -> None:
        """Say that there is no *kind* called *name*, and which there are."""
        self.kind = kind
        self.name = name
        hint = f" There is: {', '.join(known)}." if known else ""
        super().__init__(f"there is no {kind} {name!r}.{hint}")


class AddressError(DigestError, ValueError):
    """Not an email address we can write to."""


class SubscriberImportError(DigestError):
    """A subscriber file was refused as a whole. *problems* names every bad line."""

    def __init__(self, problems: list[Problem]) -> None:
        """Carry *problems*, which is never empty."""
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class MessageError(DigestError, ValueError):
    """A mail cannot be written correctly, so it is not written at all."""


class FetchError(DigestError):
    """Another server gave no answer that can be used; a later try may fare better."""

    def __init__(self, url: str, reason: str) -> None:
        """Say why *url*, the address that was asked for, gave nothing."""
        self.url = url
        self.reason = reason
        super().__init__(f"{url} {reason}")


class ForbiddenFetchError(FetchError):
    """The address must not be connected to, now or later: it leads inside."""


class RelayError(DigestError, OSError):
    """The SMTP relay cannot be used."""


class RelaySecurityError(RelayError):
    """The relay does not offer the protection (TLS, a valid certificate) that is required."""
