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


RANGES = [
    ("bytes=0-3", 206, "GET"),
    ("bytes=-3", 206, "GET"),
    ("bytes=0-0, 2-2", 206, "GET"),
    ("bytes=99999999-", 416, "GET"),
    ("bytes=0-3", 200, "HEAD"),
    ("lines=1-2", 200, "GET"),
    ("bytes=", 200, "GET"),
    ("bytes=x-y", 200, "GET"),
    ("bytes=0-" + "9" * 5000, 200, "GET"),
    ("bytes=" + ",".join(["0-"] * 5000), 200, "GET"),
]


@pytest.mark.parametrize(("ranges", "status", "method"), RANGES)
def test_a_range_counts_only_where_it_has_a_meaning(
    site: Service, reader: WebClient, ranges: str, status: int, method: str
) -> None:
    """RFC 9110, 14.2: HEAD has no ranges, and ranges in other units than bytes are ignored."""
    answer = reader.request(method, f"/feeds/media/{picture(site).name}", headers={"Range": ranges})
    assert answer.status == status
    if status == 200:
        assert answer.headers["content-length"] == str(picture(site).stat().st_size)
        assert "content-range" not in answer.headers
