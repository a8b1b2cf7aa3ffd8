"""Desk: who may use the operator's desk, how they come in, and what they did there."""

from digest.steps.desk.accounts import list_accounts, remove_account, set_password
from digest.steps.desk.entering import (
    SECRET_BYTES,
    Entry,
    Guest,
    Limits,
    anybody,
    done_by,
    enter,
    leave,
    look,
    record,
    what_was_done,
)
from digest.steps.desk.patience import wait_of

__all__ = [
    "SECRET_BYTES",
    "Entry",
    "Guest",
    "Limits",
    "anybody",
    "done_by",
    "enter",
    "leave",
    "list_accounts",
    "look",
    "record",
    "remove_account",
    "set_password",
    "wait_of",
    "what_was_done",
]
