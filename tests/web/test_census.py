"""Polls are noted beside the answers, and written in batches."""

from __future__ import annotations

import pytest
from patience import until
from web_client import WebClient
from web_samples import client_of, site_service

from digest.errors import StoreError
from digest.steps.census import census
from digest.store.engine import Store
from digest.web import census as module
from digest.web.census import Census
from digest.wiring import Service

AGENT = b"Feedly/1.0 (+http://feedly.com; 12 subscribers)"


def scope(**headers: bytes) -> dict[str, object]:
    named = [(name.replace("_", "-").encode(), value) for name, value in headers.items()]
    return {
        "client": ("192.0.2.1", 5000),
        "headers": named,
    }


def counted(service: Service) -> list[tuple[str, str, int, int]]:
    result = census(service.store, days=1, now=service.clock.now())
    return [(item.document, item.program, item.readers, item.polls) for item in result.programs]


async def test_what_was_noted_is_written_in_one_batch(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH_SECONDS", 0.01)
    noting = Census(service.store, service.config, service.clock)
    for _ in range(3):
        noting("rss.xml", scope(), AGENT)
    await until(lambda: counted(service))
    assert counted(service) == [("rss.xml", "Feedly", 12, 3)]
    noting.write()
    assert counted(service) == [("rss.xml", "Feedly", 12, 3)]


async def test_only_trusted_proxies_tell_readers_apart(service: Service) -> None:
    noting = Census(service.store, service.config, service.clock)
    for number in range(3):
        noting("rss.xml", scope(x_forwarded_for=b"198.51.100.%d" % number), b"Reader/1")
    noting.write()
    assert counted(service) == [("rss.xml", "Reader", 1, 3)]


async def test_readers_behind_a_trusted_proxy_are_several(service: Service) -> None:
    web = service.config.web.model_copy(update={"trusted_proxies": ("192.0.2.0/24",)})
    config = service.config.model_copy(update={"web": web})
    noting = Census(service.store, config, service.clock)
    for number in range(3):
        noting("rss.xml", scope(x_forwarded_for=b"198.51.100.%d" % number), b"Reader/1")
    noting.write()
    assert counted(service) == [("rss.xml", "Reader", 3, 3)]


async def test_security_noted_askers_are_bounded(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_NOTED", 5)
    noting = Census(service.store, service.config, service.clock)
    for number in range(20):
        noting("rss.xml", scope(), b"Reader" + b"abcdefghijklmnopqrst"[number:] * 50)
    noting("rss.xml", scope(), b"Reader" + b"abcdefghijklmnopqrst" * 50)
    noting.write()
    assert sum(polls for *_, polls in counted(service)) == 6


async def test_feeds_go_on_when_polls_cannot_be_written(service: Service) -> None:
    noting = Census(_Broken(), service.config, service.clock)  # type: ignore[arg-type]
    noting("rss.xml", scope(), AGENT)
    noting.write()
    noting("rss.xml", scope(), AGENT)
    assert counted(service) == []


class _Broken:
    """A store whose disk is full."""

    def write(self) -> Store:
        raise StoreError("the disk is full")


def test_the_app_counts_unless_it_shall_not(
    tmp_path_factory: pytest.TempPathFactory,
    sqlite_template: object,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    noted: list[str] = []
    monkeypatch.setattr(Census, "__call__", lambda _self, path, _scope, _status: noted.append(path))
    for days in (90, 0):
        root = tmp_path_factory.mktemp("it")
        more = f"[web]\ncensus_days = {days}"
        service = site_service(root, sqlite_template, more=more)  # type: ignore[arg-type]
        client: WebClient = client_of(service)
        assert client.get("/feeds/rss.xml").status == 200
        service.close()
    assert noted == ["rss.xml"]
