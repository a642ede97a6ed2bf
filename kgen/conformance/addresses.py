"""Addresses and networks in fields that are older than strict rules for them (apimachinery pkg/util/validation/ip.go).

Until 1.36 leading zeros, IPv4 written as IPv6 and networks with host bits are taken; since then they are refused.
"""

from __future__ import annotations

import ipaddress

from kgen.conformance.gates import on
from kgen.structure.formats import go_address, ipv4_parts, ipv6_parts, up_to

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def parsed(text: str) -> Address | None:
    """The address, leading zeros ignored; IPv4 that is written as IPv6 is IPv4, as it is to Go. None for what is none."""
    if ipv4_parts(text):
        return ipaddress.IPv4Address(".".join(str(int(part)) for part in text.split(".")))
    if not ipv6_parts(text):
        return None
    found = ipaddress.IPv6Address(_short(text))
    return found.ipv4_mapped or found


def _short(text: str) -> str:
    """An IPv6 address without the leading zeros that Python does not take."""
    return ":".join(
        ".".join(str(int(octet)) for octet in part.split(".")) if "." in part else part and part.lstrip("0").rjust(1, "0")
        for part in text.split(":")
    )


def address(text: str, minor: int) -> list[str]:
    """What is wrong with an address."""
    if parsed(text) is None:
        return ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"]
    if not on("StrictIPCIDRValidation", minor):
        return []
    if not go_address(text):
        return ["must not have leading 0s"]
    return ["must not be an IPv4-mapped IPv6 address"] if ":" in text and parsed(text) != ipaddress.ip_address(text) else []


def parsed_network(text: str) -> Network | None:
    """The network of a CIDR, host bits cut off; None for what is none."""
    host, _, bits = text.partition("/")
    if ipv4_parts(host) and up_to(bits, 32):
        return ipaddress.IPv4Network((str(parsed(host)), int(bits)), strict=False)
    if ipv6_parts(host) and up_to(bits, 128):
        return ipaddress.IPv6Network((_short(host), int(bits)), strict=False)
    return None


def network(text: str, minor: int) -> list[str]:
    """What is wrong with a network in CIDR notation."""
    found = parsed_network(text)
    if found is None:
        return ["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"]
    if not on("StrictIPCIDRValidation", minor):
        return []
    host, _, bits = text.partition("/")
    if not go_address(host) or (bits != "0" and bits.startswith("0")):
        return ["must not have leading 0s in IP or prefix length"]
    if ":" in host and parsed(host) != ipaddress.ip_address(host):
        return ["must not have an IPv4-mapped IPv6 address"]
    if ipaddress.ip_address(host) != found.network_address:
        return ["must not have bits set beyond the prefix length"]
    return []


def reachable(text: str) -> list[str]:
    """What keeps an address from being one that traffic is sent to (ValidateEndpointIP); `text` is an address."""
    found = parsed(text)
    if found is None:
        return ["must be a valid IP address"]
    wrong = []
    if found.is_unspecified:
        wrong.append(f"may not be unspecified ({text})")
    if found.is_loopback:
        wrong.append("may not be in the loopback range (127.0.0.0/8, ::1/128)")
    if found.is_link_local:
        wrong.append("may not be in the link-local range (169.254.0.0/16, fe80::/10)")
    if found in (ipaddress.ip_network("224.0.0.0/24") if found.version == 4 else ipaddress.ip_network("ff02::/16")):
        wrong.append("may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)")
    return wrong
