"""The end of a job is told to a URL, signed, until it is taken."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from openai import InvalidWebhookSignatureError, OpenAI

from app.engine.webhooks import BadWebhook, make_webhook, pause_after
from tests.engine.samples import chat_rows, finished, once, upload
from tests.engine_fixture import EngineServer, wait_until

SECRET = f"whsec_{base64.b64encode(b'a secret of tests').decode()}"


@dataclass
class Receiver:
    """Keeps what it is sent, and answers 500 as often as it is told."""

    url: str = ""
    refusals: int = 0
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def types(self) -> list[str]:
        return [json.loads(body)["type"] for body in self.bodies]


@contextmanager
def receiving(port: int = 0, refusals: int = 0) -> Iterator[Receiver]:
    receiver = Receiver(refusals=refusals)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.bodies.append(self.rfile.read(int(self.headers["content-length"])))
            receiver.headers.append(dict(self.headers.items()))
            status = 500 if len(receiver.bodies) <= receiver.refusals else 204
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quietly."""

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_port}/hooks"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield receiver
        server.shutdown()


def engine_with(folder: Path, url: str) -> EngineServer:
    return EngineServer(
        folder, "--webhook-url", url, environment={"TUNEBOARD_ENGINE_WEBHOOK_SECRET": SECRET}
    )


def create(client: OpenAI, count: int) -> str:
    rows = upload(client, chat_rows(count))
    return client.fine_tuning.jobs.create(model="tiny-chat", training_file=rows).id


@pytest.mark.slow
def test_every_end_is_told_once_taken(tmp_path: Path) -> None:
    with (
        receiving(refusals=1) as receiver,
        engine_with(tmp_path, receiver.url) as engine,
        engine.client() as client,
    ):
        jobs = client.fine_tuning.jobs
        good = create(client, 20)
        finished(client, jobs.retrieve(good))
        bad = create(client, 3)
        finished(client, jobs.retrieve(bad))
        wait_until(lambda: len(receiver.bodies) == 3)
        ids = [headers["webhook-id"] for headers in receiver.headers]
        assert (len(set(ids)), ids.count(ids[0])) == (2, 2)
        for body, headers in zip(receiver.bodies, receiver.headers, strict=True):
            event = client.webhooks.unwrap(body, headers, secret=SECRET)
            assert event.id == headers["webhook-id"]
        assert {(json.loads(body)["type"], json.loads(body)["data"]["id"]) for body in
                receiver.bodies} == {
            ("fine_tuning.job.succeeded", good), ("fine_tuning.job.failed", bad),
        }  # fmt: skip
        with pytest.raises(InvalidWebhookSignatureError):
            client.webhooks.unwrap(receiver.bodies[0] + b" ", receiver.headers[0], secret=SECRET)


@pytest.mark.slow
@pytest.mark.kill
def test_an_event_outlives_a_kill(tmp_path: Path) -> None:
    with receiving() as receiver:
        url = receiver.url
    server = engine_with(tmp_path, url)  # nobody listens there now
    server.start()
    with server.client() as client:
        rows = upload(client, chat_rows(200))
        job = client.fine_tuning.jobs.create(
            model="tiny-chat", training_file=rows, hyperparameters={"n_epochs": 50}
        )
        once(client, job, lambda status: status == "running")
        client.fine_tuning.jobs.cancel(job.id)
    server.kill()
    with receiving(port=int(url.split(":")[2].split("/")[0])) as receiver:
        with server:
            wait_until(lambda: receiver.bodies)
        assert receiver.types() == ["fine_tuning.job.cancelled"]


def test_what_cannot_work_is_refused_at_the_start() -> None:
    assert make_webhook("", "") is None
    for url, secret in (("ftp://a", "x"), ("http://a", ""), ("http://a", "whsec_%%%")):
        with pytest.raises(BadWebhook):
            make_webhook(url, secret)
    plain = make_webhook("https://a", "as it is")
    assert plain is not None
    assert plain.key == b"as it is"
    assert "as it is" not in repr(plain)


def test_pauses_grow_to_an_hour() -> None:
    assert [pause_after(attempt) for attempt in (1, 2, 3, 100)] == [1, 2, 4, 3600]
