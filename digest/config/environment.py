"""Variables that stand above the file: ``DIGEST_RELAYS__DEFAULT__PASSWORD``.

A name is the path of the key in capitals, joined by ``__``, with ``_`` for hyphens. Values are read
as TOML where they are TOML and as text where not, so lists need brackets and texts no quotes;
secrets are always taken as they stand.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any, Literal, get_origin

from pydantic.fields import FieldInfo

from digest.config.root import Config
from digest.config.shape import field_at, is_named, is_secret, keys_of, nearest, table_of

PREFIX = "DIGEST_"

OTHER_VARIABLES = frozenset({"DIGEST_CONFIG"})
"""Not keys: DIGEST_CONFIG is the path of config.toml, which the command line reads."""


def variable_of(path: tuple[str, ...]) -> str:
    """Return the name of the variable for the key at *path*."""
    return PREFIX + "__".join(part.replace("-", "_").upper() for part in path)


def overlay(
    data: dict[str, Any], environment: Mapping[str, str]
) -> tuple[dict[tuple[str, ...], str], dict[str, str]]:
    """Put what *environment* says into *data*, the parsed file.

    Returns:
        Which variable each key came from, and by name what is wrong with variables that are no key.
    """
    known = {variable_of(path): path for path in keys_of(data)}
    origins: dict[tuple[str, ...], str] = {}
    unknown: dict[str, str] = {}
    for variable, text in sorted(environment.items()):
        if not variable.startswith(PREFIX) or variable in OTHER_VARIABLES:
            continue
        path = known.get(variable) or _path_in_new_table(variable)
        if not path:
            unknown[variable] = _reason(variable, list(known))
        elif _put(data, path, _value(text, field_at(path))):
            origins[path] = variable
    return origins, unknown


def _path_in_new_table(variable: str) -> tuple[str, ...] | None:
    """Return the path of a key in a named table that the file does not have."""
    section, _, rest = variable.removeprefix(PREFIX).lower().partition("__")
    if section not in Config.model_fields or not is_named(section) or variable != variable.upper():
        return None
    for key in table_of(section).model_fields:
        name = rest.removesuffix(f"__{key}")
        if name != rest and re.fullmatch(r"[a-z0-9_]+", name):
            return (section, name.replace("_", "-"), key)
    return None


def _put(data: dict[str, Any], path: tuple[str, ...], value: object) -> bool:
    """Put *value* into *data*; return whether there was a table to put it in."""
    table = data
    for part in path[:-1]:
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            return False  # The file says something else there, which is reported as such.
    table[path[-1]] = value
    return True


def _value(text: str, field: FieldInfo) -> object:
    if is_secret(field):
        return text
    try:
        parsed = tomllib.loads(f"value = {text}")
    except (tomllib.TOMLDecodeError, RecursionError):
        return text
    takes_text = field.annotation is str or get_origin(field.annotation) is Literal
    if len(parsed) > 1 or (takes_text and not isinstance(parsed["value"], str)):
        return text
    return parsed["value"]


def _reason(variable: str, known: list[str]) -> str:
    key = variable.removeprefix(PREFIX)
    close = next((name for name in known if name.endswith(f"__{key}")), nearest(variable, known))
    hint = f"; did you mean {close}?" if close else f"; names are like {PREFIX}PUBLICATION__TITLE"
    return f"there is no such key{hint}"
