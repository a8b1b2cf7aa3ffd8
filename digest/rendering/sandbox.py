"""The sandbox that templates run in: they reach only what they are given, and can do only so much.

Jinja2's own sandbox keeps templates from Python. This one bounds what they cost as well: turns of
loops and calls are counted, text that is made is measured, what could make a huge text out of a
small one is asked first, and a clock is looked at all the while (reliability.md, poison templates).
All of that is far above what a template needs that works.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from functools import wraps
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import pass_context
from jinja2.visitor import NodeTransformer

from digest.clock import Clock, SystemClock
from digest.rendering import thrift
from digest.rendering.thrift import Budget, LimitError

__all__ = ["LimitError", "Sandbox", "render"]

_TURNS, _MADE, _SHOWN = "__turns", "__made", "__shown"

_budget: ContextVar[Budget | None] = ContextVar("budget", default=None)
"""Of the template that is rendered now; ``None`` while one is compiled."""


class Sandbox(ImmutableSandboxedEnvironment):
    """An environment whose templates stop when they cost too much.

    Add filters by :meth:`add_filters`, so that they are bounded too.
    """

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - as Jinja2's
        """Take the options of :class:`jinja2.Environment`."""
        super().__init__(**options)
        # Random text has no place in a mail that is the same at every attempt.
        del self.globals["lipsum"]
        own = self.filters
        self.filters = {
            _TURNS: _turns,
            _MADE: _made,
            _SHOWN: _shown,
        }
        self.add_filters(own)

    def add_filters(self, filters: Mapping[str, Callable[..., Any]]) -> None:
        """Let templates use *filters*, by their names."""
        self.filters |= {name: _bounded(name, each) for name, each in filters.items()}

    def call(  # noqa: D102 - as the class above has it
        self,
        context: Context,
        obj: Any,  # noqa: ANN401 - whatever a template calls
        /,  # keyword arguments of templates must not collide
        *args: Any,  # noqa: ANN401 - the same
        **kwargs: Any,  # noqa: ANN401 - the same
    ) -> Any:  # noqa: ANN401 - the same
        args = thrift.ask_method(obj, args, kwargs)
        _step(steps=thrift.CALL_STEPS)
        return _measured(super().call(context, obj, *args, **kwargs))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401, D102 - as above
        thrift.ask_operator(operator, left, right)
        return _measured(super().call_binop(context, operator, left, right))

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:  # noqa: ANN401, D102 - as above
        formatted = super().wrap_str_format(value)
        if formatted is None:
            return None

        def asked(*args: Any, **kwargs: Any) -> str:  # noqa: ANN401 - as str.format
            thrift.ask_format(value.__self__, args, kwargs)
            return formatted(*args, **kwargs)

        return asked

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,  # noqa: FBT001, FBT002 - as Jinja2's
    ) -> str:
        """Count what *source* does; Jinja2 has this method for being overridden."""
        counted = _Counting(self).visit(source)
        return super()._generate(counted, name, filename, defer_init)


def render(
    template: jinja2.Template, values: Mapping[str, object], clock: Clock | None = None
) -> str:
    """Return *template*, of a :class:`Sandbox`, filled with *values*.

    Raises:
        LimitError: if it does too much.
        Exception: whatever else a template raises.
    """
    clock = clock or SystemClock()
    token = _budget.set(Budget(clock.monotonic))
    try:
        return template.render(values)
    finally:
        _budget.reset(token)


class _Counting(NodeTransformer):
    """Puts a filter around whatever can go on for long or grow, which counts and measures it."""

    def __init__(self, environment: Sandbox) -> None:
        self._environment = environment

    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802 - Jinja2's name
        self.generic_visit(node)
        # What stands in a loop as it is costs no call, so each turn pays for it.
        fixed = sum(len(text.data) for text in node.find_all(nodes.TemplateData))
        node.iter = self._through(_TURNS, node.iter, nodes.Const(fixed))
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:  # noqa: N802 - the same
        self.generic_visit(node)
        return self._through(_MADE, node)

    def visit_Output(self, node: nodes.Output) -> nodes.Output:  # noqa: N802 - the same
        self.generic_visit(node)
        node.nodes = [
            each
            if isinstance(each, (nodes.TemplateData, nodes.Const))
            else self._through(_SHOWN, each)
            for each in node.nodes
        ]
        return node

    def _through(self, name: str, node: nodes.Node, *args: nodes.Expr) -> nodes.Filter:
        made = nodes.Filter(node, name, list(args), [], None, None, lineno=node.lineno)
        made.set_environment(self._environment)
        return made


def _step(size: int = 0, steps: int = 1) -> None:
    budget = _budget.get()
    if budget is not None:
        budget.step(size, steps)


def _measured(value: Any) -> Any:  # noqa: ANN401 - passed on
    budget = _budget.get()
    size = thrift.size_of(value)
    if budget is not None and size:
        budget.make(size)
    return value


# With the context they are not worked out when a template is compiled.
@pass_context
def _turns(_context: Context, items: Iterable[Any], fixed: int) -> Iterator[Any]:
    for item in items:
        _step(fixed)
        yield item


@pass_context
def _made(_context: Context, value: Any) -> Any:  # noqa: ANN401 - passed on
    return _measured(value)


@pass_context
def _shown(_context: Context, value: Any) -> Any:  # noqa: ANN401 - passed on
    return _measured(value)


def _bounded(name: str, own: Callable[..., Any]) -> Callable[..., Any]:
    """Return the filter *own*, called *name*, asked first and measured afterwards."""
    ask = thrift.FILTERS.get(name)
    # Jinja2 hands some filters itself before what they are about.
    skipped = 1 if hasattr(own, "jinja_pass_arg") else 0

    @wraps(own)
    def bounded(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as the filter
        _step()
        if name == "join":
            args = (*args[:skipped], thrift.listed(args[skipped]), *args[skipped + 1 :])
        if ask is not None:
            ask(*args[skipped:], **kwargs)
        return _measured(own(*args, **kwargs))

    return bounded
