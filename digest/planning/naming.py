"""What people call an article by, on the command line and on pages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from digest.config import Config
from digest.errors import NotFoundError
from digest.store.articles import Known


def article_called(reference: str, known: Sequence[Known], config: Config) -> Known:
    """Return which of the articles *known* is called *reference*.

    That is its slug, its uid, or its file: as its source has it, or below the folder of the
    settings, as a shell completes it (``articles/ferry.md``).

    Raises:
        NotFoundError: if there is none; the error names close ones.
    """
    place = str(PurePosixPath(reference))
    for item in known:
        source = config.sources.get(item.source)
        is_file = source is not None and source.kind == "folder"
        inside = str(PurePosixPath(source.path) / item.path) if source and is_file else ""
        if reference and (reference in {item.slug, item.uid, item.path} or place == inside):
            return item
    near = [item.slug for item in known if reference.casefold() in item.slug]
    raise NotFoundError("article", reference, near[:10])
