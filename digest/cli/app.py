"""Which commands there are, and how errors end them."""

from __future__ import annotations

import sys

import typer

from digest import errors
from digest.cli import (
    adding,
    approval,
    arranging,
    articles,
    briefings,
    checking,
    clock,
    control,
    demo,
    desk,
    dkim,
    drill,
    feedback,
    feeds,
    issues,
    keys,
    people,
    publication,
    reconcile,
    refreezing,
    review,
    sources,
    tokens,
    web,
    websub,
    worker,
)

app = typer.Typer(
    name="digest",
    help="Publishes a folder of articles as feeds and as email briefings.",
    epilog="Begin with: digest init my-news && cd my-news && digest check",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command()(publication.init)
app.command()(checking.check)
app.command()(adding.add)
app.command()(publication.publish)
app.command()(briefings.preview)
app.command()(briefings.send)
app.command()(arranging.arrange)
app.command(name="next")(briefings.coming)
app.command()(briefings.explain)
app.command(name="withdraw")(articles.take_back)
app.command()(publication.run)
app.command()(worker.worker)
app.command()(web.web)
app.command()(publication.sink)
app.command()(demo.demo)
app.add_typer(people.app, name="subscribers")
issues.app.command()(approval.approve)
issues.app.command()(approval.drop)
issues.app.command()(refreezing.refreeze)
app.add_typer(issues.app, name="issues")
app.add_typer(feeds.app, name="feeds")
app.add_typer(sources.app, name="sources")
app.add_typer(review.app, name="review")
app.add_typer(articles.app, name="articles")
app.add_typer(tokens.app, name="tokens")
app.add_typer(websub.app, name="websub")
app.add_typer(feedback.app, name="feedback")
app.command()(drill.drill)
app.command()(control.ledger)
app.command()(reconcile.reconcile)
app.command()(clock.clock)
app.add_typer(desk.app, name="desk")
app.add_typer(dkim.app, name="dkim")
app.add_typer(keys.app, name="keys")
app.command(name="config")(publication.show_config)


def main() -> None:
    """Run the command line; end the process with the command's exit code.

    0 is success, 1 a problem found, 2 a mistake in the settings or the command's words, 3 the
    database, 4 another Digest that is at work already.
    """
    try:
        app()
    except errors.DigestError as error:
        print(f"digest: {error}", file=sys.stderr)  # noqa: T201 - this is the command line's voice
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read our output, such as head, has had enough.
        sys.stderr.close()
        sys.exit(0)
