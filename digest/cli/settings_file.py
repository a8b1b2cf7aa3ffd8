"""Adding tables to config.toml: at its end, only if it can still be read, and never half."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from digest.config import Config, load
from digest.files import write_file

Value = str | bool | int | Sequence[str]


def append(path: Path, tables: Sequence[tuple[str, Mapping[str, Value]]]) -> Config:
    """Write *tables*, names with their keys, at the end of the file at *path*; return the whole.

    Raises:
        ConfigError: if the settings would be wrong with them; nothing is written.
        OSError: if the file cannot be written; it is as it was.
    """
    text = path.read_text("utf-8")
    if text and not text.endswith("\n"):
        text += "\n"
    text += "".join(f"\n[{name}]\n{_lines(values)}" for name, values in tables)
    config = load(text, where=str(path), environment=os.environ)
    write_file(path, text.encode(), path.stat().st_mode & 0o7777)
    return config


def _lines(values: Mapping[str, Value]) -> str:
    return "".join(f"{name} = {_value(value)}\n" for name, value in values.items())


def _value(value: Value) -> str:
    """Return *value* as TOML has it: JSON's texts, numbers, and lists of texts are TOML's, too."""
    plain = value if isinstance(value, str | bool | int) else list(value)
    return json.dumps(plain, ensure_ascii=False).replace("\x7f", "\\u007f")
