"""What goes out: addresses, headers and bodies, seen at the wire."""

import io

import httpx2
import pytest

from app.provider.profiles import (
    COMPATIBLE,
    ENGINE,
    OPENAI,
    AuthHeader,
    HyperparameterStyle,
    Profile,
)
from app.provider.types import ChatRequest, CompletionRequest, Delta, JobRequest, Sampling
from tests.provider.wire import KEY, ConnectClient, sent_body

JOB = {"id": "ftjob-1", "status": "queued"}


class Recorder:
    def __init__(self, body: object) -> None:
        self.body = body
        self.requests: list[httpx2.Request] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        request.read()
        self.requests.append(request)
        return httpx2.Response(200, json=self.body)

    @property
    def last(self) -> httpx2.Request:
        return self.requests[-1]


def test_key_travels_as_bearer(connect: ConnectClient) -> None:
    wire = Recorder(JOB)
    connect(wire, organization="org-1", project="proj-2").get_job("ftjob-1")
    assert wire.last.headers["authorization"] == f"Bearer {KEY}"
    assert wire.last.headers["openai-organization"] == "org-1"
    assert wire.last.headers["openai-project"] == "proj-2"
    assert str(wire.last.url) == "http://provider.test/v1/fine_tuning/jobs/ftjob-1"


def test_key_travels_in_the_header_of_the_profile(connect: ConnectClient) -> None:
    wire = Recorder(JOB)
    profile = Profile("azure", "Azure", "", auth_header=AuthHeader.API_KEY)
    connect(wire, profile).get_job("ftjob-1")
    assert wire.last.headers["api-key"] == KEY
    assert "authorization" not in wire.last.headers


def test_nothing_is_taken_from_the_environment(
    connect: ConnectClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_BASE_URL"):
        monkeypatch.setenv(name, "http://ambient.test")
    wire = Recorder(JOB)
    connect(wire, api_key="").get_job("ftjob-1")
    assert wire.last.url.host == "provider.test"
    assert "ambient" not in str(wire.last.headers)
    assert "authorization" not in wire.last.headers


def test_job_body_of_today(connect: ConnectClient) -> None:
    wire = Recorder(JOB)
    request = JobRequest(
        model="tiny-chat",
        training_file="file-1",
        validation_file="file-2",
        hyperparameters={"n_epochs": 3},
        suffix="stars",
        seed=7,
        metadata={"tuneboard_job": "7"},
    )
    connect(wire, ENGINE).create_job(request)
    assert sent_body(wire.last) == {
        "model": "tiny-chat",
        "training_file": "file-1",
        "validation_file": "file-2",
        "method": {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 3}}},
        "suffix": "stars",
        "seed": 7,
        "metadata": {"tuneboard_job": "7"},
    }


def test_job_body_in_the_old_style(connect: ConnectClient) -> None:
    wire = Recorder(JOB)
    profile = Profile(
        "old", "Old", "", hyperparameter_style=HyperparameterStyle.TOP_LEVEL, has_metadata=False
    )
    request = JobRequest("m", "file-1", hyperparameters={"n_epochs": 2}, metadata={"k": "v"})
    connect(wire, profile).create_job(request)
    assert sent_body(wire.last) == {
        "model": "m",
        "training_file": "file-1",
        "hyperparameters": {"n_epochs": 2},
    }


def test_metadata_filter_goes_into_the_query(connect: ConnectClient) -> None:
    wire = Recorder({"data": []})
    connect(wire).list_jobs(after="ftjob-9", metadata={"tuneboard_job": "7"})
    assert dict(wire.last.url.params) == {
        "after": "ftjob-9",
        "limit": "100",
        "metadata[tuneboard_job]": "7",
    }


def test_ids_cannot_leave_their_place_in_the_path(connect: ConnectClient) -> None:
    wire = Recorder(JOB)
    connect(wire).get_job("../../models?x=1")
    assert wire.last.url.raw_path.startswith(b"/v1/fine_tuning/jobs/..%2F..%2Fmodels%3Fx")


def test_upload_sends_the_open_file(connect: ConnectClient) -> None:
    wire = Recorder({"id": "file-1", "bytes": 3, "filename": "a.jsonl"})
    info = connect(wire).upload_file(io.BytesIO(b"{}\n"), "a.jsonl")
    body = wire.last.content
    assert info.remote_id == "file-1"
    assert b'name="purpose"\r\n\r\nfine-tune' in body
    assert b'filename="a.jsonl"' in body
    assert b"{}\n" in body


@pytest.mark.parametrize(
    ("profile", "name"), [(OPENAI, "max_completion_tokens"), (COMPATIBLE, "max_tokens")]
)
def test_chat_body(connect: ConnectClient, profile: Profile, name: str) -> None:
    wire = Recorder({"choices": []})
    sampling = Sampling(temperature=0.0, max_tokens=5, stop=("\n",), seed=1, n=2)
    request = ChatRequest("m", ({"role": "user", "content": "Hi"},), sampling)
    list(connect(wire, profile).stream_chat(request))
    assert sent_body(wire.last) == {
        "model": "m",
        "messages": [{"role": "user", "content": "Hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.0,
        name: 5,
        "stop": ["\n"],
        "seed": 1,
        "n": 2,
    }


def test_completion_body(connect: ConnectClient) -> None:
    wire = Recorder({"choices": [{"index": 0, "text": " yes"}]})
    parts = list(connect(wire).stream_completion(CompletionRequest("m", "Is it? ->")))
    assert parts == [Delta(0, " yes")]
    assert sent_body(wire.last)["prompt"] == "Is it? ->"
