"""The command for a subscriber's own feed."""

from __future__ import annotations

from typing import Annotated

import typer

from digest.cli import output
from digest.cli.output import DEFAULT_CONFIG, ConfigOption, JsonOption, say
from digest.cli.people.options import BriefingOption, briefing_of
from digest.errors import ConfigError, Problem


def feed(
    email: Annotated[str, typer.Argument(help="The address.")],
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    briefing: BriefingOption = "",
    revoke: Annotated[
        bool, typer.Option("--revoke", help="End the addresses they have, and make another.")
    ] = False,
) -> None:
    """Show where a subscriber's own feed is: what their briefing would send, for nobody else.

    [bold]Example:[/bold] digest subscribers feed ada@example.org
    """
    from digest.config import FORMATS
    from digest.steps.private_feed import address_of

    with output.opened(config) as service:
        if not service.config.web.private_feeds:
            reason = "is false: set it to true, and serve the site with `digest run`"
            raise ConfigError([Problem("web.private_feeds", reason)])
        base = address_of(
            service.store,
            service.config,
            service.keyring,
            email,
            briefing_of(service.config, briefing),
            revoke=revoke,
            now=service.clock.now(),
        )
    urls = [base + name for name in FORMATS]
    if json:
        output.print_json({"email": email, "urls": urls})
        return
    for url in urls:
        say(url)
