"""Commands for subscribers: who there is, who comes and goes, files of them."""

from __future__ import annotations

import typer

from digest.cli.people import changing, feed, form, looking, transfer

app = typer.Typer(help="Who gets which briefing.", no_args_is_help=True)

app.command()(changing.add)
app.command(name="list")(looking.list_)
app.command()(looking.show)
app.command()(looking.consent)
app.command()(changing.remove)
app.command()(changing.suppress)
app.command()(changing.unsuppress)
app.command()(changing.erase)
app.command(name="import")(transfer.import_)
app.command()(transfer.export)
app.command()(form.form)
app.command()(feed.feed)
