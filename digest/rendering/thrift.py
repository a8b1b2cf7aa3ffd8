"""What a template may cost, and what is asked before it makes much of little. Pure."""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterable, Mapping, Sized
from itertools import islice
from typing import Any

MAX_STEPS = 2_000_000
"""Turns of loops, calls, and filters of one template."""

MAX_SECONDS = 60.0
"""For one template, also on a machine that has much else to do: steps run out before, mostly."""

MAX_VALUE = 5_000_000
"""Characters of one text, or bytes, or items of one list."""

MAX_MADE = 400_000_000
"""Characters of all that is made on the way, whether it is shown or not."""

MAX_WIDTH = 1_000
"""Columns that a text can be filled up or moved by."""

MAX_BITS = 10_000
"""Of a number."""

CALL_STEPS = 5
"""What a call counts for: it takes as long as some turns of a loop."""

_ITEM = 8
"""What a place in a list counts for."""

_LOOK_EVERY = 64
"""Steps between two looks at the clock."""

_LARGE = 100_000
"""What takes so much that the clock is looked at."""

_PERCENT_FILL = re.compile(r"%(?:\([^()]*\))?[-+ #0]*(?:\d*\.)?(\d{4,})")
_BRACES_FILL = re.compile(r"\{[^{}]*:[^{}]*?(\d{4,})[^{}]*\}")
_NESTED = re.compile(r"\{[^{}]*\{")
_TEXTS = (str, bytes)


class LimitError(RuntimeError):
    """A template does too much; the message says of what."""


class Budget:
    """What one rendering has left."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        """Begin; *seconds* returns the monotonic clock's."""
        self._seconds = seconds
        self._until = seconds() + MAX_SECONDS
        self._steps = 0
        self._next_look = _LOOK_EVERY
        self._made = 0

    def step(self, size: int = 0, steps: int = 1) -> None:
        """Count a turn of a loop, a call, or a filter, and *size* characters that it shows.

        Raises:
            LimitError: if it is one too many.
        """
        self._steps += steps
        if self._steps > MAX_STEPS:
            raise LimitError(
                f"does more than {MAX_STEPS:,} steps: is there a loop in a loop, or a macro that "
                "calls itself?"
            )
        if size:
            self.make(size)
        if self._steps >= self._next_look:
            self._next_look = self._steps + _LOOK_EVERY
            self._look()

    def make(self, size: int) -> None:
        """Count *size* characters.

        Raises:
            LimitError: if they are too many, at once or in all.
        """
        if size > MAX_VALUE:
            raise LimitError(_too_large(size))
        self._made += size
        if self._made > MAX_MADE:
            raise LimitError(f"makes more than {MAX_MADE:,} characters in all")
        if size > _LARGE:
            self._look()

    def _look(self) -> None:
        if self._seconds() > self._until:
            raise LimitError(f"takes more than {MAX_SECONDS:g} seconds")


def size_of(value: object) -> int:
    """Return what *value* counts for in characters; 0 for what has no size of its own."""
    if isinstance(value, _TEXTS):
        return len(value)
    if isinstance(value, (list, tuple, dict, set, frozenset)):
        return len(value) * _ITEM
    return 0


def ask_operator(operator: str, left: Any, right: Any) -> None:  # noqa: ANN401 - whatever a template has
    """Make sure that *left* *operator* *right* is not too large.

    Raises:
        LimitError: if it is.
    """
    if operator == "*":
        for many, times in ((left, right), (right, left)):
            if isinstance(many, Sized) and isinstance(times, int):
                _allow(len(many) * times)
        if isinstance(left, int) and isinstance(right, int):
            _allow_number(left.bit_length() + right.bit_length())
    elif operator == "**" and isinstance(left, int) and isinstance(right, int):
        _allow_number(left.bit_length() * right)
    elif operator == "%" and isinstance(left, _TEXTS):
        values = right if isinstance(right, tuple) else (right,)
        named = tuple(right.values()) if isinstance(right, Mapping) else ()
        _ask_percent(left, (*values, *named))


