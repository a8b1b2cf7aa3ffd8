"""One spelling for each web address: an article is known again wherever it is linked. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

from digest.syndication.urls import web_url

_TRACKING = re.compile(
    r"(?i)utm_\w+|fbclid|gclid|gclsrc|dclid|wbraid|gbraid|msclkid|yclid|twclid|ttclid|igshid|"
    r"mc_[ce]id|mkt_tok|_hs(?:enc|mi)|oly_(?:anon|enc)_id|vero_(?:id|conv)|wickedid|"
    r"pk_(?:campaign|kwd|source|medium)|mtm_\w+|piwik_\w+|ns_(?:campaign|mchannel|source)|"
    r"s_cid|cmpid|at_(?:medium|campaign|custom\d|link_\w+|format|bbc_team|ptr_name)|xtor|"
    r"spm|scid|ref_src|ref_url|guccounter|guce_referrer\w*|ncid|sr_share|soc_(?:src|trk)"
)
"""Parameters that say where a reader came from, never which article it is."""

_INDEXES = frozenset({"", "index.html", "index.htm", "index.php"})


def without_tracking(url: str) -> str:
    """Return *url* without parameters that only follow readers around; unchanged without any.

    What stays keeps its order and its spelling: some servers mind.
    """
    address, hash_mark, fragment = url.partition("#")
    head, mark, query = address.partition("?")
    if not mark:
        return url
    kept = [
        part
        for part in query.split("&")
        if part and not _TRACKING.fullmatch(part.partition("=")[0])
    ]
    if len(kept) == query.count("&") + 1:
        return url
    return head + ("?" + "&".join(kept) if kept else "") + hash_mark + fragment


def canonical(url: str) -> str:
    """Return the key that all spellings of *url* share; empty when it is no web address.

    Scheme, ``www.``, default port, tracking parameters, order of parameters, fragment, trailing
    slash, and ``index.html`` do not make another article; a fragment does that a script shows pages
    by (``#!/page``, ``#/page``). It is a key, not an address to fetch.
    """
    address = web_url(url)
    if not address:
        return ""
    parts = urlsplit(without_tracking(address))
    host = re.sub(r"^(?:www\.)+(?=.)|\.$", "", parts.hostname or "")
    port = f":{parts.port}" if parts.port not in {None, 80, 443} else ""
    names = re.sub("/{2,}", "/", parts.path).split("/")
    while names and names[-1] in _INDEXES:
        names.pop()
    path = "/".join(names)
    query = "&".join(sorted(part for part in parts.query.split("&") if part))
    fragment = parts.fragment if parts.fragment.startswith(("!", "/")) else ""
    return urlunsplit(("", host + port, path, query, fragment)).removeprefix("//")


def place_within(guid: str) -> str:
    """Return what of a *guid* that is an address stays when a site moves to another host or scheme.

    Empty for one that is no address, or that says nothing beside its host.
    """
    address = web_url(guid)
    if not address:
        return ""
    parts = urlsplit(without_tracking(address))
    return urlunsplit(("", "", parts.path.rstrip("/"), parts.query, parts.fragment))
