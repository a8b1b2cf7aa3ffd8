"""Where templates come from: folders in order, looked at again whenever one is used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import jinja2


class FolderLoader(jinja2.FileSystemLoader):
    """Loads templates from folders, the first that has one wins, also one that came later.

    Jinja2's own asks only whether the file that it once loaded has changed: a template that an
    operator adds beside a bundled one would wait for the next start.
    """

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        """Return the text of *template*, its path, and whether both are still the right ones."""
        source, path, is_unchanged = super().get_source(environment, template)

        def is_current() -> bool:
            return is_unchanged() and self._first(template) == Path(path)

        return source, path, is_current

    def _first(self, template: str) -> Path | None:
        paths = (Path(folder, template) for folder in self.searchpath)
        return next((path for path in paths if path.is_file()), None)
