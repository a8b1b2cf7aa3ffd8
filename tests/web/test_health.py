"""Is it alive, is it ready and why not, and the figures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from web_client import WebClient
from web_samples import client_of, send_issue, site_service

from digest.store import alerts
from digest.web import health
from digest.wiring import Service


def test_it_is_alive_whatever_else(client: WebClient) -> None:
    answer = client.get("/healthz")
    assert (answer.status, answer.text) == (200, "ok\n")
    assert answer.headers["cache-control"] == "no-store"


def test_it_is_ready_and_tells_those_nearby_what_it_looked_at(service: Service) -> None:
    near, far = client_of(service, "127.0.0.1"), client_of(service, "203.0.113.9")
    assert json.loads(near.get("/readyz").text) == {
        "ready": True,
        "checks": {"database": "ok", "disk": "ok", "alerts": "ok"},
    }
    assert json.loads(far.get("/readyz").text) == {"ready": True}


def test_what_needs_a_person_is_told_and_stops_no_reader(service: Service) -> None:
    with service.store.write() as tx:
        alerts.raise_alert(tx, "relay", "the relay refuses us", service.clock.now())
    answer = client_of(service, "127.0.0.1").get("/readyz")
    assert answer.status == 200
    assert json.loads(answer.text)["checks"]["alerts"] == "the relay refuses us"


def test_without_a_database_it_is_not_ready(service: Service) -> None:
    client = client_of(service, "127.0.0.1")
    service.store.close()
    path = service.store.path
    assert path is not None
    path.rename(path.with_suffix(".away"))
    path.mkdir()
    answer = client.get("/readyz")
    assert answer.status == 503
    assert "cannot be read" in json.loads(answer.text)["checks"]["database"]
    path.rmdir()
    path.with_suffix(".away").rename(path)


def test_with_little_space_it_is_not_ready(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "LOW_DISK_BYTES", 10**18)
    answer = client_of(service, "127.0.0.1").get("/readyz")
    assert answer.status == 503
    assert "MB are free" in json.loads(answer.text)["checks"]["disk"]


def test_a_folder_that_is_gone_is_told(service: Service, tmp_path: Path) -> None:
    check = health._disk(tmp_path / "no" / "such")  # noqa: SLF001 - the rest needs the folder
    assert "No such file" in check.reason
    assert check.is_needed
    assert not health._disk(service.root).reason  # noqa: SLF001 - see above


def figures(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_figures_are_those_of_the_database(service: Service) -> None:
    send_issue(service)
    with service.store.write() as tx:
        alerts.raise_alert(tx, "relay", "the relay refuses us", service.clock.now())
    told = figures(client_of(service, "127.0.0.1").get("/metrics").text)
    assert told["digest_articles", ("published",)] == 5
    assert told["digest_articles", ("withdrawn",)] == 0
    assert told["digest_subscriptions", ("daily", "confirmed")] == 1
    assert told["digest_issues", ("daily", "sending")] == 1
    assert told["digest_deliveries", ("queued",)] == 1
    assert told["digest_alerts_open", ()] == 1
    assert told["digest_published_timestamp_seconds", ()] > 0


def test_figures_are_for_those_who_may_watch(tmp_path: Path, sqlite_template: Path) -> None:
    """Others cannot even tell that there are any; a folder without feeds is no error."""
    service = site_service(
        tmp_path, sqlite_template, more='[web]\nmetrics_from = ["198.51.100.0/24"]'
    )
    (service.root / "feeds" / "rss.xml").unlink()
    assert client_of(service, "127.0.0.1").get("/metrics").status == 404
    answer = client_of(service, "198.51.100.7").get("/metrics")
    assert "digest_published" not in answer.text
    assert answer.status == 200
    service.close()
