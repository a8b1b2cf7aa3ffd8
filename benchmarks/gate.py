"""What every run must pass before its rate counts: the mail was right, and the right people got it.

The sink's word is taken, not the sender's.
"""

from __future__ import annotations

from pathlib import Path

import dkim

from benchmarks.servers import Sink

_MUST_BE_SIGNED = ("list-unsubscribe", "list-unsubscribe-post")


class GateError(Exception):
    """A run that does not count."""


def check_received(name: str, sink: Sink, expected: int, *, has_header: bool = True) -> None:
    """Make sure that *expected* people got one mail each, each with a token of its own.

    The token is what stands in List-Unsubscribe; *has_header* says whether there is that header.

    Raises:
        GateError: if not; the message says what is wrong.
    """
    found = sink.summary
    wanted = {"messages": expected, "recipients": expected, "twice": 0}
    if has_header:
        wanted["tokens"] = expected
    wrong = [
        f"{key} {found[key]}, not {number}"
        for key, number in wanted.items()
        if found[key] != number
    ]
    if wrong:
        raise GateError(f"{name}: {', '.join(wrong)}")


def check_signatures(name: str, samples: Path, public_record: str) -> int:
    """Make sure that dkimpy verifies every mail in *samples*, and what must be signed is.

    *public_record* is the DNS record of the key. Return how many mails there were.

    Raises:
        GateError: if a mail is not genuine, or there is none.
    """
    mails = sorted(samples.glob("*.eml"))
    for path in mails:
        message = path.read_bytes().replace(b"\r\n..", b"\r\n.")  # as it came over the wire
        verifier = dkim.DKIM(message)
        try:
            is_genuine = verifier.verify(0, dnsfunc=lambda *_, **__: public_record.encode())
        except dkim.DKIMException as error:
            raise GateError(f"{name}: {path.name}: {error}") from error
        signed = [item.decode() for item in verifier.signature_fields[b"h"].lower().split(b":")]
        names = {item.strip() for item in signed}
        if not is_genuine or not names.issuperset(_MUST_BE_SIGNED):
            raise GateError(f"{name}: {path.name} is not signed as it should be: {sorted(names)}")
    if not mails:
        raise GateError(f"{name}: no mail was kept")
    return len(mails)
