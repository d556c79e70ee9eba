"""Files in, files out."""

import io
import os
from pathlib import Path

import httpx2
import pytest
from openai import APIStatusError, BadRequestError, NotFoundError, OpenAI

from tests.engine.samples import chat_rows, jsonl, upload
from tests.engine_fixture import EngineServer

MIB = 1024 * 1024


def test_a_file_comes_back_as_it_was(client: OpenAI) -> None:
    content = jsonl(chat_rows(5))
    stored = client.files.create(file=("rêve.jsonl", content), purpose="fine-tune")
    assert (stored.object, stored.bytes, stored.status) == ("file", len(content), "processed")
    assert client.files.retrieve(stored.id).filename == "rêve.jsonl"
    assert client.files.content(stored.id).content == content
    assert client.files.delete(stored.id).deleted
    with pytest.raises(NotFoundError, match=f"No such File object: {stored.id}"):
        client.files.retrieve(stored.id)


def test_files_are_listed_by_purpose_in_both_orders(client: OpenAI) -> None:
    names = [upload(client, chat_rows(1), f"{number}.jsonl") for number in range(3)]
    newest = client.files.list(purpose="fine-tune", limit=2)
    assert [file.id for file in newest.data] == names[:0:-1]
    assert newest.has_more
    oldest = client.files.list(order="asc", after=names[0])
    assert [file.id for file in oldest.data][:2] == names[1:]
    assert client.files.list(purpose="batch").data == []


@pytest.mark.parametrize(
    "content", [b'[\n{"messages": []}\n]', b"messages,answer\na,b", b'"text"', b"{\n", b"\xff\xfe{"]
)
def test_what_is_not_jsonl_is_refused_at_upload(client: OpenAI, content: bytes) -> None:
    with pytest.raises(BadRequestError, match="Expected file to have JSONL format") as refused:
        upload(client, content)
    assert refused.value.code is None


def test_a_byte_order_mark_is_no_reason_to_refuse(client: OpenAI) -> None:
    assert upload(client, b"\xef\xbb\xbf" + jsonl(chat_rows(1))).startswith("file-")


def test_bad_forms_are_refused(engine: EngineServer) -> None:
    def post(**given: object) -> httpx2.Response:
        with httpx2.Client(headers={"authorization": f"Bearer {engine.key}"}) as http:
            return http.post(f"{engine.url}/files", **given)  # type: ignore[arg-type]

    for response in (
        post(json={"purpose": "fine-tune"}),
        post(data={"purpose": "fine-tune"}),
        post(files={"file": ("a.jsonl", b"{}")}),
        post(files={"file": ("a.jsonl", b"{}")}, data={"purpose": "gossip"}),
        post(content=b"--x\r\nhalf", headers={"content-type": "multipart/form-data; boundary=x"}),
    ):
        assert response.status_code == 400
        assert response.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.slow
def test_a_large_upload_never_stands_in_memory(engine: EngineServer, client: OpenAI) -> None:
    before = memory_of(engine)
    line = b'{"messages": "' + b"x" * 1000 + b'"}\n'
    big = io.BytesIO(line * (100 * MIB // len(line)))
    stored = client.files.create(file=("big.jsonl", big), purpose="fine-tune")
    assert stored.bytes == len(big.getvalue())
    assert memory_of(engine) - before < 20 * MIB
    client.files.delete(stored.id)


def memory_of(engine: EngineServer) -> int:
    statm = Path(f"/proc/{engine.process.pid}/statm").read_text(encoding="utf-8")
    return int(statm.split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_only_the_key_opens(engine: EngineServer) -> None:
    with engine.client(key="sk-wrong-key") as stranger, pytest.raises(APIStatusError) as refused:
        stranger.models.list()
    assert (refused.value.status_code, refused.value.code) == (401, "invalid_api_key")
    assert "sk-wrong-key" not in str(refused.value)
    response = httpx2.get(f"{engine.url}/files")
    assert response.status_code == 401
    assert response.headers["x-request-id"].startswith("req_")


def test_the_key_is_for_its_owner_only(engine: EngineServer) -> None:
    path = engine.data_dir / "api_key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text(encoding="utf-8").startswith("sk-")


def test_unknown_addresses_answer_in_the_same_shape(engine: EngineServer) -> None:
    headers = {"authorization": f"Bearer {engine.key}"}
    missing = httpx2.get(f"{engine.url}/nothing", headers=headers)
    assert missing.json()["error"]["message"] == "Invalid URL (GET /v1/nothing)"
    wrong = httpx2.put(f"{engine.url}/files", headers=headers)
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (405, "method_not_supported")
    broken = httpx2.post(
        f"{engine.url}/fine_tuning/jobs", headers=headers, content=b"{", timeout=10
    )
    assert broken.status_code == 400
    assert "could not parse the JSON body" in broken.json()["error"]["message"]
