"""What comes back through the SDK: objects, lists, streams, files."""

import json
from datetime import UTC, date, datetime

import httpx2
import pytest

from app.provider.errors import NonsenseAnswer, RequestRefused
from app.provider.profiles import COMPATIBLE, OPENAI
from app.provider.types import ChatRequest, Delta, FileState, Finish, JobRequest, JobStatus, Usage
from tests.provider.wire import ConnectClient, Handler, reply

CHAT = ChatRequest("m", ({"role": "user", "content": "Hi"},))


def stream(*chunks: object, content_type: str = "text/event-stream") -> Handler:
    lines = [c if isinstance(c, str) else f"data: {json.dumps(c)}\n\n" for c in chunks]
    body = "".join([*lines, "data: [DONE]\n\n"]).encode()
    return lambda _request: httpx2.Response(
        200, content=body, headers={"content-type": content_type}
    )


def chunk(text: str | None, index: int = 0, reason: str | None = None) -> dict[str, object]:
    choice = {"index": index, "delta": {"content": text}, "finish_reason": reason}
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [choice]}


def test_chat_streams_pieces_reason_and_usage(connect: ConnectClient) -> None:
    usage = {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}
    wire = stream(chunk(" He"), chunk("llo\n"), chunk("x", index=1), chunk(None, 0, "stop"), usage)
    assert list(connect(wire).stream_chat(CHAT)) == [
        Delta(0, " He"),
        Delta(0, "llo\n"),
        Delta(1, "x"),
        Finish(0, "stop"),
        Usage(3, 2),
    ]


def test_chat_from_a_server_that_does_not_stream(connect: ConnectClient) -> None:
    message = {"role": "assistant", "content": "Hello", "refusal": None}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    wire = reply({"choices": [choice], "usage": {"prompt_tokens": 1, "completion_tokens": 1}})
    assert list(connect(wire).stream_chat(CHAT)) == [
        Delta(0, "Hello"),
        Finish(0, "stop"),
        Usage(1, 1),
    ]


def test_chat_survives_odd_chunks(connect: ConnectClient) -> None:
    odd: list[object] = [{"choices": None}, {"choices": [{"delta": None}]}, {}, None, [1], 7]
    odd.append({"choices": ["x"], "usage": 7})
    assert list(connect(stream(*odd, chunk("ok"))).stream_chat(CHAT)) == [Delta(0, "ok")]


def test_chat_error_in_the_middle(connect: ConnectClient) -> None:
    wire = stream(chunk("He"), {"error": {"message": "The server had an error", "code": "x"}})
    with pytest.raises(RequestRefused, match="The server had an error"):
        list(connect(wire).stream_chat(CHAT))


@pytest.mark.parametrize("body", ["data: {broken\n\n", "data: [1,\n\n"])
def test_chat_nonsense_in_the_stream(connect: ConnectClient, body: str) -> None:
    with pytest.raises(NonsenseAnswer):
        list(connect(stream(body)).stream_chat(CHAT))


def test_chat_answered_by_a_page(connect: ConnectClient) -> None:
    with pytest.raises(NonsenseAnswer):
        list(connect(stream("<html>", content_type="text/html")).stream_chat(CHAT))


def test_models_are_sorted_with_their_shutdown(connect: ConnectClient) -> None:
    wire = reply(
        {
            "data": [
                {"id": "zeta", "created": 1, "owned_by": "system"},
                {"id": "ft:a:b::c", "created": 1693582679, "shutdown_date": "2027-01-14"},
                {"object": "model"},
            ]
        }
    )
    tuned, zeta = connect(wire).list_models()
    assert (tuned.id, tuned.shutdown_date, tuned.is_tuned) == ("ft:a:b::c", date(2027, 1, 14), True)
    assert tuned.created_at == datetime(2023, 9, 1, 15, 37, 59, tzinfo=UTC)
    assert (zeta.id, zeta.shutdown_date, zeta.is_tuned) == ("zeta", None, False)


def test_a_bare_array_is_a_list(connect: ConnectClient) -> None:
    assert [m.id for m in connect(reply([{"id": "a"}, None, 3])).list_models()] == ["a"]


@pytest.mark.parametrize(
    "content", [b"", b"<html>hello</html>", b"{}", b"7", b"null", b'{"data": 3}', b"[" * 100_000]
)
def test_nonsense_instead_of_a_list(connect: ConnectClient, content: bytes) -> None:
    with pytest.raises(NonsenseAnswer):
        connect(lambda _request: httpx2.Response(200, content=content)).list_models()


