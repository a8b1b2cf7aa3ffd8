"""Subscribe: people come, and go, and every change leaves a line in the record of their consent.

This is the operator's side: one by one, or a whole file of them. Nobody who unsubscribed, or is on
the do-not-mail record, comes back through it.
"""

from digest.steps.subscribe.exporting import COLUMNS, export_csv
from digest.steps.subscribe.formats import FORMATS, Format
from digest.steps.subscribe.people import Change, Person, Wish, decide, person_of
from digest.steps.subscribe.reading import People, Reading, parse_csv
from digest.steps.subscribe.records import (
    Record,
    erase,
    record_of,
    suppress,
    unsuppress,
)
from digest.steps.subscribe.step import SubscribeResult, subscribe, unsubscribe

__all__ = [
    "COLUMNS",
    "FORMATS",
    "Change",
    "Format",
    "People",
    "Person",
    "Reading",
    "Record",
    "SubscribeResult",
    "Wish",
    "decide",
    "erase",
    "export_csv",
    "parse_csv",
    "person_of",
    "record_of",
    "subscribe",
    "suppress",
    "unsubscribe",
    "unsuppress",
]
