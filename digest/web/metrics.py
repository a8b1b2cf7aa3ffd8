"""``/metrics`` for Prometheus, read from the database at each scrape: the same on every host."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from digest.store import figures
from digest.store.issues import list_issues
from digest.web.health import NO_STORE, may_watch
from digest.web.responses import service_of
from digest.wiring import Service

RECENT_ISSUES = 50
"""Deliveries are counted for so many of the newest issues: counting all would read millions."""


def routes(_service: Service) -> list[BaseRoute]:
    """Return ``/metrics``."""
    return [Route("/metrics", metrics)]


def metrics(request: Request) -> Response:
    """Answer with the figures, to those in ``[web] metrics_from`` only; to others, as unknown."""
    service = service_of(request)
    if not may_watch(request, service):
        raise HTTPException(404)
    registry = CollectorRegistry()
    registry.register(Figures(service))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST, headers=NO_STORE)


class Figures(Collector):
    """What the database knows, as gauges."""

    def __init__(self, service: Service) -> None:
        """Count in the database of *service*."""
        self._service = service

    def describe(self) -> Iterable[Metric]:
        """Return nothing: the registry then asks for figures only when scraped."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield every figure, all of one moment."""
        service = self._service
        with service.store.read() as tx:
            newest = list_issues(tx, limit=RECENT_ISSUES + 1)
            after = newest[-1].id if len(newest) > RECENT_ISSUES else 0
            articles = figures.articles_by_state(tx)
            subscriptions = figures.subscriptions_by_state(tx)
            issues = figures.issues_by_state(tx)
            deliveries = figures.deliveries_by_state(tx, after)
            up = figures.open_alerts(tx)
        yield _by_state("digest_articles", "Articles.", {(k,): v for k, v in articles.items()})
        yield _by_state("digest_subscriptions", "Subscriptions.", subscriptions, "briefing")
        yield _by_state("digest_issues", "Issues.", issues, "briefing")
        yield _by_state(
            "digest_deliveries",
            f"Deliveries of the newest {RECENT_ISSUES} issues.",
            {(k,): v for k, v in deliveries.items()},
        )
        yield GaugeMetricFamily("digest_alerts_open", "Alerts that need a person.", value=up)
        feed = service.root / service.config.publish.folder / "rss.xml"
        if feed.is_file():
            yield GaugeMetricFamily(
                "digest_published_timestamp_seconds",
                "When the main feed last changed.",
                value=feed.stat().st_mtime,
            )


def _by_state(name: str, text: str, counts: Mapping[Any, int], *labels: str) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=[*labels, "state"])
    for values, count in sorted(counts.items()):
        family.add_metric(values, count)
    return family
