"""Which network an address belongs to: what budgets count by, and all that is kept of it. Pure."""

from __future__ import annotations

import ipaddress

IPV4_PREFIX, IPV6_PREFIX = 24, 56
"""One household or office has one of these; whoever has many addresses has them in one."""


def network_of(client: str) -> str:
    """Return the network of the IP address *client*: ``192.0.2.0/24``, ``2001:db8:0:100::/56``.

    IPv4 inside IPv6 counts as IPv4. Empty for what is no address.
    """
    try:
        address = ipaddress.ip_address(client.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        if mapped is None:
            return str(ipaddress.ip_network((address, IPV6_PREFIX), strict=False))
        address = mapped
    return str(ipaddress.ip_network((address, IPV4_PREFIX), strict=False))
