"""The command that checks: settings, articles, templates, and an issue before it goes out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import output
from digest.cli.output import DEFAULT_CONFIG, ConfigOption, JsonOption, say
from digest.errors import DigestError, NotFoundError

if TYPE_CHECKING:
    from digest.cli.checks import CheckReport
    from digest.cli.preflight import PreflightReport
    from digest.steps.ingest import RemovedText


def check(
    briefing: Annotated[
        str, typer.Argument(help="A briefing: look at its next issue too, as preflight does.")
    ] = "",
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    offline: Annotated[bool, typer.Option("--offline", help="Fetch no links.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail too.")] = False,
) -> None:
    """Check settings, articles and templates; exit with 1 if anything is wrong. Sends nothing.

    Also lists what is taken out of pasted texts, by file and line. With a briefing, its next issue
    is made as `digest preview` does, and looked at by the rules of [preflight] in the settings.

    [bold]Example:[/bold] digest check --json

    [bold]Example:[/bold] digest check daily --strict
    """
    from digest.cli.checks import check_all

    report = check_all(config, os.environ)
    found = None
    if briefing:
        found = _preflight(config, briefing, report, offline=offline, quiet=json)
    if json:
        output.print_json({**output.plain(report), "preflight": found} if briefing else report)
    else:
        _say_report(report)
        if found is not None:
            _say_preflight(found)
    errors, warnings = report.count("error"), report.count("warning")
    if found is not None:
        from digest.preflight import Level

        errors += found.count(Level.ERROR)
        warnings += found.count(Level.WARNING)
    if errors or (strict and warnings):
        raise typer.Exit(1)


def _preflight(
    config: Path, briefing: str, report: CheckReport, *, offline: bool, quiet: bool
) -> PreflightReport | None:
    """Return what preflight finds; ``None`` where what *report* says lets no issue be made.

    One broken article stops no issue: the others go out, and are looked at.
    """
    from digest.cli.preflight import check_briefing
    from digest.cli.publication import ingest_all

    try:
        with output.opened(config) as service:
            ingest_all(service, quiet=quiet or bool(report.problems))
            return check_briefing(service, briefing, offline=offline)
    except NotFoundError:
        raise
    except DigestError:
        if report.count("error"):
            return None
        raise


def _say_report(report: CheckReport) -> None:
    output.problems(report.problems)
    for item in report.removals:
        say(_removal(item))
    if report.journal is not None and not report.journal.why_held:
        say(f"database and journal agree, {report.journal.tail} transactions")
    errors, warnings = report.count("error"), report.count("warning")
    say(
        f"{report.articles} articles, {len(report.removals)} pieces of page furniture taken "
        f"out, {errors} errors, {warnings} warnings"
    )


def _say_preflight(found: PreflightReport) -> None:
    from digest.preflight import Level

    if found.reason:
        say(f"{found.briefing}: no issue now: {found.reason}")
        return
    for item in found.findings:
        where = f" {item.where}:" if item.where else ""
        output.warn(f"{found.briefing}:{where} {item.level}: {item.rule}: {item.text}")
    counts = ", ".join(f"{found.count(level)} {level}s" for level in Level)
    say(
        f"{found.briefing}: {found.subject!r}, {found.articles} articles, {found.variants} "
        f"variants, {found.links} links looked at: {counts}"
    )


def _removal(item: RemovedText) -> str:
    removal = item.removal
    shown = removal.text if len(removal.text) <= 60 else removal.text[:59] + "…"  # noqa: PLR2004 - a line
    return f"{item.path}:{removal.line}: taken out: {shown!r} ({removal.reason})"
