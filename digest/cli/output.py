"""How commands speak: options that all have, tables for people, JSON for programs."""

from __future__ import annotations

import enum
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digest.errors import ConfigError, DigestError, Problem

if TYPE_CHECKING:
    from rich.console import Console

    from digest.rendering.fit import Fitting
    from digest.wiring import Service

ConfigOption = Annotated[
    Path,
    typer.Option(
        "--config",
        "-c",
        envvar="DIGEST_CONFIG",
        help="The settings of the publication.",
        dir_okay=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]

DEFAULT_CONFIG = Path("config.toml")

_WIDE = 2_000
"""Columns of a table that no terminal shows: its cells are as wide as they have to be."""


@contextmanager
def opened(config: Path, *, any_key: bool = False) -> Iterator[Service]:
    """Open the publication of *config* meanwhile; *any_key* as in ``open_service``."""
    from digest.wiring import open_service

    service = open_service(config, os.environ, any_key=any_key)
    try:
        yield service
    finally:
        service.close()


def console() -> Console:
    """Return where tables and sentences for people go."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True)


def text_of(path: Path) -> str:
    """Return the text in the file at *path*; ``-`` is what is typed or piped in.

    Raises:
        ConfigError: if it cannot be read.
    """
    try:
        return sys.stdin.read() if str(path) == "-" else path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = f"cannot be read as UTF-8 text: {error}"
        raise ConfigError([Problem(str(path), reason)]) from None


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """Write to *place* meanwhile.

    Raises:
        DigestError: if that fails; it names the file.
    """
    try:
        yield
    except OSError as error:
        where = error.filename or place
        raise DigestError(f"{where} cannot be written: {error.strerror}") from error


def say(text: str = "") -> None:
    """Print *text* as it is: no markup, no wrapping."""
    typer.echo(text)


def warn(text: str) -> None:
    """Print *text* where errors go."""
    typer.echo(text, err=True)


def print_json(value: object) -> None:
    """Print *value* as JSON: dataclasses as objects, times as ISO 8601."""
    typer.echo(json.dumps(plain(value), indent=2, ensure_ascii=False))


def plain(value: object) -> Any:  # noqa: ANN401 - JSON
    """Return *value* as what JSON has: dataclasses become objects, times ISO 8601 texts."""
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (enum.Enum, Path)):
        return str(value)
    return value


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table for people; nothing but a sentence when it has no rows."""
    from rich.markup import escape
    from rich.table import Table

    shown = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        shown.add_column(column, overflow="fold")
    count = 0
    for row in rows:
        shown.add_row(*(escape(cell) for cell in row))
        count += 1
    if count:
        target = console()
        if not target.is_terminal:
            target.width = _WIDE  # for grep and the like: no line is broken
        target.print(shown)
    else:
        say(f"{title}: none")


def fitting(found: Mapping[str, Fitting]) -> None:
    """Print what was left out of which variant of an issue; nothing when nothing was."""
    from digest.rendering.fit import lines_of

    for line in lines_of(found):
        say(f"So that Gmail shows all of it: {line}")


def problems(found: Iterable[Problem]) -> None:
    """Print problems, one a line, as ``where:line: severity: reason``."""
    for problem in found:
        line = f":{problem.line}" if problem.line is not None else ""
        warn(f"{problem.where}{line}: {problem.severity}: {problem.reason}")


@contextmanager
def progress(label: str, *, quiet: bool = False) -> Iterator[Callable[[int, int], None]]:
    """Show a bar meanwhile, on a terminal only; give the function that moves it."""
    if quiet or not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn(label), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def local(moment: datetime, zone: str) -> str:
    """Return *moment* as a wall clock in *zone* shows it, with the zone's name."""
    from zoneinfo import ZoneInfo

    return f"{moment.astimezone(ZoneInfo(zone)):%a %Y-%m-%d %H:%M} {zone}"


def utc(moment: datetime | None) -> str:
    """Return *moment* in UTC, to the minute; empty for ``None``."""
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else ""
