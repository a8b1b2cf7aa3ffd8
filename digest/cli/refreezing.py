"""The command that composes an issue anew which nobody has got."""

from __future__ import annotations

from digest.cli import output
from digest.cli.control import IssueArgument
from digest.cli.issues import find_issue
from digest.cli.output import DEFAULT_CONFIG, ConfigOption, JsonOption, say


def refreeze(
    issue: IssueArgument, config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False
) -> None:
    """Compose an issue anew, of the articles as they are now. Refused once anybody has got it.

    It is cancelled, and a new one takes its place: at the same due time, with the next number.
    `digest run` sends it. `digest arrange` says before what is to be in it.

    [bold]Example:[/bold] digest issues hold daily/12 && digest issues refreeze daily/12
    """
    from digest.cli.publication import ingest_all
    from digest.steps import compose

    with output.opened(config) as service:
        with service.store.read() as tx:
            found = find_issue(tx, issue)
        for item in ingest_all(service, quiet=json):
            output.problems(item.problems)
        made = compose.refreeze(
            service.store,
            service.config,
            service.renderer,
            service.keyring,
            found.id,
            now=service.clock.now(),
            looks_at_links=True,
        )
    if json:
        output.print_json(made)
        return
    say(f"{issue} is cancelled; {made.briefing}/{made.number} takes its place:")
    held = f", held: {made.held}" if made.held else "; `digest run` sends it"
    say(f"  {made.candidates} deliveries{held}")
