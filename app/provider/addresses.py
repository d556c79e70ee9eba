"""Which addresses may be spoken to: never link-local or metadata ones, private ones by setting."""

import ipaddress
import socket
from urllib.parse import urlsplit

from app.provider.errors import AddressInvalid, AddressRefused

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# Metadata services outside the link-local ranges: AWS (also the credentials of its containers),
# Google, Alibaba, Oracle, Azure.
METADATA_NETWORKS = tuple(
    map(
        ipaddress.ip_network,
        ("fd00:ec2::/32", "fd20:ce::254", "100.100.100.200", "192.0.0.192", "168.63.129.16"),
    )
)
# IPv6 networks that carry an IPv4 address in their last 32 bits.
NAT64_NETWORKS = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48")))
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
    address = _written_address(host)
    if address is not None and not is_allowed(address, allow_private=allow_private):
        raise AddressRefused(host=host)


def _written_address(host: str) -> IpAddress | None:
    """Also in the spellings that only the system's resolver knows: 0xA9FEA9FE, 2852039166."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, UnicodeError):
        return None


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
    """An address that carries another one is judged by that one too."""
    carried = _carried_ipv4(address)
    if not all(map(_is_harmless, [address, *carried])):
        return False
    if address.is_reserved and not address.is_loopback and not carried:
        return False
    return allow_private or all(each.is_global for each in carried or [address])


def _is_harmless(address: IpAddress) -> bool:
    odd = address.is_link_local or address.is_multicast or address.is_unspecified
    broadcast = isinstance(address, ipaddress.IPv4Address) and address.is_reserved
    return not (odd or broadcast or any(address in network for network in METADATA_NETWORKS))


def _carried_ipv4(address: IpAddress) -> list[IpAddress]:
    """IPv4 addresses travel inside IPv6 ones: NAT64, mapped, 6to4, Teredo (server and client)."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    if any(address in network for network in NAT64_NETWORKS):
        return [ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)]
    carried = (address.ipv4_mapped, address.sixtofour, *(address.teredo or ()))
    return [each for each in carried if each is not None]
