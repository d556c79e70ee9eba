"""Images of a row: inside it or at an address, how large, at which host."""

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from app.datasets.formats import DatasetFormat
from app.datasets.row_texts import list_messages
from app.datasets.rules import Problem
from app.datasets.rules_texts import IMAGE_NOT_HTTPS, IMAGE_PRIVATE_HOST, IMAGE_TOO_LARGE

LARGEST_BYTES = 10 << 20
LOCAL_ENDINGS = (".local", ".internal", ".lan", ".localhost", ".home", ".corp", ".intranet")


class Image(NamedTuple):
    """`size` is that of the decoded image, 0 for one at an address; `host` is empty inside."""

    place: str
    address: str
    host: str
    size: int


def list_images(row: dict[str, Any], row_format: DatasetFormat) -> Iterator[Image]:
    for place, message in list_messages(row, row_format):
        content = message.get("content")
        for number, part in enumerate(content if isinstance(content, list) else ()):
            image = part.get("image_url") if isinstance(part, dict) else None
            address = image.get("url") if isinstance(image, dict) else None
            if isinstance(address, str):
                yield _measure(f"{place}.content[{number}].image_url.url", address)


def check_image(image: Image) -> Iterator[Problem]:
    if image.size > LARGEST_BYTES:
        yield Problem(IMAGE_TOO_LARGE, image.place)
    if image.address[:7].lower() == "http://":
        yield Problem(IMAGE_NOT_HTTPS, image.place)
    if image.host and is_private_host(image.host):
        yield Problem(IMAGE_PRIVATE_HOST, image.place)


def is_private_host(host: str) -> bool:
    """A name without a dot, one of a local network, or an address that is not global."""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith(LOCAL_ENDINGS)


def _measure(place: str, address: str) -> Image:
    if address[:5].lower() == "data:":
        head, _, data = address.partition(",")
        size = len(data) * 3 // 4 - data[-2:].count("=") if head.endswith("base64") else len(data)
        return Image(place, "", "", max(0, size))
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        host = ""
    return Image(place, address, host, 0)
