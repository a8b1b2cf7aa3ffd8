"""A template can do only so much (reliability.md, poison templates)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from fakes import NOW
from samples import sample_context

from digest.clock import ManualClock
from digest.errors import TemplateError
from digest.rendering import Renderer, bundled_templates, thrift
from digest.rendering.sandbox import LimitError, Sandbox, render
from digest.rendering.thrift import Budget

LOOP = "{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}"
POWER = "{% set ns = namespace(x=3) %}{% for i in range(99) %}"
GROW = "{% set ns = namespace(x='x') %}{% for i in range(99) %}"


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return Sandbox(trim_blocks=True)


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'x' * 1000000000 }}",
        "{{ 1000000000 * [1] }}",
        "{{ 9 ** (9 ** 9) }}",
        "{{ 'x'|center(1000000000) }}",
        "{{ 'x'.ljust(1000000000) }}",
        "{{ 'x'.zfill(width=1000000000) if false else 'x'.rjust(1000000000) }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ '%*d' % (1000000000, 1) }}",
        "{{ '%(a)1000000000d' % {'a': 1} }}",
        "{{ '%1000000000d'|format(1) }}",
        "{{ ('%s' * 9999)|format(*(['x' * 9999] * 9999)) }}",
        "{{ '{:1000000000}'.format(1) }}",
        "{{ '{:{}}'.format(1, 1000000000) }}",
        "{{ '{a:1000000000}'.format_map({'a': 1}) }}",
        "{{ ('{0}' * 100000).format('x' * 100000) }}",
        "{{ ('x' * 1000000)|replace('x', 'y' * 1000) }}",
        "{{ ('x' * 1000000).replace('x', 'y' * 1000) }}",
        "{{ (['x' * 1000000] * 1000)|join }}",
        "{{ (['x' * 1000000] * 1000)|map('default')|join }}",
        "{{ ','.join(['x' * 1000000] * 1000) }}",
        "{{ ','.join((({'a': 'x' * 1000000},) * 1000)|map(attribute='a')) }}",
        "{{ 1.5|round(1000000000, 'ceil') }}",
        "{{ ('\n' * 1000000)|indent(1000) }}",
        "{{ ('x' * 1000000)|wordwrap(1, wrapstring='y' * 10000) }}",
        "{{ 'x'.translate({120: 'y' * 1000}) }}",
        "{{ 'x'.encode().ljust(1000000000) }}",
        "{{ ('\t' * 10000).expandtabs(1000) }}",
        "{{ ['x']|batch(1000000000, 'y')|list }}",
        GROW + "{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
        GROW + "{% set ns.x = ns.x + ns.x %}{% endfor %}",
        GROW + "{% set ns.x %}{{ ns.x }}{{ ns.x }}{% endset %}{% endfor %}",
        POWER + "{% set ns.x = ns.x * ns.x %}{% endfor %}",
        "{% for i in range(100000) %}{{ 'x' * 1000000 }}{% endfor %}",
        LOOP,
        "{% macro m(n) %}{% if n %}{{ m(n - 1) * 2 }}{% endif %}x{% endmacro %}{{ m(60) }}",
    ],
)
def test_a_template_that_would_never_end_or_fill_the_memory_is_stopped(
    sandbox: Sandbox, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thrift, "MAX_STEPS", 100_000)
    with pytest.raises(LimitError):
        render(sandbox.from_string(source), {}, ManualClock(NOW))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "{% for a in 'abc' %}{{ loop.index }}/{{ loop.length }}{{ a }} {% endfor %}",
            "1/3a 2/3b 3/3c ",
        ),
        ("{% for a in [] %}x{% else %}none{% endfor %}", "none"),
        ("{% for k, v in {'a': 1}.items() if v %}{{ k }}{{ v }}{% endfor %}", "a1"),
        (
            "{{ '{:,}'.format(1234567) }} {{ '%05d'|format(7) }} {{ '%d %%' % 20261124 }}",
            "1,234,567 00007 20261124 %",
        ),
        ("{{ 'at 12345:67890 {}'.format(1) }}", "at 12345:67890 1"),
        (
            "{{ 3 * 'ab' }} {{ 2 ** 10 }} {{ 2 ** 0.5 > 1 }} {{ 'a' ~ 1 }} {{ 2 * 3 + 1 }}",
            "ababab 1024 True a1 7",
        ),
        ("{{ 'x'.center(5) }}|{{ 'x'|center(5) }}|{{ 'a\tb'.expandtabs(2) }}", "  x  |  x  |a b"),
        (
            "{{ [1, 2]|join('-') }} {{ range(3)|map('string')|join }} {{ '-'.join(['a', 'b']) }}",
            "1-2 012 a-b",
        ),
        ("{{ 'a b'|replace(' ', '\u00a0') }} {{ 'aba'.replace('a', 'c') }}", "a\u00a0b cbc"),
        (
            "{{ 'a\nb'|indent(2) }} {{ [1, 2, 3]|batch(2)|list }} {{ 2.345|round(1) }}",
            "a\n  b [[1, 2], [3]] 2.3",
        ),
        ("{{ 'aaa bbb'|wordwrap(3) }}", "aaa\nbbb"),
    ],
)
def test_a_template_that_works_is_rendered_as_ever(
    sandbox: Sandbox, source: str, expected: str
) -> None:
    assert render(sandbox.from_string(source), {}) == expected


@pytest.mark.parametrize(
    "source",
    [
        "{% macro m(n) %}{% if n %}{{ m(n - 1) ~ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}",
        "{% for x in 'ab' recursive %}{{ loop('ab') if loop.depth < 60 }}{% endfor %}",
    ],
)
def test_what_calls_itself_without_end_is_stopped(
    sandbox: Sandbox, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thrift, "MAX_STEPS", 20_000)
    with pytest.raises(LimitError, match="does more than 20,000 steps"):
        render(sandbox.from_string(source), {}, ManualClock(NOW))


def test_a_template_that_takes_too_long_is_stopped(sandbox: Sandbox) -> None:
    clock = ManualClock(NOW)

    def late() -> str:
        clock.advance(timedelta(seconds=1))
        return "x"

    source = "{% for i in range(99999) %}{{ late() }}{% endfor %}"
    with pytest.raises(LimitError, match="takes more than 60 seconds"):
        render(sandbox.from_string(source), {"late": late}, clock)


def test_what_is_made_on_the_way_is_counted_though_nobody_sees_it() -> None:
    budget = Budget(lambda: 0.0)
    for _ in range(80):
        budget.make(5_000_000)
    with pytest.raises(LimitError, match="400,000,000 characters in all"):
        budget.make(1)


def test_random_text_is_not_to_be_had(sandbox: Sandbox) -> None:
    assert "lipsum" not in sandbox.globals


@pytest.mark.parametrize("source", [LOOP, "{{ 'x' * 1000000000 }}"])
def test_the_error_names_the_operators_template_and_line(
    tmp_path: Path, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever wrote it finds the place."""
    monkeypatch.setattr(thrift, "MAX_STEPS", 100_000)
    (tmp_path / "email").mkdir()
    (tmp_path / "email" / "briefing.txt").write_text(f"First line.\n{source}\n")
    renderer = Renderer([tmp_path, bundled_templates()])
    with pytest.raises(TemplateError) as caught:
        renderer.briefing(sample_context())
    assert caught.value.problem.where.endswith("email/briefing.txt")
    assert caught.value.problem.line == 2
