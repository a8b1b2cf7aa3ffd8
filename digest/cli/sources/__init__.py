"""Commands for where articles come from: feeds and pages of others, asked for news."""

from __future__ import annotations

import typer

from digest.cli.sources import asking, lists, settings

app = typer.Typer(help="Feeds and pages of others that articles come from.", no_args_is_help=True)

app.command(name="list")(lists.list_)
app.command()(lists.show)
app.command()(settings.add)
app.command()(asking.check)
app.command()(asking.fetch)
app.command()(asking.pause)
app.command()(asking.resume)
app.command(name="import")(settings.import_)
app.command()(settings.export)
