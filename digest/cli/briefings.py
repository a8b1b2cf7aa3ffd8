"""Commands for briefings: preview, send, next, explain."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import output
from digest.cli.output import DEFAULT_CONFIG, ConfigOption, JsonOption, say
from digest.errors import ConfigError, Problem

if TYPE_CHECKING:
    from digest.steps.report import BriefingStanding
    from digest.store.issues import ArticleInIssue

BriefingArgument = Annotated[str, typer.Argument(help="Name of the briefing in config.toml.")]


def preview(
    briefing: BriefingArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    folder: Annotated[Path, typer.Option("--dir", help="Where to write.")] = Path("preview"),
    serve: Annotated[
        bool, typer.Option("--serve", help="Show it in a browser of this machine instead.")
    ] = False,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="With --serve; 0 for a free one.")
    ] = 8025,
) -> None:
    """Write the briefing's next issue as .html, .txt and .eml. Sends nothing, keeps nothing.

    With --serve a page shows it, each variant of it, wide or as on a phone, light or dark, with
    and without images, as text, and its headers, and follows every change of articles, templates,
    and settings.

    [bold]Example:[/bold] digest preview daily --dir /tmp/preview

    [bold]Example:[/bold] digest preview daily --serve
    """
    if serve:
        from digest.cli.preview_server import serve as serve_preview

        serve_preview(config, briefing, port)
        return
    from digest.cli.previews import draft, write_preview
    from digest.cli.publication import ingest_all

    with output.opened(config) as service:
        for item in ingest_all(service, quiet=json):
            output.problems(item.problems)
        composition = draft(service, briefing)
        if isinstance(composition, str):
            if json:
                output.print_json({"subject": "", "reason": composition, "files": []})
            else:
                say(f"{briefing}: no issue now: {composition}")
            raise typer.Exit(1)
        with output.writing(folder):
            written = write_preview(service, composition, folder)
        if json:
            output.print_json(
                {
                    "subject": composition.subject,
                    "articles": [article.slug for article in composition.plan.articles],
                    "waiting": [article.slug for article in composition.plan.waiting],
                    "size_bytes": composition.skeleton.size_bytes,
                    "fitting": {item.name: item.fitting for item in composition.renditions},
                    "files": written,
                }
            )
            return
        say(f"Subject: {composition.subject}")
        say(
            f"{len(composition.plan.articles)} articles, "
            f"{len(composition.plan.waiting)} held over, "
            f"{composition.skeleton.size_bytes:,} bytes a mail"
        )
        output.fitting({item.name: item.fitting for item in composition.renditions})
        if service.config.briefing(briefing).click_counts:
            say("Once it is sent, clicks on its articles are counted (click_counts)")
        for path in written:
            say(f"wrote {path}")


def send(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    briefing: BriefingArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    now: Annotated[
        bool, typer.Option("--now", help="Compose an issue and send it to all subscribers.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what --now would send, and to how many.")
    ] = False,
    to: Annotated[
        str, typer.Option("--to", help="Send a test to this address; it counts for nothing.")
    ] = "",
    correct: Annotated[
        int, typer.Option("--correct", min=0, help="Number of an issue that was wrong.")
    ] = 0,
    articles: Annotated[
        list[str] | None,
        typer.Option("--article", help="With --correct: slug of one to show; repeat it."),
    ] = None,
    introduction: Annotated[
        Path | None,
        typer.Option(
            "--introduction",
            help="With --now or --correct: file with the text above it; - reads it here.",
        ),
    ] = None,
) -> None:
    """Send the briefing's next issue at once, or try it; or correct one that is out.

    A correction goes only to those who were sent the wrong issue.

    [bold]Example:[/bold] digest send daily --to editor@example.org

    [bold]Example:[/bold] digest send daily --dry-run && digest send daily --now

    [bold]Example:[/bold] digest send daily --correct 12 --article tides --introduction sorry.txt
    """
    if sum((now, dry_run, bool(to), bool(correct))) != 1:
        reason = "say what to do: --now, --dry-run, --to ADDRESS, or --correct ISSUE (one of them)"
        raise ConfigError([Problem("send", reason)])
    if introduction is not None and (dry_run or to):
        reason = f"for a look at it first: digest arrange {briefing} --introduction {introduction}"
        raise ConfigError([Problem("send", reason)])
    from digest.cli import sending
    from digest.cli.publication import ingest_all

    with output.opened(config) as service:
        service.config.briefing(briefing)
        for item in ingest_all(service, quiet=json):
            output.problems(item.problems)
        if dry_run:
            sending.say_what_would_go(service, briefing, json=json)
        elif correct:
            words = (articles or [], introduction)
            sending.send_correction(service, briefing, correct, *words, json=json)
        elif to:
            sending.send_test(service, briefing, to, json=json)
        else:
            sending.send_all(service, briefing, introduction, json=json)


def coming(
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="How far to look.")] = 7,
) -> None:
    """Show when issues are due, in local time and UTC, and which articles are waiting already.

    [bold]Example:[/bold] digest next --days 14
    """
    from digest.steps.report import upcoming

    with output.opened(config) as service:
        found = upcoming(service.store, service.config, now=service.clock.now(), days=days)
    if json:
        output.print_json(found)
        return
    output.table(
        f"Due in the next {days} days",
        ("briefing", "for", "local time", "UTC", "articles waiting"),
        (
            (
                item.briefing,
                "those who want one a week" if item.cadence == "weekly" else "",
                output.local(item.due_at, item.timezone),
                output.utc(item.due_at),
                str(len(item.waiting)) if item.waiting else "",
            )
            for item in found
        ),
    )
    told: set[tuple[str, str]] = set()
    for item in found:
        stream = (item.briefing, str(item.cadence))
        if item.until and stream not in told:
            told.add(stream)
            say(
                f"\n{item.briefing} goes to each reader at their own time: that of {item.period} "
                f"to the last at {output.utc(item.until)}."
            )
        if item.number:
            waits = f": it {item.waits}" if item.waits else ""
            say(f"\n{item.briefing} of {item.period} is made, issue {item.number}{waits}.")
        if item.reason:
            say(f"\nNothing would be sent of {item.briefing} of {item.period}: {item.reason}")
        if item.waiting and item.cutoff_at:
            made = f"is made at {output.local(item.cutoff_at, item.timezone)}"
            if item.deadline_at:
                until = output.local(item.deadline_at, item.timezone)
                made += f"; editors decide until {until}, else: {item.default}"
            say(f"\n{item.briefing} of {item.period} {made}.")
        if item.waiting:
            say(f"\nWaiting for {item.briefing} of {item.period}:")
            for article in item.waiting:
                say(f"  {article.title}")


def explain(
    article: Annotated[
        str, typer.Argument(help="Slug, uid, or file of an article, such as articles/ferry.md.")
    ],
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Say why an article is in or out of which feed and issue.

    [bold]Example:[/bold] digest explain geneva-talks
    """
    from digest.steps.report import explain as explain_step

    with output.opened(config) as service:
        found = explain_step(service.store, service.config, article, now=service.clock.now())
    if json:
        output.print_json(found)
        return
    item = found.article
    say(item.title)
    say(f"  file       {found.path} (source {item.source})")
    say(f"  uid        {item.uid}")
    say(f"  page       {item.url}")
    say(
        f"  published  {output.utc(item.published_at)}, first seen {output.utc(item.first_seen_at)}"
    )
    if item.withdrawn_at:
        say(f"  withdrawn  {output.utc(item.withdrawn_at)}: {item.withdrawn_reason}")
    for feed in found.feeds:
        place = f"number {feed.position}" if feed.position else f"not in it: {feed.reason}"
        say(f"  feed       {feed.feed}: {place}")
    for briefing in found.briefings:
        say(f"  briefing   {briefing.briefing}: {_standing(briefing)}")


def _standing(found: BriefingStanding) -> str:
    weekly = f"; {_mailed(found.weekly)} for those who want one a week" if found.weekly else ""
    if found.mailed:
        waits = f"; that issue {found.waits}" if found.waits else ""
        fitting = f", {found.fitting} so that Gmail shows the whole issue" if found.fitting else ""
        return _mailed(found.mailed, "is" if waits else "was") + fitting + waits + weekly
    if found.next_role == "waiting":
        return found.reason + weekly
    if found.next_role:
        why = f"; {found.reason}" if found.reason else ""
        absent = f", {found.absent} do not" if found.absent else ""
        readers = f"; {found.readers} readers get it{absent}" if found.readers is not None else ""
        return f"will be in the next issue ({found.next_role}){why}{readers}{weekly}"
    return f"not in the next issue: {found.reason}{weekly}"


def _mailed(item: ArticleInIssue, was: str = "was") -> str:
    return f"{was} in issue {item.number} of {item.period} ({item.role}), revision {item.revision}"
