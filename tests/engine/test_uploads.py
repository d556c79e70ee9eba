"""Files that come in parts."""

import hashlib
import random
import sqlite3
import time
from pathlib import Path

import pytest
from openai import BadRequestError, NotFoundError, OpenAI
from openai.types import Upload

from tests.engine.samples import chat_rows, finished, jsonl
from tests.engine_fixture import EngineServer, wait_until

pytestmark = pytest.mark.slow

CONTENT = jsonl(chat_rows(60))
PIECES = [CONTENT[at : at + 1000] for at in range(0, len(CONTENT), 1000)]


def create(client: OpenAI, size: int = len(CONTENT)) -> Upload:
    return client.uploads.create(
        filename="train.jsonl", purpose="fine-tune", bytes=size, mime_type="text/jsonl"
    )


def send(client: OpenAI, upload: Upload, pieces: list[bytes]) -> list[str]:
    """Part ids in the order of the pieces, whatever the order they are sent in."""
    order = list(range(len(pieces)))
    random.Random(0).shuffle(order)
    ids = {at: client.uploads.parts.create(upload.id, data=pieces[at]).id for at in order}
    return [ids[at] for at in range(len(pieces))]


def parts_folder(engine: EngineServer, upload: Upload) -> Path:
    return engine.data_dir / "uploads" / upload.id


def test_parts_in_any_order_become_a_file_that_trains(engine: EngineServer, client: OpenAI) -> None:
    upload = create(client)
    assert (upload.status, upload.expires_at - upload.created_at) == ("pending", 3600)
    ids = send(client, upload, PIECES)
    done = client.uploads.complete(upload.id, part_ids=ids, md5=hashlib.md5(CONTENT).hexdigest())
    assert done.status == "completed"
    assert done.file is not None
    assert (done.file.filename, done.file.bytes) == ("train.jsonl", len(CONTENT))
    assert client.files.content(done.file.id).content == CONTENT
    assert not parts_folder(engine, upload).exists()
    job = client.fine_tuning.jobs.create(model="tiny-chat", training_file=done.file.id)
    assert finished(client, job).status == "succeeded"


def test_the_sdks_own_helper_works(client: OpenAI) -> None:
    done = client.uploads.upload_file_chunked(
        file=CONTENT, filename="a.jsonl", bytes=len(CONTENT), mime_type="text/jsonl",
        purpose="fine-tune", part_size=700,
    )  # fmt: skip
    assert done.file is not None
    assert client.files.content(done.file.id).content == CONTENT


def test_bytes_and_md5_must_match(client: OpenAI) -> None:
    upload = create(client)
    ids = send(client, upload, PIECES)
    with pytest.raises(BadRequestError, match=f"created for {len(CONTENT)} bytes"):
        client.uploads.complete(upload.id, part_ids=ids[1:])
    with pytest.raises(BadRequestError) as wrong:
        client.uploads.complete(upload.id, part_ids=ids, md5="0" * 32)
    assert wrong.value.param == "md5"
    with pytest.raises(BadRequestError, match="No such part"):
        client.uploads.complete(upload.id, part_ids=[*ids, "part_other"])
    with pytest.raises(BadRequestError, match="named twice"):
        client.uploads.complete(upload.id, part_ids=[*ids, ids[0]])
    assert client.uploads.complete(upload.id, part_ids=ids).status == "completed"


def test_no_more_bytes_than_declared(client: OpenAI) -> None:
    upload = create(client, size=10)
    with pytest.raises(BadRequestError, match="larger than the upload's 'bytes'"):
        client.uploads.parts.create(upload.id, data=b"x" * 11)


def test_what_is_over_takes_no_more(engine: EngineServer, client: OpenAI) -> None:
    upload = create(client)
    ids = send(client, upload, PIECES)
    assert client.uploads.cancel(upload.id, extra_body={"by": "gateway"}).status == "cancelled"
    assert not parts_folder(engine, upload).exists()
    for act in (
        lambda: client.uploads.parts.create(upload.id, data=b"x"),
        lambda: client.uploads.complete(upload.id, part_ids=ids),
        lambda: client.uploads.cancel(upload.id),
    ):
        with pytest.raises(BadRequestError, match=f"Upload {upload.id} is cancelled"):
            act()
    with pytest.raises(NotFoundError, match="No such Upload object"):
        client.uploads.cancel("upload_none")


def test_what_is_no_jsonl_is_refused_at_the_end(client: OpenAI) -> None:
    upload = create(client, size=3)
    ids = send(client, upload, [b"a,b"])
    with pytest.raises(BadRequestError, match="Expected file to have JSONL format"):
        client.uploads.complete(upload.id, part_ids=ids)


@pytest.mark.slow
def test_a_part_has_at_most_64_megabytes(engine: EngineServer) -> None:
    with engine.client() as client, engine.http() as http:
        upload = create(client, size=2**30)
        files = {"data": ("part", b"x" * (64 * 2**20 + 1))}
        refused = http.post(f"/uploads/{upload.id}/parts", files=files)
        assert (refused.status_code, refused.json()["error"]["param"]) == (413, "data")


@pytest.mark.parametrize(
    ("changed", "param"),
    [
        ({"bytes": 0}, "bytes"),
        ({"bytes": 8 * 2**30 + 1}, "bytes"),
        ({"purpose": "evals"}, "purpose"),
        ({"colour": "red"}, "colour"),
        ({"expires_after": {"anchor": "created_at", "seconds": 3599}}, "expires_after.seconds"),
    ],
)
def test_bad_uploads_are_refused_by_name(
    client: OpenAI, changed: dict[str, object], param: str
) -> None:
    good = {"filename": "a", "purpose": "batch", "bytes": 1, "mime_type": "text/jsonl"}
    with pytest.raises(BadRequestError) as refused:
        client.post("/uploads", body={**good, **changed}, cast_to=Upload)
    assert refused.value.param == param


@pytest.mark.slow
def test_an_hour_later_all_is_gone(tmp_path: Path) -> None:
    """The clock of the store is set back, the engine started again."""
    server = EngineServer(tmp_path)
    with server, server.client() as client:
        upload = create(client)
        send(client, upload, PIECES)
        kept, gone = (
            client.files.create(
                file=("a.jsonl", CONTENT),
                purpose="fine-tune",
                expires_after={"anchor": "created_at", "seconds": 2_592_000},
            )
            for _ in range(2)
        )
    assert kept.expires_at == kept.created_at + 2_592_000
    age(tmp_path, upload.id, gone.id)
    with server, server.client() as client:
        wait_until(lambda: not parts_folder(server, upload).exists())
        with pytest.raises(BadRequestError, match=f"Upload {upload.id} is expired"):
            client.uploads.parts.create(upload.id, data=b"x")
        with pytest.raises(NotFoundError):
            client.files.retrieve(gone.id)
        assert not (tmp_path / "files" / gone.id).exists()
        assert client.files.content(kept.id).content == CONTENT


def age(folder: Path, upload_id: str, file_id: str) -> None:
    connection = sqlite3.connect(folder / "engine.db")
    with connection:
        for table, row in (("uploads", upload_id), ("files", file_id)):
            query = f"UPDATE {table} SET expires_at = ? WHERE id = ?"
            connection.execute(query, (int(time.time()) - 1, row))
    connection.close()
