"""Pictures of articles over HTTP (feeds.md H2, H5): found, kept by caches, sent in part."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from web_client import WebClient
from web_samples import PNG, site_service

from digest.web.app import make_app


@pytest.fixture
def picture(tmp_path: Path, sqlite_template: Path) -> Iterator[tuple[WebClient, str]]:
    """A reader, and where the picture of an article is."""
    service = site_service(tmp_path, sqlite_template)
    [name] = [path.name for path in (tmp_path / "feeds" / "media").iterdir()]
    yield WebClient(make_app(service)), f"/feeds/media/{name}"
    service.close()


def test_h2_a_picture_is_kept_for_good_by_its_name(picture: tuple[WebClient, str]) -> None:
    reader, url = picture
    whole = reader.get(url)
    assert (whole.status, whole.body) == (200, PNG)
    assert whole.headers["content-type"] == "image/png"
    assert whole.headers["cache-control"] == "max-age=31536000, immutable"
    for validator in (
        {"if_none_match": whole.headers["etag"]},
        {"if_modified_since": whole.headers["last-modified"]},
    ):
        again = reader.get(url, **validator)
        assert (again.status, again.body) == (304, b"")
        assert again.headers["etag"] == whole.headers["etag"]
        assert again.headers["cache-control"] == whole.headers["cache-control"]


def test_h5_head_is_as_get(picture: tuple[WebClient, str]) -> None:
    reader, url = picture
    head = reader.request("HEAD", url)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(PNG))


def test_a_part_of_a_recording_can_be_asked_for(picture: tuple[WebClient, str]) -> None:
    reader, url = picture
    part = reader.get(url, range="bytes=1-3")
    assert (part.status, part.body) == (206, PNG[1:4])
    assert part.headers["content-range"] == f"bytes 1-3/{len(PNG)}"
    tag = part.headers["etag"]
    assert reader.get(url, range="bytes=-2", if_range=tag).body == PNG[-2:]
    assert reader.get(url, range="bytes=-2", if_range='"other"').body == PNG
    beyond = reader.get(url, range=f"bytes={len(PNG)}-")
    assert beyond.status == 416


@pytest.mark.parametrize("name", ["none.png", ".hidden", "..", "a%2Fb", "x%00.png"])
def test_security_10_nothing_else_is_found(picture: tuple[WebClient, str], name: str) -> None:
    reader, _ = picture
    assert reader.get(f"/feeds/media/{name}").status == 404
