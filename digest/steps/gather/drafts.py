"""An article that waits, as JSON, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from digest.model import Author, Draft, Enclosure, Episode, Image, Transcript
from digest.model.upstream import Arrival


def to_json(arrival: Arrival, keys: Sequence[str] = ()) -> dict[str, Any]:
    """Return *arrival*, and the *keys* it may be known by, as JSON has them: lists, no tuples."""
    values = asdict(arrival)
    draft = values["draft"]
    for name in ("published_at", "updated_at"):
        draft[name] = draft[name].isoformat() if draft[name] else None
    draft["removals"] = []
    plain: dict[str, Any] = json.loads(json.dumps({**values, "keys": keys}))
    return plain


def from_json(values: Mapping[str, Any]) -> Arrival:
    """Return what :func:`to_json` was given, without what was left out of it."""
    draft = dict(values["draft"])
    for name in ("published_at", "updated_at"):
        draft[name] = datetime.fromisoformat(draft[name]) if draft[name] else None
    draft["authors"] = tuple(Author(**author) for author in draft["authors"])
    draft["topics"] = tuple(draft["topics"])
    draft["image"] = Image(**draft["image"]) if draft["image"] else None
    draft["enclosures"] = tuple(Enclosure(**item) for item in draft["enclosures"])
    draft["removals"] = ()
    episode = draft["episode"]
    if episode:
        transcripts = tuple(Transcript(**item) for item in episode["transcripts"])
        draft["episode"] = Episode(**{**episode, "transcripts": transcripts})
    said = {name: value for name, value in values.items() if name != "keys"}
    return Arrival(**{**said, "draft": Draft(**draft)})


def keys_in(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the keys that :func:`to_json` was given."""
    return tuple(values.get("keys", ()))
