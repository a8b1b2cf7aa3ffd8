"""``[web]``: where pages are, who is believed, and whether they are files too."""

from __future__ import annotations

import pytest

from digest.config import load
from digest.errors import ConfigError

BASE = """
[publication]
title = "Gazette"
url = "https://gazette.example/"
id = "tag:gazette.example,2026"
"""


def reasons(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(BASE + text)
    return str(caught.value)


def test_nothing_is_served_and_nobody_believed_unless_it_is_said() -> None:
    web = load(BASE).web
    assert (web.url, web.listen, web.site) == ("https://gazette.example/", "", "served")
    assert web.trusted_proxies == ()
    assert web.metrics_from == ("127.0.0.1", "::1")


@pytest.mark.parametrize("listen", ["127.0.0.1:8000", "[::1]:8000", "localhost:0", "0.0.0.0:65535"])
def test_a_place_to_listen_is_host_and_port(listen: str) -> None:
    assert load(f'{BASE}[web]\nlisten = "{listen}"').web.listen == listen


@pytest.mark.parametrize(
    "listen", ["8000", ":8000", "127.0.0.1", "127.0.0.1:65536", "::1:8000", "http://x:1", "a b:1"]
)
def test_what_is_no_place_to_listen_says_so(listen: str) -> None:
    told = reasons(f'[web]\nlisten = "{listen}"')
    assert f"web.listen: {listen!r} must be a host and a port such as" in told


def test_networks_have_one_form() -> None:
    web = load(f'{BASE}[web]\ntrusted_proxies = ["10.1.2.3/8", "2001:DB8::1", " 192.0.2.1 "]').web
    assert web.trusted_proxies == ("10.0.0.0/8", "2001:db8::1", "192.0.2.1")


@pytest.mark.parametrize("network", ["proxy.example", "10.0.0.0/33", "", "*"])
def test_what_is_no_network_says_so(network: str) -> None:
    told = reasons(f'[web]\ntrusted_proxies = ["{network}"]')
    assert f"{network!r} must be an IP address or a network" in told


@pytest.mark.parametrize(
    ("web", "feeds"),
    [
        ("", "https://gazette.example/"),
        ('url = "https://www.gazette.example/news/"\n', "https://www.gazette.example/news/"),
    ],
)
def test_the_folder_of_a_static_site_is_the_site(web: str, feeds: str) -> None:
    config = load(f'{BASE}[web]\nsite = "static"\n{web}')
    assert config.publish.url == feeds
    assert config.feed_infos()[0].rss_url == f"{feeds}rss.xml"


def test_a_static_site_and_feeds_elsewhere_contradict_each_other() -> None:
    told = reasons(
        '[publish]\nurl = "https://gazette.example/feeds/"\n[web]\nsite = "static"\nlisten = "x:1"'
    )
    assert (
        "publish.url: 'https://gazette.example/feeds/' must be 'https://gazette.example/'" in told
    )
    same = '[publish]\nurl = "https://gazette.example/"\n[web]\nsite = "static"'
    assert load(BASE + same).publish.url == "https://gazette.example/"


def test_another_kind_of_site_is_named() -> None:
    told = reasons('[web]\nsite = "dynamic"')
    assert 'must be "served" (by digest run) or "static"' in told
