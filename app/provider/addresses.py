"""Which addresses may be spoken to: never link-local or metadata ones, private ones by setting."""

import ipaddress
import socket
from urllib.parse import urlsplit

from app.provider.errors import AddressInvalid, AddressRefused

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# Metadata services outside the link-local ranges: AWS, Google, Alibaba, Oracle, Azure.
METADATA_ADDRESSES = frozenset(
    map(
        ipaddress.ip_address,
        ("fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "192.0.0.192", "168.63.129.16"),
    )
)
LONGEST_ADDRESS = 500


def clean_base_url(address: str) -> str:
    """The address as it is kept: http or https, a host, no credentials, no trailing slash."""
    address = address.strip()
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise AddressInvalid(address=address[:LONGEST_ADDRESS]) from None
    odd = parts.username or parts.password or parts.query or parts.fragment
    blank = any(sign.isspace() or not sign.isprintable() for sign in address)
    if parts.scheme not in ("http", "https") or not host or odd or blank:
        raise AddressInvalid(address=address[:LONGEST_ADDRESS])
    if len(address) > LONGEST_ADDRESS:
        raise AddressInvalid(address=address[:LONGEST_ADDRESS])
    return address.rstrip("/")


def host_of(base_url: str) -> str:
    """Host and, where one is written, port: how an address is named in sentences."""
    return urlsplit(base_url).netloc.rpartition("@")[2]


def refuse_written_address(base_url: str, *, allow_private: bool) -> None:
    """Raise AddressRefused for an address written out as one; names are judged when resolved."""
    host = urlsplit(base_url).hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return
    if not is_allowed(address, allow_private=allow_private):
        raise AddressRefused(host=host)


def resolve(host: str, port: int, *, allow_private: bool) -> list[str]:
    """The addresses behind a name, all of them allowed.

    Raises AddressRefused if any is not, and socket.gaierror for an unknown name.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if not is_allowed(ipaddress.ip_address(address), allow_private=allow_private):
            raise AddressRefused(host=host)
    return addresses


def is_allowed(address: IpAddress, *, allow_private: bool) -> bool:
    address = _embedded_ipv4(address) or address
    if address in METADATA_ADDRESSES or address.is_link_local or address.is_multicast:
        return False
    if address.is_unspecified or (address.is_reserved and not address.is_loopback):
        return False
    return allow_private or address.is_global


def _embedded_ipv4(address: IpAddress) -> ipaddress.IPv4Address | None:
    """An IPv4 address may travel inside an IPv6 one: mapped, 6to4 or NAT64."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in ipaddress.ip_network("64:ff9b::/96"):
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour
