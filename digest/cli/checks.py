"""What ``digest check`` looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from digest.cli.publication import below
from digest.clock import SystemClock
from digest.config import warnings
from digest.errors import ConfigError, NotFoundError, Problem
from digest.rendering import Renderer, bundled_templates
from digest.steps.ingest import RemovedText, check_folder
from digest.wiring import TEMPLATES_FOLDER, read_config


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What is wrong, and what is taken out of pasted texts."""

    articles: int
    problems: tuple[Problem, ...]
    removals: tuple[RemovedText, ...] = ()

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
    found: list[Problem] = list(warnings(config))
    removals: list[RemovedText] = []
    articles = 0
    for source, settings in config.sources.items():
        try:
            result = check_folder(config, source, root / settings.path, now=SystemClock().now())
        except NotFoundError as error:
            found.append(Problem(f"{path}: sources.{source}.path", str(error)))
            continue
        articles += len(result.added)
        named = below(settings.path, result)
        found += named.problems
        removals += named.removals
    found += Renderer([root / TEMPLATES_FOLDER, bundled_templates()]).check()
    return CheckReport(articles, tuple(found), tuple(removals))
