"""A message as Python programs usually build one, with the standard library."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

from benchmarks.peers.letters import Letter, recipient_of, token_of, unsubscribe_headers

SENDER = "briefing@gazette.example"

_POLICY = SMTP.clone(max_line_length=200)
"""By default a long link in List-Unsubscribe becomes an encoded-word, which unsubscribes nobody."""


def build(letter: Letter, number: int) -> EmailMessage:
    """Return the mail to the reader with that *number*."""
    token = token_of(number)
    message = EmailMessage(policy=_POLICY)
    message["From"] = f"The Harbour Gazette <{SENDER}>"
    message["To"] = recipient_of(number)
    message["Subject"] = letter.subject
    message["Message-ID"] = f"<{token}@gazette.example>"
    for name, value in unsubscribe_headers(token).items():
        message[name] = value
    message.set_content(letter.text.replace(letter.slot, token))
    message.add_alternative(letter.html.replace(letter.slot, token), subtype="html")
    return message
