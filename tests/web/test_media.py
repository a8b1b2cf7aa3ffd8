"""Only what was published as a picture is one, and only where it is ours (security.md 10)."""

from __future__ import annotations

from pathlib import Path

import pytest
from web_client import WebClient
from web_samples import client_of, site_service

from digest.wiring import Service


def picture(service: Service) -> Path:
    (found,) = (service.root / "feeds" / "media").glob("*-ferry.png")
    return found


@pytest.mark.parametrize(
    "name", ["no.png", "..%2fsecret", "%2e%2e", ".hidden", "link.png", "folder", "x" * 300, "%00"]
)
def test_nothing_but_published_files_is_served(site: Service, reader: WebClient, name: str) -> None:
    media = site.root / "feeds" / "media"
    (site.root / "feeds" / "secret").write_text("mine")
    (media / ".hidden").write_text("mine")
    (media / "folder").mkdir(exist_ok=True)
    (media / "link.png").unlink(missing_ok=True)
    (media / "link.png").symlink_to(site.root / "config.toml")
    assert reader.get(f"/feeds/media/{name}").status == 404


def test_pictures_on_another_host_are_not_ours_to_serve(
    tmp_path: Path, sqlite_template: Path
) -> None:
    service = site_service(
        tmp_path, sqlite_template, more='[publish]\nurl = "https://cdn.example/"'
    )
    client = client_of(service)
    page = client.get("/articles/ferry")
    assert client.get(f"/feeds/media/{picture(service).name}").status == 404
    assert "https://cdn.example/media/" in page.text
    assert "img-src 'self' https://cdn.example;" in page.headers["content-security-policy"]
    service.close()
