"""IP network functions."""

from __future__ import annotations

import ipaddress
from typing import Any, Final

from dyncheck.parsers.terraform.functions.calling import Function
from dyncheck.parsers.terraform.tfvalues import MAX_ELEMENTS, TOO_LARGE, TypedList, invalid

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _network(prefix: str) -> Network:
    if "/" not in prefix:
        raise ValueError(f"{prefix[:40]!r} is no CIDR prefix")
    return ipaddress.ip_network(_without_leading_zeros(prefix), strict=False)


def _without_leading_zeros(prefix: str) -> str:
    """IPv4 octets may have leading zeros, which Terraform reads as decimal."""
    address, _, length = prefix.partition("/")
    if ":" in address:
        return prefix
    octets = [str(int(octet)) if octet.isdigit() and len(octet) < 10 else octet for octet in address.split(".")]
    return f"{'.'.join(octets)}/{length}" if length else ".".join(octets)


def _host(prefix: str, number: Any) -> Any:
    network = _network(prefix)
    if not isinstance(number, int) or not -network.num_addresses <= number < network.num_addresses:
        return invalid("the prefix has no such host number")
    return str(network[number])


def _netmask(prefix: str) -> Any:
    network = _network(prefix)
    return str(network.netmask) if network.version == 4 else invalid("only IPv4 has netmasks")


def _subnet(prefix: str, new_bits: Any, number: Any) -> Any:
    network = _network(prefix)
    if not isinstance(new_bits, int) or not isinstance(number, int) or new_bits < 0:
        return invalid("whole numbers are required")
    length = network.prefixlen + new_bits
    if length > network.max_prefixlen:
        return invalid("there are not enough address bits")
    if number < 0:
        number += 1 << new_bits
    if not 0 <= number < 1 << new_bits:
        return invalid("the prefix has no such subnet number")
    return _at(network, number << (network.max_prefixlen - length), length)


def _at(network: Network, offset: int, length: int) -> str:
    address = type(network.network_address)(int(network.network_address) + offset)
    return f"{address}/{length}"


def _subnets(prefix: str, *new_bits: Any) -> Any:
    network = _network(prefix)
    if len(new_bits) > MAX_ELEMENTS:
        return TOO_LARGE
    results = []
    offset = 0
    for bits in new_bits:
        if not isinstance(bits, int) or bits < 1:
            return invalid("whole numbers from 1 are required")
        length = network.prefixlen + bits
        if length > network.max_prefixlen:
            return invalid("there are not enough address bits")
        size = 1 << (network.max_prefixlen - length)
        offset = (offset + size - 1) // size * size
        if offset + size > network.num_addresses:
            return invalid("there is not enough address space")
        results.append(_at(network, offset, length))
        offset += size
    return TypedList(results)


def _contains(prefix: str, other: str) -> Any:
    network = _network(prefix)
    if "/" in other:
        inner = _network(other)
        first, last = inner[0], inner[-1]
    else:
        first = last = ipaddress.ip_address(_without_leading_zeros(other))
    return first.version == network.version and first in network and last in network


TABLE: Final[dict[str, Function]] = {
    "cidrcontains": Function(_contains, "ss"),
    "cidrhost": Function(_host, "sn"),
    "cidrnetmask": Function(_netmask, "s"),
    "cidrsubnet": Function(_subnet, "snn"),
    "cidrsubnets": Function(_subnets, "s", rest="n"),
}
