"""What [websub] and [fetch] may say."""

from __future__ import annotations

from datetime import timedelta

import pytest

from digest.config import load
from digest.errors import ConfigError

SMALLEST = """[publication]
title = "Gazette"
url = "https://gazette.example/news"
id = "tag:gazette.example,2026"
"""


def test_feeds_name_no_hub_unless_it_is_set() -> None:
    config = load(SMALLEST)
    assert config.hubs() == ()
    assert config.feed_infos()[0].hubs == ()


def test_our_own_hub_is_below_the_site_and_comes_first() -> None:
    """feeds.md H8: all feeds name the same hubs, those of topics too."""
    config = load(
        SMALLEST + '[web]\nurl = "https://pages.example/"\nlisten = "127.0.0.1:80"\n'
        '[websub]\nhub = "self"\nhubs = ["https://hub.example/", "https://hub.example/"]\n'
        "drop_after_days = 5\n[feeds.world]\n"
    )
    hubs = ("https://pages.example/hub", "https://hub.example/")
    assert config.hubs() == hubs
    assert [info.hubs for info in config.feed_infos()] == [hubs, hubs]
    assert config.topic_feed_info("sea", "Sea").hubs == hubs
    assert config.websub.drop_after == timedelta(days=5)


@pytest.mark.parametrize(
    ("added", "reason"),
    [
        ('[websub]\nhub = "self"', 'config.toml:6: websub.hub: "self" needs the web server: set'),
        ('[websub]\nhub = "other"', '"self" (digest run is a hub), or "" for none'),
        ('[websub]\nhubs = ["hub.example"]', "'hub.example' must be an absolute URL"),
        ('[websub]\nhubs = "https://hub.example/"', 'a list of URLs such as ["https://hub.exam'),
        ("[websub]\nmax_per_host = 0", "a whole number of subscriptions, 1 to 1000000, not 0"),
        ("[websub]\nconnections = 101", "a whole number of connections, 1 to 100, not 101"),
        ('[fetch]\nallow = "intranet"', 'a list of hosts such as ["intranet", "10.0.0.5:8080"]'),
        ('[fetch]\nallow = ["http://intranet/"]', "'http://intranet/' must be a host, with or"),
        ('[fetch]\nallow = ["intranet:99999"]', "'intranet:99999' must be a host, with or"),
        ('[fetch]\nallow = ["intranet:"]', "'intranet:' must be a host, with or"),
        ('[fetch]\nallow = [""]', "'' must be a host, with or"),
        ('[fetch]\nallow = ["::1"]', "'::1' must be a host, with or"),
    ],
)
def test_a_mistake_is_named(added: str, reason: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(SMALLEST + added)
    assert reason in str(caught.value)


def test_hosts_are_let_in_with_or_without_a_port() -> None:
    config = load(SMALLEST + '[fetch]\nallow = ["Intranet", "10.0.0.5:8080", "[::1]:80", "[::1]"]')
    assert config.fetch.allow == ("intranet", "10.0.0.5:8080", "[::1]:80", "[::1]")
