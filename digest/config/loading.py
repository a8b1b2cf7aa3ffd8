"""From the text of config.toml to a :class:`Config`, or to everything that is wrong with it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from digest.config.checks import Finding, agreement
from digest.config.environment import overlay, variable_of
from digest.config.root import Config, completed
from digest.config.shape import (
    Path,
    dotted,
    expectation,
    field_at,
    fields_at,
    is_secret,
    keys_of,
    nearest,
)
from digest.config.source import key_lines
from digest.errors import ConfigError, Problem

_TOML_ERROR = re.compile(r"(?P<what>.*?) \(at (?:line (?P<line>\d+), column \d+|end of document)\)")
_LOGIN_IN_URL = re.compile(r"(?<=//)(?P<user>[^/@:\s]*):\S*(?=@)")
_KEY_MARK = "[key]"
"""Where pydantic means the name of a table and not the table."""

_NO_VARIABLES: Mapping[str, str] = {}


def load(
    text: str, *, where: str = "config.toml", environment: Mapping[str, str] = _NO_VARIABLES
) -> Config:
    """Return what *text* (TOML) and *environment* say, checked and with all defaults filled in.

    Variables ``DIGEST_<TABLE>__<KEY>`` of *environment* stand above the file; those that do not
    begin with ``DIGEST_`` are not looked at. *where* names the file in problems.

    Raises:
        ConfigError: if anything is wrong; it carries every problem, each with key and line.
    """
    data, lines = _parse(text.removeprefix("\ufeff"), where)
    findings = list(_take_secrets(data))
    origins, unknown = overlay(data, environment)
    config = None
    try:
        config = Config.model_validate(data)
    except ValidationError as error:
        findings += [_finding(detail, data) for detail in error.errors()]
    findings += agreement(data)
    problems = [_problem(finding, where, lines, origins) for finding in findings]
    problems.sort(key=lambda problem: (problem.line is None, problem.line))
    problems += [Problem(f"environment: {name}", reason) for name, reason in unknown.items()]
    if config is None or problems:
        raise ConfigError(problems) from None
    return completed(config)


def redacted(config: Config) -> dict[str, Any]:
    """Return *config* as plain values for people to see; secrets are replaced by asterisks."""
    shown = config.model_dump(mode="json")
    shown["database"]["url"] = _masked(config.database.url)
    return shown


def _parse(text: str, where: str) -> tuple[dict[str, Any], dict[Path, int]]:
    try:
        return tomllib.loads(text), key_lines(text)
    except tomllib.TOMLDecodeError as error:
        match = _TOML_ERROR.match(str(error))
        what = match["what"] if match else str(error)
        line = int(match["line"]) if match and match["line"] else text.count("\n") + 1
        hint = "; text must stand in quotes" if what == "Invalid value" else ""
        raise ConfigError([Problem(where, f"is not valid TOML: {what}{hint}", line)]) from None
    except RecursionError:
        raise ConfigError([Problem(where, "is not usable: it is nested too deeply")]) from None


def _take_secrets(data: dict[str, Any]) -> Iterator[Finding]:
    """Take out of *data* the secrets that stand in the file; yield that they must not."""
    for path in keys_of(data):
        table: Any = data
        for part in path[:-1]:
            table = table.get(part) if isinstance(table, dict) else None
        if not isinstance(table, dict) or path[-1] not in table:
            continue
        if is_secret(field_at(path)):
            del table[path[-1]]
            yield Finding(
                path,
                "a secret must not stand in the file. Write it into a file that only Digest can "
                f"read and name that in {path[-1]}_file, or set {variable_of(path)}",
            )
        elif path == ("database", "url") and _has_password(table["url"]):
            del table["url"]
            yield Finding(
                path,
                "a password must not stand in the file. Keep it in ~/.pgpass, or set the whole "
                f"URL as {variable_of(path)}",
            )


def _has_password(url: object) -> bool:
    # Not urlsplit: what is no proper URL can hold a password as well.
    return isinstance(url, str) and _LOGIN_IN_URL.search(url) is not None


def _finding(error: ErrorDetails, data: Mapping[str, Any]) -> Finding:
    """Return what pydantic says in *error* as a sentence for the operator."""
    path = tuple(part for part in error["loc"] if part != _KEY_MARK)
    match error["type"]:
        case "extra_forbidden":
            return Finding(path, _unknown_key(path, data))
        case "missing":
            return Finding(path, f"is required: {expectation(path)}")
        case "value_error":
            return Finding(path, str(error["ctx"]["error"]))
        case _:
            return Finding(path, f"must be {expectation(path)}, not {_shown(error['input'])}")


def _unknown_key(path: Path, data: Mapping[str, Any]) -> str:
    *table, key = path
    known = list(fields_at(tuple(table)))
    kind = "key in" if table else "table"
    close = nearest(str(key), known)
    elsewhere = [other for other in keys_of(data) if other[-1] == key]
    if close:
        hint = f"did you mean {close}?"
    elif elsewhere:
        hint = f"did you mean {dotted(elsewhere[0])}?"
    else:
        hint = f"there is: {', '.join(known)}"
    return f"there is no such {kind} [{dotted(tuple(table))}]; {hint}".replace(" []", "")


def _shown(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f"the text {value!r}" if len(value) <= 60 else "a longer text"  # noqa: PLR2004 - a line
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return str(value)


def _masked(text: str) -> str:
    return _LOGIN_IN_URL.sub(r"\g<user>:***", text)


def _problem(
    finding: Finding,
    where: str,
    lines: Mapping[Path, int],
    origins: Mapping[tuple[str, ...], str],
) -> Problem:
    """Return *finding* with where it came from: a variable, or a line of the file."""
    path = finding.path
    reason = _masked(f"{dotted(path)}: {finding.reason}")
    prefixes = [path[:end] for end in range(len(path), 0, -1)]
    for prefix in prefixes:
        if prefix in lines:
            return Problem(where, reason, lines[prefix])
        for origin in _origins_in(prefix, origins):
            return Problem(f"environment: {origin}", reason)
    return Problem(where, reason)


def _origins_in(prefix: Path, origins: Mapping[tuple[str, ...], str]) -> Iterable[str]:
    return (name for path, name in origins.items() if path[: len(prefix)] == prefix)
