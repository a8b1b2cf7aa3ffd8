"""The command that prints a sign-up form for another site."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from digest.cli import output
from digest.cli.output import DEFAULT_CONFIG, ConfigOption, JsonOption
from digest.cli.people.options import BriefingOption, briefing_of
from digest.errors import ConfigError, Problem


def form(
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    briefing: BriefingOption = "",
    return_to: Annotated[
        str,
        typer.Option(
            "--return", metavar="URL", help="Where readers go on to; its site must be in origins."
        ),
    ] = "",
) -> None:
    """Print a sign-up form to paste into a page of any site; it needs no script.

    Unless that site is in [signup] origins, readers look it over and press once more on our page.

    [bold]Example:[/bold] digest subscribers form -b daily --return https://www.example.org/thanks
    """
    from digest.steps.readers import may_return_to
    from digest.steps.readers.snippet import form_snippet

    with output.opened(config) as service:
        name = briefing_of(service.config, briefing)
        if return_to and not may_return_to(return_to, service.config.signup.origins):
            reason = f"the site of {return_to} is not in [signup] origins: add it there"
            raise ConfigError([Problem("--return", reason)])
        html = form_snippet(service.config, name, return_to)
    if json:
        output.print_json({"briefing": name, "html": html})
    else:
        sys.stdout.write(html)
