"""Sending a file in chunks, as the page's script does."""

from collections.abc import Sequence
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient

from tests.datasets.uploads import reviews

FILE = reviews(400)
BINARY = {"content-type": "application/offset+octet-stream"}
JSON = {"accept": "application/json"}


def about(data: bytes = FILE, filename: str = "reviews.jsonl", **said: object) -> dict[str, Any]:
    given = {"filename": filename, "size": len(data), "modified_ms": 1_700_000_000_000}
    return {**given, "fingerprint": "0123456789abcdef", **said}


def begin(client: TestClient, data: bytes = FILE, **said: Any) -> Response:
    return client.post("/uploads", json=about(data, **said), headers=JSON)


def begun(client: TestClient, data: bytes = FILE, **said: Any) -> str:
    """The address of a new upload."""
    return f"/uploads/{begin(client, data, **said).json()['id']}"


def append(client: TestClient, path: str, offset: int, chunk: bytes) -> Response:
    headers = BINARY | JSON | {"upload-offset": str(offset)}
    return client.patch(path, content=chunk, headers=headers)


def offset_of(client: TestClient, path: str) -> int:
    return int(client.head(path).headers["upload-offset"])


def send_in(client: TestClient, path: str, data: bytes, sizes: Sequence[int]) -> None:
    """All of it, in chunks of these sizes and the rest."""
    offset = 0
    for size in [*sizes, len(data)]:
        offset = append(client, path, offset, data[offset : offset + size]).json()["offset"]
    assert offset == len(data)


def sent(client: TestClient, data: bytes = FILE, **said: Any) -> str:
    """The id of an upload whose bytes are all there."""
    path = begun(client, data, **said)
    send_in(client, path, data, [])
    return path.rsplit("/", 1)[-1]


def finish(client: TestClient, upload_id: str, to: str = "/imports", **fields: str) -> Response:
    """The ordinary form, with the upload in the place of a file."""
    given = {"upload_id": upload_id, **fields}
    return client.post(to, files={name: (None, value) for name, value in given.items()})