def ask_method(method: object, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Any, ...]:
    """Make sure that calling *method* does not make a huge text; other callables are let be.

    Return the *args* to call it with: what comes one by one can only be asked about when it is all
    there.

    Raises:
        LimitError: if it would.
    """
    if not isinstance(method, (types.BuiltinMethodType, types.MethodType)):
        return args
    own = method.__self__
    name = method.__name__
    if isinstance(own, bytes):
        raise LimitError("calls a method of bytes: templates are made of text")
    if not isinstance(own, str):
        return args
    if name in {"center", "ljust", "rjust", "zfill"}:
        _ask_width(*args, **kwargs)
    elif name == "expandtabs":
        _ask_width(*args, **kwargs)
        _allow(own.count("\t") * MAX_WIDTH)
    elif name == "join":
        args = tuple(map(listed, args))
        ask_join(*args, own)
    elif name == "replace":
        ask_replace(own, *args)
    elif name == "translate":
        raise LimitError("uses translate, which could make a text of any size: use replace")
    return args


def ask_format(text: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Make sure that ``text.format(*args, **kwargs)`` is not too large.

    Raises:
        LimitError: if it is.
    """
    values = (*args, *kwargs.values())
    _ask_fill(_BRACES_FILL.findall(text), values if _NESTED.search(text) else ())
    _allow(text.count("{") * _longest(values))


def listed(items: Iterable[Any]) -> list[Any]:
    """Return *items* as a list, as many of them as one may have."""
    return list(islice(items, MAX_VALUE // _ITEM))


def ask_join(items: list[Any], between: Any = "", *_: Any) -> None:  # noqa: ANN401 - of a template
    """Make sure that *items* joined are not too large.

    Raises:
        LimitError: if they are.
    """
    each = len(str(between))
    _allow(sum(size_of(item) + each for item in items))


def ask_replace(text: Any, old: Any = "", new: Any = "", *_: Any) -> None:  # noqa: ANN401 - of a template
    """Make sure that *text* is not too large once *new* stands in it for *old*.

    Raises:
        LimitError: if it is.
    """
    plain = str(text)
    _allow(len(plain) + plain.count(str(old)) * len(str(new)))


def _ask_width(*args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - of a template
    for value in (*args, *kwargs.values()):
        if isinstance(value, int) and value > MAX_WIDTH:
            raise LimitError(f"fills a text up by {value:,}; at most {MAX_WIDTH:,} are allowed")


def _ask_indent(text: Any, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - of a template
    _ask_width(*args, **kwargs)
    values = (*args, *kwargs.values())
    by = max((value for value in values if isinstance(value, int)), default=0)
    _allow(str(text).count("\n") * max(by, _longest(values)))


def _ask_wrap(text: Any, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - of a template
    _allow(len(str(text)) * max(1, _longest((*args, *kwargs.values()))))


def _ask_few(_value: Any, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - of a template
    _ask_width(*args, **kwargs)


def _ask_percent(text: str | bytes, values: tuple[Any, ...]) -> None:
    plain = str(text)
    _ask_fill(_PERCENT_FILL.findall(plain), values if "*" in plain else ())
    _allow(plain.count("%") * _longest(values))


def _ask_format_filter(text: Any, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - of a template
    _ask_percent(text, (*args, *kwargs.values()))


def _ask_fill(written: Iterable[str], values: tuple[Any, ...]) -> None:
    """Refuse widths of a format out of all reason: *written* in it, or given as *values*."""
    _ask_width(*(int(digits[:12]) for digits in written), *values)


def _longest(values: Iterable[Any]) -> int:
    return max((size_of(value) for value in values), default=0)


def _allow(size: int) -> None:
    if size > MAX_VALUE:
        raise LimitError(_too_large(size))


def _allow_number(bits: int) -> None:
    if bits > MAX_BITS:
        raise LimitError("works out a number that is too large")


def _too_large(size: int) -> str:
    return f"makes a text or list of {size:,} characters; at most {MAX_VALUE:,} are allowed"


FILTERS: Mapping[str, Callable[..., None]] = {
    "batch": _ask_few,
    "center": _ask_few,
    "format": _ask_format_filter,
    "indent": _ask_indent,
    "join": ask_join,
    "replace": ask_replace,
    "round": _ask_few,
    "slice": _ask_few,
    "tojson": _ask_few,
    "wordwrap": _ask_wrap,
}
"""What is asked before a filter of that name is used; it is given what the filter is."""
