"""Commands for signing keys: new, show."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from digest.cli.output import say
from digest.errors import DigestError

app = typer.Typer(help="Keys that sign mails.", no_args_is_help=True)


@app.command()
def new(
    selector: Annotated[
        str, typer.Argument(help="A name never used before, such as the year: 2026a.")
    ],
    domain: Annotated[str, typer.Option(help="The domain of the sender.")],
    file: Annotated[
        Path | None, typer.Option(help="Where; state/dkim-SELECTOR.pem by default.")
    ] = None,
    ed25519: Annotated[
        bool, typer.Option("--ed25519", help="The shorter kind, only beside an RSA key.")
    ] = False,
) -> None:
    """Make a key that only you can read, and show its DNS record and settings.

    [bold]Example:[/bold] digest dkim new 2026a --domain news.example.org
    """
    from digest.config.values import check_host, check_name
    from digest.files import write_private
    from digest.mail.dkim_keys import dns_record, new_ed25519_key, new_rsa_key

    try:
        check_name(selector)
        check_host(domain)
    except ValueError as error:
        raise DigestError(f"dkim new: {error}") from None
    path = file or Path("state") / f"dkim-{selector}.pem"
    pem = new_ed25519_key() if ed25519 else new_rsa_key()
    try:
        write_private(path, pem)
    except FileExistsError:
        raise DigestError(f"{path} is there already; a key is never overwritten") from None
    except OSError as error:
        raise DigestError(f"{path} cannot be written: {error.strerror}") from error
    prefix = "ed25519_" if ed25519 else ""
    say(f"wrote {path}\n")
    say("Publish this in the DNS:\n")
    say(f"{selector}._domainkey.{domain}. IN TXT {dns_record(pem)}\n")
    say("Then sign with it, in config.toml:\n")
    say("[dkim.default]")
    if not ed25519:
        say(f'domain = "{domain}"')
    say(f'{prefix}selector = "{selector}"')
    say(f'{prefix}key_file = "{path}"')


@app.command()
def record(
    file: Annotated[Path, typer.Argument(help="The key's file.")],
) -> None:
    """Show the DNS record of a key that was made before.

    [bold]Example:[/bold] digest dkim record state/dkim-2026a.pem
    """
    from digest.files import read_private
    from digest.mail.dkim_keys import dns_record

    say(dns_record(read_private(file)))
