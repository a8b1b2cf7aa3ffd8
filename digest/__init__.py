"""Digest: a self-hosted syndication feed and email briefing service.

Articles (a folder of Markdown, HTML, and plain text) are *ingested* into one database. Two things
come out of it: *publish* writes RSS, Atom, and JSON feeds that readers subscribe to; *compose*
freezes an issue of a briefing, which *deliver* hands to an SMTP relay, one message a subscriber.
*subscribe* is how people come and go.

The doors (``cli``, ``daemon``) call the steps (``steps/``) and show their results. The steps read,
decide, and write; what they know of feeds, mail, and SQL is in ``syndication/``, ``mail/``, and
``store/``, which know nothing of each other. ``model`` holds the words. ``wiring`` plugs the real
things in.
"""
