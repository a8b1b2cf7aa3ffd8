"""Which domains of private mailboxes are one service: a limit that one of them sets holds for all.

Pure. The table names the large services, by the domains that they hand out. A domain that is
missing is taken for a service of its own, which costs no more than a few replies "slow down".
"""

from __future__ import annotations

from collections.abc import Mapping

_SERVICES: Mapping[str, str] = {
    "gmail.com": "googlemail.com",
    "outlook.com": """
        hotmail.com live.com msn.com passport.com windowslive.com
        outlook.at outlook.be outlook.cz outlook.de outlook.dk outlook.es outlook.fr outlook.ie
        outlook.in outlook.it outlook.jp outlook.kr outlook.pt outlook.sa
        outlook.com.ar outlook.com.au outlook.com.br
        hotmail.be hotmail.ca hotmail.ch hotmail.de hotmail.dk hotmail.es hotmail.fi hotmail.fr
        hotmail.gr hotmail.it hotmail.nl hotmail.no hotmail.se
        hotmail.co.jp hotmail.co.uk hotmail.com.ar hotmail.com.br hotmail.com.tr
        live.at live.be live.ca live.cl live.cn live.de live.dk live.fi live.fr live.ie live.in
        live.it live.jp live.nl live.no live.ru live.se
        live.co.uk live.co.za live.com.ar live.com.au live.com.mx live.com.pt
        """,
    # Without yahoo.co.jp, which is another company's.
    "yahoo.com": """
        ymail.com rocketmail.com myyahoo.com aol.com aol.co.uk aol.de aol.fr aim.com
        yahoo.at yahoo.be yahoo.ca yahoo.de yahoo.dk yahoo.es yahoo.fr yahoo.gr yahoo.ie yahoo.in
        yahoo.it yahoo.nl yahoo.no yahoo.pl yahoo.ro yahoo.se
        yahoo.co.id yahoo.co.in yahoo.co.nz yahoo.co.uk yahoo.co.za
        yahoo.com.ar yahoo.com.au yahoo.com.br yahoo.com.hk yahoo.com.mx yahoo.com.ph yahoo.com.sg
        yahoo.com.tr yahoo.com.tw yahoo.com.vn
        """,
    "icloud.com": "me.com mac.com",
    "gmx.net": "gmx.de gmx.at gmx.ch",
    "proton.me": "protonmail.com protonmail.ch pm.me",
    "fastmail.com": "fastmail.fm",
    "mail.ru": "bk.ru inbox.ru list.ru internet.ru",
    "yandex.ru": "yandex.com yandex.by yandex.kz ya.ru",
    "orange.fr": "wanadoo.fr",
    "t-online.de": "magenta.de",
}
"""The service's first domain, and the others."""

_SERVICE_OF = {domain: first for first, others in _SERVICES.items() for domain in others.split()}


def provider_of(domain: str) -> str:
    """Return the name under which to count *domain* (lower case): its service's first domain."""
    return _SERVICE_OF.get(domain, domain)
