"""Commands for the publication as a whole: init, check, publish, run, sink, config."""

from __future__ import annotations

import os
import shlex
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import output
from digest.cli.output import DEFAULT_CONFIG, ConfigOption, JsonOption, say
from digest.errors import ConfigError, Problem

if TYPE_CHECKING:
    from digest.steps.deliver import DeliverResult
    from digest.steps.ingest import IngestResult
    from digest.wiring import Service


def init(
    folder: Annotated[
        Path, typer.Argument(help="Where; made when missing. Nothing in it is overwritten.")
    ] = Path(),
    title: Annotated[str, typer.Option(help="The publication's name.")] = "My publication",
    url: Annotated[str, typer.Option(help="Its site.")] = "https://example.org/",
) -> None:
    """Make a new publication that works at once.

    [bold]Example:[/bold] digest init my-news --title "My News" --url https://news.example.org/
    """
    from digest.cli.starter import write_starter
    from digest.clock import SystemClock

    with output.writing(folder):
        written = write_starter(folder, title=title, url=url, now=SystemClock().now())
    for path in written:
        say(f"wrote {path}")
    place = "" if folder == Path() else f"cd {shlex.quote(str(folder))} && "
    say(f"\nNext: {place}digest check && digest publish && digest preview daily")


def publish(
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    accept_removals: Annotated[
        bool,
        typer.Option(
            "--accept-removals", help="Withdraw articles whose files are gone, even if most are."
        ),
    ] = False,
) -> None:
    """Read the articles and write the feeds; exit with 1 if any article was left out.

    With web.site = "static" in the settings, the pages are written beside them.

    [bold]Example:[/bold] digest publish
    """
    from digest.steps.publish import publish as publish_step
    from digest.steps.site import write_static

    with output.opened(config) as service:
        ingested = ingest_all(service, quiet=json, accept_removals=accept_removals)
        with output.writing(service.root / service.config.publish.folder):
            result = publish_step(
                service.store, service.config, service.root, now=service.clock.now()
            )
            site = write_static(
                service.store,
                service.config,
                service.page_renderer,
                service.clock,
                service.root,
            )
        found = [problem for item in ingested for problem in item.problems]
        found += result.problems
        if json:
            output.print_json({"ingested": ingested, "published": result, "site": site})
        else:
            output.problems(found)
            for item in ingested:
                say(
                    f"{item.source}: {len(item.added)} new, {len(item.updated)} updated, "
                    f"{len(item.withdrawn)} withdrawn, {item.unchanged} unchanged"
                )
            folder = service.root / service.config.publish.folder
            say(
                f"{result.articles} articles in {len(result.feeds)} feeds: {len(result.written)} "
                f"files written to {folder}, {result.unchanged} unchanged"
            )
            if site is not None:
                changed = f"{len(site.written)} written, {len(site.removed)} removed"
                say(f"{site.pages} files of the site: {changed}")
    if any(problem.severity == "error" for problem in found):
        raise typer.Exit(1)


def ingest_all(
    service: Service, *, quiet: bool, accept_removals: bool = False
) -> list[IngestResult]:
    """Ingest every source, with a progress bar."""
    from digest.steps.ingest import ingest

    results = []
    for source in service.config.folders():
        settings = service.config.sources[source]
        with output.progress(f"Reading {source}", quiet=quiet) as move:
            result = ingest(
                service.store,
                service.config,
                source,
                service.source_folder(source),
                now=service.clock.now(),
                progress=move,
                accept_removals=accept_removals,
            )
        results.append(below(settings.path, result))
    return results


def below(folder: str, result: IngestResult) -> IngestResult:
    """Return *result* with its files named as from the publication's folder."""
    place = Path(folder)
    return replace(
        result,
        problems=tuple(
            # What concerns the source as a whole is named by the source.
            item if item.where == result.source else replace(item, where=str(place / item.where))
            for item in result.problems
        ),
        removals=tuple(replace(item, path=str(place / item.path)) for item in result.removals),
    )


