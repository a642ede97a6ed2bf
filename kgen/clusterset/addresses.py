"""Networks as the spec writes them."""

from __future__ import annotations

from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, TypeAlias

Network: TypeAlias = IPv4Network | IPv6Network


@cache
def network(text: Any) -> Network:
    """The network of a CIDR text; raises ValueError in the author's words where it is none, or no network a cluster can have.

    What is refused follows submariner-operator pkg/cidr/cidr.go IsValid: unspecified, loopback, link-local.
    """
    if not isinstance(text, str) or "/" not in text:
        raise ValueError(f'"{text}" is not a network: write an address and a prefix length, as in 10.0.0.0/16')
    try:
        found = ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f'"{text}" is not a network: write an address and a prefix length, as in 10.0.0.0/16') from None
    if str(found) != text:
        raise ValueError(f'"{text}" has bits set beyond its prefix, or is not in its short form: write {found}')
    for wrong, word in (
        (found.network_address.is_unspecified, "an unspecified"),
        (found.is_loopback, "a loopback"),
        (found.is_link_local, "a link-local"),
        (found.is_multicast, "a multicast"),
    ):
        if wrong:
            raise ValueError(f'"{text}" is {word} network, which no cluster can use')
    return found