def test_nonsense_after_a_create_may_have_created(connect: ConnectClient) -> None:
    with pytest.raises(NonsenseAnswer) as caught:
        connect(reply({"status": "ok"})).create_job(JobRequest("m", "file-1"))
    assert caught.value.maybe_done


def test_job_is_found_by_metadata_even_where_the_filter_is_ignored(connect: ConnectClient) -> None:
    jobs = [
        {"id": "ftjob-3", "metadata": None},
        {"id": "ftjob-2", "metadata": {"tuneboard_job": "7", "team": "x"}},
        {"id": "ftjob-1", "metadata": {"tuneboard_job": "7"}},
    ]
    found = connect(reply({"data": jobs, "has_more": True})).find_job({"tuneboard_job": "7"})
    assert found is not None
    assert found.remote_id == "ftjob-2"


def test_job_is_found_where_the_filter_is_refused(connect: ConnectClient) -> None:
    def wire(request: httpx2.Request) -> httpx2.Response:
        if "metadata[k]" in request.url.params:
            return httpx2.Response(400, json={"error": {"message": "Unknown parameter"}})
        return httpx2.Response(200, json={"data": [{"id": "ftjob-1", "metadata": {"k": "v"}}]})

    found = connect(wire).find_job({"k": "v"})
    assert found is not None
    assert found.remote_id == "ftjob-1"
    assert connect(wire).find_job({"k": "other"}) is None


def test_file_is_found_by_name_and_size(connect: ConnectClient) -> None:
    files = [
        {"id": "file-1", "filename": "a.jsonl", "bytes": 10, "status": "error"},
        {"id": "file-2", "filename": "a.jsonl", "bytes": 11},
        {"id": "file-3", "filename": "a.jsonl", "bytes": 10, "status": "processed"},
    ]
    client = connect(reply({"data": files}))
    found = client.find_file("a.jsonl", 10)
    assert found is not None
    assert found.remote_id == "file-3"
    assert client.find_file("b.jsonl", 10) is None


def test_waiting_for_a_file_ends_when_it_is_read(connect: ConnectClient) -> None:
    states = iter(["uploaded", "pending", "processed"])

    def wire(_request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, json={"id": "file-1", "status": next(states)})

    info = connect(wire).wait_for_file("file-1", pause=0)
    assert info.state is FileState.READY


def test_waiting_for_a_file_ends_when_the_time_is_up(connect: ConnectClient) -> None:
    wire = reply({"id": "file-1", "status": "pending"})
    info = connect(wire).wait_for_file("file-1", seconds=0.02, pause=0.001)
    assert info.state is FileState.PENDING


def test_openai_files_need_no_waiting(connect: ConnectClient) -> None:
    wire = reply({"id": "file-1", "status": "uploaded"})
    assert connect(wire, OPENAI).get_file("file-1").state is FileState.READY
    assert connect(wire, COMPATIBLE).get_file("file-1").state is FileState.PENDING


def test_content_is_streamed(connect: ConnectClient) -> None:
    content = bytes(range(256)) * 400
    client = connect(lambda _request: httpx2.Response(200, content=content))
    assert client.read_file("file-1") == content


def test_cancel_answers_with_the_job(connect: ConnectClient) -> None:
    job = connect(reply({"id": "ftjob-1", "status": "cancelled"})).cancel_job("ftjob-1")
    assert job.status is JobStatus.CANCELLED


def test_checkpoints_and_events_come_with_their_numbers(connect: ConnectClient) -> None:
    wire = reply(
        {
            "has_more": False,
            "data": [
                {
                    "id": "x-1",
                    "step_number": 88.0,
                    "fine_tuned_model_checkpoint": "ft:m:ckpt-step-88",
                    "message": "Step 88/90: training loss=0.50",
                    "metrics": {"step": 88.0, "full_valid_loss": 0.567},
                    "data": {"step": 88, "total_steps": 90, "train_loss": 0.5},
                }
            ],
        }
    )
    client = connect(wire)
    (checkpoint,) = client.iterate_checkpoints("ftjob-1")
    assert (checkpoint.step, checkpoint.metrics) == (88, {"full_valid_loss": 0.567})
    (event,) = client.iterate_events("ftjob-1")
    assert (event.step, event.total_steps, event.metrics) == (88, 90, {"train_loss": 0.5})
    assert list(client.iterate_events("ftjob-1", known={"x-1"})) == []
