"""kill -9 of the server in the middle of an upload: what it answered is there, the rest follows."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.datasets.uploads import reviews
from tests.kill.ground import Ground
from tests.uploads.sending import BINARY, about

KILLS = 2
CHUNK = 512 * 1024
FILE = reviews(40_000)


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    ground = Ground(tmp_path, EMBEDDED_ENGINE="false")
    ground.start("server")
    yield ground
    ground.stop()


class Killing:
    """A chunk in whose middle the server dies."""

    def __init__(self, ground: Ground, chunk: bytes) -> None:
        self.ground, self.chunk = ground, chunk

    def __iter__(self) -> Iterator[bytes]:
        yield self.chunk[: len(self.chunk) // 2]
        self.ground.kill("server")
        yield self.chunk[len(self.chunk) // 2 :]


def append(ground: Ground, path: str, offset: int, *, killing: bool) -> httpx2.Response:
    chunk = FILE[offset : offset + CHUNK]
    headers = BINARY | {"upload-offset": str(offset), "content-length": str(len(chunk))}
    content = iter(Killing(ground, chunk)) if killing else chunk
    return ground.client.patch(path, content=content, headers=headers)


@pytest.mark.kill
@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_killed_server_loses_nothing_it_answered(ground: Ground) -> None:
    ground.sign_in()
    begun = ground.insist(lambda: ground.client.post("/uploads", json=about(FILE)), 200, 201)
    path, offset, kills = f"/uploads/{begun.json()['id']}", 0, 0
    while offset < len(FILE):
        killing = kills < KILLS and offset > kills * 1_500_000
        kills += killing
        try:
            offset = append(ground, path, offset, killing=killing).json()["offset"]
        except httpx2.TransportError:
            there = ground.insist(lambda: ground.client.get(path), 200).json()["offset"]
            assert offset <= there <= offset + CHUNK
            offset = there
    assert kills == KILLS
    form = {"upload_id": (None, path[9:]), "name": (None, "Survivors")}
    answers = [ground.insist(lambda: ground.client.post("/imports", files=form), 303)]
    ground.kill("server")
    answers.append(ground.insist(lambda: ground.client.post("/imports", files=form), 303))
    assert {answer.headers["location"] for answer in answers} == {"/datasets/1/versions/1"}
    assert ground.rows("SELECT sha256 FROM dataset_version") == [
        (hashlib.sha256(FILE).hexdigest(),)
    ]