def run(
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    once: Annotated[
        bool, typer.Option("--once", help="Do all that is due and exit: for cron.")
    ] = False,
    deliver: Annotated[
        bool, typer.Option("--deliver/--no-deliver", help="Or leave that to `digest worker`.")
    ] = True,
) -> None:
    """Run the publication: feeds and briefings whenever they are due. Ends on SIGTERM.

    SIGHUP takes up changed settings; if they are wrong, says so, and goes on with the old ones.

    The site is served meanwhile, where the setting web.listen says; not at all if that is not set.

    [bold]Example:[/bold] digest run        as a service

    [bold]Example:[/bold] */5 * * * * cd /srv/news && digest run --once        in a crontab
    """
    from digest.cli.patience import opened_in_time
    from digest.daemon import Daemon
    from digest.daemon.reloading import run_reloading
    from digest.dispatch import loop
    from digest.logs import set_up_logs
    from digest.wiring import open_service

    def reopen() -> Service:
        fresh = open_service(config, os.environ)
        set_up_logs(fresh.config.log)
        return fresh

    # What cron starts again by itself need not wait.
    with output.opened(config) if once else opened_in_time(config) as service:
        set_up_logs(service.config.log)
        if not deliver and service.store.is_sqlite:
            reason = "with SQLite nobody else can deliver: leave it out, or use PostgreSQL"
            raise ConfigError([Problem("--no-deliver", reason)])

        async def work() -> bool:
            if not once:
                await run_reloading(service, reopen, _serving, delivers=deliver)
                return True
            ticked, delivered = await Daemon(service, delivers=deliver).run_once()
            if json:
                output.print_json({"due": ticked, "delivered": delivered})
            return not ticked.failures and not _troubles(delivered)

        if not loop.run(work()):
            raise typer.Exit(1)


@asynccontextmanager
async def _serving(service: Service) -> AsyncIterator[None]:
    """Serve the site, if the settings ask for it, and the desk, once somebody may use it.

    A desk that cannot be served stops nothing else: mail goes out without it.
    """
    import structlog

    from digest.steps import desk
    from digest.web.serving import Serving

    async with AsyncExitStack() as stack:
        if service.config.web.listen:
            from digest.web.app import make_app

            await stack.enter_async_context(Serving(make_app(service), service.config.web.listen))
        if service.config.desk.listen and desk.anybody(service.store):
            from digest.web.desk import make_desk

            place = service.config.desk.listen
            try:
                await stack.enter_async_context(
                    Serving(make_desk(service), place, key="desk.listen")
                )
            except ConfigError as error:
                structlog.get_logger("digest").error("desk not served", reason=str(error))
        yield


def _troubles(delivered: tuple[DeliverResult, ...]) -> bool:
    return any(result.trouble for result in delivered)


def sink(
    folder: Annotated[Path, typer.Argument(help="Where mails are kept, one .eml each.")] = Path(
        "mail"
    ),
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="On 127.0.0.1; 0 for a free one.")
    ] = 1025,
) -> None:
    """Receive mail on this machine and keep it: to try a briefing without sending it to anybody.

    [bold]Example:[/bold] digest sink mail --port 1025
    """
    import asyncio
    import signal

    from digest.mail.sink import Sink

    with output.writing(folder):
        folder.mkdir(parents=True, exist_ok=True)

    async def work() -> None:
        stopped = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        async with Sink(folder, port=port) as running:
            say(f"receiving on 127.0.0.1:{running.port}, keeping mails in {folder}; Ctrl-C ends")
            await stopped.wait()

    try:
        asyncio.run(work())
    except OSError as error:
        reason = f"cannot listen on 127.0.0.1:{port}: {error.strerror}; choose another --port"
        raise ConfigError([Problem("sink", reason)]) from error


def show_config(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Show the settings as they are in force, with defaults filled in and secrets hidden."""
    from digest.config import redacted
    from digest.wiring import read_config

    output.print_json(redacted(read_config(config, os.environ)))
