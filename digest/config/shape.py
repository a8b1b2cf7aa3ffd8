"""Which tables and keys config.toml may have, read off the models themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import TypeAlias, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from digest.config.root import Config
from digest.config.tables import Table
from digest.config.values import Expects

Path: TypeAlias = tuple[str | int, ...]
"""Where a value stands: table, (name,) key, and for lists the index from 0."""


def table_of(section: str) -> type[Table]:
    """Return the model of the table *section*, or of each of its named tables."""
    annotation = Config.model_fields[section].annotation
    model: type[Table] = (annotation, *get_args(annotation))[-1]
    return model


def is_named(section: str) -> bool:
    """Return whether *section* holds named tables: ``[feeds.<name>]``."""
    return get_origin(Config.model_fields[section].annotation) is Mapping


def fields_at(path: Path) -> Mapping[str, FieldInfo]:
    """Return the keys that the table at *path* may have; none where names are free."""
    if not path:
        return Config.model_fields
    section, *rest = path
    if section not in Config.model_fields:
        return {}
    model = table_of(str(section))
    names = int(is_named(str(section)))
    if len(rest) == names:
        return model.model_fields
    return _fields_inside(model, rest[names:])


def table_in(field: FieldInfo) -> type[Table] | None:
    """Return the model of the table that *field* is itself: ``[feedback.imap]``; else ``None``."""
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, Table) else None


def _fields_inside(model: type[Table], rest: list[str | int]) -> Mapping[str, FieldInfo]:
    """Return the keys of a table in a table: ``[delivery.domains."example.org"]``."""
    if rest[0] not in model.model_fields:
        return {}
    field = model.model_fields[str(rest[0])]
    match rest:
        case [_]:
            inner: object = table_in(field)
        case [_, _]:
            inner = (None, *get_args(field.annotation))[-1]
        case _:
            inner = None
    if isinstance(inner, type) and issubclass(inner, Table):
        return inner.model_fields
    return {}


def field_at(path: Path) -> FieldInfo:
    """Return the key at *path*, or whose list *path* points into; there must be such a key."""
    found = (fields_at(path[: end - 1]).get(str(path[end - 1])) for end in range(len(path), 0, -1))
    return next(field for field in found if field is not None)


def expectation(path: Path) -> str:
    """Return what the value at *path* must be, as the end of "must be …"."""
    if len(path) == 2 and is_named(str(path[0])):  # noqa: PLR2004 - a named table itself
        return f"a table [{dotted(path)}]"
    return next(item.text for item in field_at(path).metadata if isinstance(item, Expects))


def is_secret(field: FieldInfo) -> bool:
    """Return whether *field* is kept out of files and displays."""
    return SecretStr in get_args(field.annotation)


def keys_of(data: Mapping[str, object]) -> Iterator[tuple[str, ...]]:
    """Yield the paths of all keys that could stand in the tables of *data* and the single ones."""
    for section in Config.model_fields:
        tables = data.get(section)
        names: tuple[tuple[str, ...], ...] = ((),)
        if is_named(section):
            names = tuple((name,) for name in tables) if isinstance(tables, dict) else ()
        for name in names:
            for key, field in table_of(section).model_fields.items():
                yield (section, *name, key)
                inner = table_in(field)
                for key_inside in inner.model_fields if inner else ():
                    yield (section, *name, key, key_inside)
                yield from _keys_of_named(tables, (section, *name, key))


def _keys_of_named(tables: object, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the keys of the named tables at *path*: ``[feedback.webhooks.<name>]``."""
    inside: object = tables
    for part in path[1:]:
        inside = inside.get(part) if isinstance(inside, dict) else None
    names = inside if isinstance(inside, dict) else {}
    for name in names:
        for key in fields_at((*path, name)):
            yield (*path, name, key)


def nearest(word: str, words: list[str]) -> str:
    """Return the one of *words* that *word* is most likely a slip for; empty when none is."""
    return next(iter(get_close_matches(word, words, n=1)), "")


def dotted(path: Path) -> str:
    """Return *path* as the operator would write it: ``briefings.daily.topics[0]``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
            continue
        bare = part.replace("-", "").replace("_", "")
        quoted = part if bare.isascii() and bare.isalnum() else f'"{part}"'
        text += f".{quoted}" if text else quoted
    return text
