"""Where connections may lead."""

import ipaddress

import pytest

from app.provider.addresses import (
    clean_base_url,
    host_of,
    is_allowed,
    refuse_written_address,
    resolve,
)
from app.provider.errors import AddressInvalid, AddressRefused


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "169.254.0.1",
        "fe80::1",
        "fd00:ec2::254",
        "fd00:ec2::23",
        "fd20:ce::254",
        "fd00:ec2::254%1",
        "fe80::1%1",
        "0.0.0.0",
        "::",
        "224.0.0.1",
        "ff02::1",
        "255.255.255.255",
        "100.100.100.200",
        "192.0.0.192",
        "168.63.129.16",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "2001:0:a9fe:a9fe::1",
        "2001:0:102:304::5601:5601",
        "::169.254.169.254",
    ],
)
def test_never_allowed(address: str) -> None:
    assert not is_allowed(ipaddress.ip_address(address), allow_private=True)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "::1",
        "10.1.2.3",
        "192.168.0.7",
        "172.16.5.4",
        "fd12::7",
        "100.64.0.1",
        "::ffff:10.1.2.3",
        "::ffff:127.0.0.1",
        "64:ff9b::a01:203",
    ],
)
def test_private_by_setting(address: str) -> None:
    assert is_allowed(ipaddress.ip_address(address), allow_private=True)
    assert not is_allowed(ipaddress.ip_address(address), allow_private=False)


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "104.18.6.192", "2606:4700::6812:7c0", "64:ff9b::101:101", "::ffff:1.1.1.1"],
)
def test_public_always(address: str) -> None:
    assert is_allowed(ipaddress.ip_address(address), allow_private=False)


@pytest.mark.parametrize("host", ["169.254.169.254", "0xA9FEA9FE", "2852039166", "169.254.43518"])
def test_other_spellings_of_a_refused_address(host: str) -> None:
    with pytest.raises(AddressRefused):
        resolve(host, 80, allow_private=True)


def test_a_name_is_resolved_before_it_is_judged() -> None:
    assert set(resolve("localhost", 80, allow_private=True)) <= {"127.0.0.1", "::1"}
    with pytest.raises(AddressRefused):
        resolve("localhost", 80, allow_private=False)


@pytest.mark.parametrize(
    ("address", "cleaned"),
    [
        ("https://api.openai.com/v1/", "https://api.openai.com/v1"),
        ("  http://127.0.0.1:8001/v1 ", "http://127.0.0.1:8001/v1"),
        ("http://[::1]:8001", "http://[::1]:8001"),
    ],
)
def test_base_url_is_cleaned(address: str, cleaned: str) -> None:
    assert clean_base_url(address) == cleaned


@pytest.mark.parametrize(
    "address",
    [
        "",
        "api.openai.com/v1",
        "ftp://x/v1",
        "file:///etc/passwd",
        "http://",
        "http://user:pass@host/v1",
        "http://host/v1?key=1",
        "http://host/v1#x",
        "http://host:99999/v1",
        "http://ho st/v1",
        "http://host/v1\nHost: evil",
        "http://[::1/v1",
        "http://host/" + "x" * 600,
    ],
)
def test_what_is_no_base_url(address: str) -> None:
    with pytest.raises(AddressInvalid):
        clean_base_url(address)


def test_host_names_the_port_but_no_credentials() -> None:
    assert host_of("http://127.0.0.1:8001/v1") == "127.0.0.1:8001"
    assert host_of("http://user:secret@host/v1") == "host"


@pytest.mark.parametrize(
    "base_url",
    [
        "http://169.254.169.254/v1",
        "http://[fe80::1]:80/v1",
        "http://[::ffff:a9fe:a9fe]/v1",
        "http://2852039166/v1",
        "http://0xA9.0xFE.0xA9.0xFE/v1",
        "http://0251.0376.0251.0376/v1",
        "http://169.254.43518/v1",
    ],
)
def test_a_written_address_is_refused_before_anything_is_asked(base_url: str) -> None:
    with pytest.raises(AddressRefused):
        refuse_written_address(base_url, allow_private=True)


def test_a_written_private_address_is_refused_by_setting() -> None:
    refuse_written_address("http://10.0.0.1/v1", allow_private=True)
    refuse_written_address("http://localhost/v1", allow_private=False)
    with pytest.raises(AddressRefused):
        refuse_written_address("http://10.0.0.1/v1", allow_private=False)
