"""What ``digest check`` looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from digest.cli.publication import below
from digest.clock import SystemClock
from digest.config import Config, warnings
from digest.credentials import check_secrets
from digest.errors import ConfigError, NotFoundError, Problem, StoreError
from digest.rendering import Renderer, bundled_templates
from digest.rendering.pages import PageRenderer
from digest.steps.ingest import RemovedText, check_folder
from digest.steps.inspect import Published, check_published
from digest.store.catchup import standing_of
from digest.store.generation import Standing
from digest.wiring import TEMPLATES_FOLDER, look_at_store, read_config


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What is wrong, and what is taken out of pasted texts."""

    articles: int
    problems: tuple[Problem, ...]
    removals: tuple[RemovedText, ...] = ()
    journal: Standing | None = None
    """How the database and its journal stand to each other; ``None``: there is no database yet."""

    def count(self, severity: str) -> int:
        """Return how many problems have that severity."""
        return sum(1 for problem in self.problems if problem.severity == severity)


def check_all(path: Path, environment: Mapping[str, str]) -> CheckReport:
    """Check the settings at *path*, the articles, and the templates; write nothing."""
    try:
        config = read_config(path, environment)
    except ConfigError as error:
        return CheckReport(0, tuple(error.problems))
    root = path.parent
    found: list[Problem] = [*warnings(config), *check_secrets(config, root)]
    removals: list[RemovedText] = []
    articles = 0
    for source in config.folders():
        settings = config.sources[source]
        try:
            result = check_folder(config, source, root / settings.path, now=SystemClock().now())
        except NotFoundError as error:
            found.append(Problem(f"{path}: sources.{source}.path", str(error)))
            continue
        articles += len(result.added)
        named = below(settings.path, result)
        found += named.problems
        removals += named.removals
    templates = [root / TEMPLATES_FOLDER, bundled_templates()]
    found += Renderer(templates).check(config.publication.theme) + PageRenderer(templates).check()
    found += _published(config, root)
    standing, damage = check_journal(config, root)
    found += damage
    return CheckReport(articles, tuple(found), tuple(removals), standing)


def check_journal(config: Config, root: Path) -> tuple[Standing | None, list[Problem]]:
    """Return how the database and its journal stand to each other, and what is wrong with them."""
    try:
        store = look_at_store(config, root)
        if store is None or store.fact_log is None:
            return None, []
        try:
            found = standing_of(store, store.fact_log)
            damage = store.fact_log.damage()
        finally:
            store.close()
    except (StoreError, OSError) as error:
        return None, [Problem("database", str(error))]
    problems = [Problem("database", found.why_held)] if found.why_held else []
    reason = "cannot be read and is passed over: what it told is lost if a backup is restored"
    problems += [Problem(place, reason, severity="warning") for place in damage]
    return found, problems


def _published(config: Config, root: Path) -> list[Problem]:
    """Return what is wrong with the feeds that are out, as warnings: publishing may mend it."""
    published = Published(config, root)
    infos = [info for info in config.feed_infos() if published.read(info.rss_url) is not None]
    if not infos:
        return []
    result = check_published(published, infos, frozenset(), with_archives=False)
    return [replace(problem, severity="warning") for problem in result.problems]
