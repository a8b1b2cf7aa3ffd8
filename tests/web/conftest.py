"""The small publication of web_samples.py, its app, and a client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from web_client import WebClient
from web_samples import client_of, site_service

from digest.wiring import Service


@pytest.fixture
def service(tmp_path: Path, sqlite_template: Path) -> Iterator[Service]:
    """A publication that the test may change."""
    made = site_service(tmp_path, sqlite_template)
    yield made
    made.close()


@pytest.fixture
def client(service: Service) -> WebClient:
    """A reader of it."""
    return client_of(service)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Service]:
    """A publication that nobody changes, for all tests of a module."""
    made = site_service(tmp_path_factory.mktemp("site"), sqlite_template)
    yield made
    made.close()


@pytest.fixture(scope="module")
def reader(site: Service) -> WebClient:
    """A reader of that one."""
    return client_of(site)
