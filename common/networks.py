"""Which addresses belong to one customer. Pure."""

from ipaddress import IPv4Address, ip_address, ip_network

IPV6_CUSTOMER_PREFIX = 64


def network_of(ip: str) -> str:
    """What one customer of a provider holds: an IPv4 address, or the whole /64 of an IPv6 one."""
    address = ip_address(ip)
    if isinstance(address, IPv4Address):
        return str(address)
    return str(address.ipv4_mapped or ip_network((address, IPV6_CUSTOMER_PREFIX), strict=False))
