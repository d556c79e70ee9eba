"""A provider behind a real socket that can be told to misbehave."""

import json
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

Answer = tuple[int, Any]


class Fault:
    """What goes wrong with one request. `works`: whether the provider did what was asked."""

    def __init__(
        self,
        status: int | None = None,
        *,
        works: bool = False,
        body: object = None,
        headers: dict[str, str] | None = None,
        seconds: float = 0.0,
    ) -> None:
        self.status, self.works, self.body = status, works, body
        self.headers, self.seconds = headers or {}, seconds


CUT_BEFORE = Fault()
CUT_AFTER = Fault(works=True)
ERROR_AFTER = Fault(500, works=True)
ERROR_BEFORE = Fault(500)
NONSENSE_AFTER = Fault(200, works=True, body="<html>hello</html>")
BUSY = Fault(429, headers={"retry-after": "7"})


class FakeProvider:
    """Files and jobs in memory; `faults` are used up by the requests that match them."""

    def __init__(self) -> None:
        self.files: dict[str, dict[str, Any]] = {}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.events: dict[str, list[dict[str, Any]]] = {}
        self.checkpoints: dict[str, list[dict[str, Any]]] = {}
        self.contents: dict[str, bytes] = {}
        self.requests: list[str] = []
        self.faults: deque[tuple[str, Fault]] = deque()
        self.keeps_metadata = True
        self.circles = False
        self.file_status = "processed"
        self.delay = 0.0
        self.numbers = count(1)
        self.lock = threading.Lock()
        self.url = ""

    def fail(self, pattern: str, *faults: Fault) -> None:
        """The next requests `METHOD /path` that match go wrong."""
        self.faults.extend((pattern, fault) for fault in faults)

    def count(self, pattern: str) -> int:
        return sum(1 for request in self.requests if re.search(pattern, request))

    def take_fault(self, request: str) -> Fault | None:
        for position, (pattern, fault) in enumerate(self.faults):
            if re.search(pattern, request):
                del self.faults[position]
                return fault
        return None

    # --- what it does

    def act(self, request: str, query: dict[str, list[str]], body: bytes) -> Answer:
        routes: list[tuple[str, Callable[..., Answer]]] = [
            (r"POST /v1/files", lambda: (200, self.create_file(body))),
            (r"GET /v1/files", lambda: (200, self.page(self.newest(self.files), query))),
            (r"GET /v1/files/([^/]+)/content", self.content),
            (r"GET /v1/files/([^/]+)", lambda key: found(self.files, key)),
            (r"POST /v1/fine_tuning/jobs", lambda: (200, self.create_job(json.loads(body)))),
            (r"GET /v1/fine_tuning/jobs", lambda: (200, self.page(self.listed(query), query))),
            (r"GET /v1/fine_tuning/jobs/([^/]+)", lambda key: found(self.jobs, key)),
            (r"POST /v1/fine_tuning/jobs/([^/]+)/cancel", self.cancel),
            (
                r"GET /v1/fine_tuning/jobs/([^/]+)/events",
                lambda key: (200, self.page(self.events.get(key, [])[::-1], query)),
            ),
            (
                r"GET /v1/fine_tuning/jobs/([^/]+)/checkpoints",
                lambda key: (200, self.page(self.checkpoints.get(key, [])[::-1], query)),
            ),
        ]
        for pattern, act in routes:
            if match := re.fullmatch(pattern, request):
                return act(*match.groups())
        return 404, refusal("Unknown request URL.", None)

    def newest(self, rows: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
        return list(rows.values())[::-1]

    def create_file(self, body: bytes) -> dict[str, Any]:
        filename = re.search(rb'filename="([^"]+)"', body)
        assert filename is not None
        _, _, rest = body.partition(filename[0])
        content = rest.partition(b"\r\n\r\n")[2].partition(b"\r\n--")[0]
        file = {
            "id": f"file-{next(self.numbers)}",
            "object": "file",
            "bytes": len(content),
            "created_at": int(time.time()),
            "filename": filename[1].decode(),
            "purpose": "fine-tune",
            "status": self.file_status,
        }
        self.files[str(file["id"])] = file
        self.contents[str(file["id"])] = content
        return file

    def create_job(self, asked: dict[str, Any]) -> dict[str, Any]:
        job = {
            "id": f"ftjob-{next(self.numbers)}",
            "object": "fine_tuning.job",
            "created_at": int(time.time()),
            "model": asked["model"],
            "training_file": asked["training_file"],
            "validation_file": asked.get("validation_file"),
            "status": "queued",
            "method": asked.get("method"),
            "metadata": asked.get("metadata") if self.keeps_metadata else None,
            "user_provided_suffix": asked.get("suffix"),
            "result_files": [],
            "error": {},
        }
        self.jobs[str(job["id"])] = job
        return job

    def cancel(self, job_id: str) -> Answer:
        status, job = found(self.jobs, job_id)
        if status == 200 and job["status"] in {"succeeded", "failed"}:
            return 400, refusal("The job has ended already.", "invalid_request")
        if status == 200:
            job["status"] = "cancelled"
        return status, job

    def listed(self, query: dict[str, list[str]]) -> list[dict[str, Any]]:
        wanted = {k[9:-1]: v[0] for k, v in query.items() if k.startswith("metadata[")}
        jobs = list(self.jobs.values())[::-1]
        return [job for job in jobs if wanted.items() <= (job["metadata"] or {}).items()]

    def page(self, rows: list[dict[str, Any]], query: dict[str, list[str]]) -> dict[str, Any]:
        limit, after = int(query.get("limit", ["20"])[0]), query.get("after", [None])[0]
        if self.circles:
            return {"object": "list", "data": rows[:limit], "has_more": True}
        ids = [row["id"] for row in rows]
        start = ids.index(after) + 1 if after in ids else 0
        page = rows[start : start + limit]
        return {"object": "list", "data": page, "has_more": start + limit < len(rows)}

    def content(self, file_id: str) -> Answer:
        if file_id not in self.contents:
            return 404, refusal("No such file.", "not_found")
        return 200, self.contents[file_id]

    # --- what happens to a job

    def step(self, job_id: str, step: int, total: int, **metrics: object) -> None:
        """One step of training, told in an event."""
        self.jobs[job_id]["status"] = "running"
        self.say(job_id, f"Step {step}/{total}", {"step": step, "total_steps": total, **metrics})

    def say(self, job_id: str, message: str, data: object = None, level: str = "info") -> None:
        event = {
            "id": f"ftevent-{next(self.numbers)}",
            "object": "fine_tuning.job.event",
            "created_at": int(time.time()),
            "level": level,
            "message": message,
            "type": "metrics" if data else "message",
            "data": data,
        }
        self.events.setdefault(job_id, []).append(event)

    def finish(self, job_id: str, status: str = "succeeded", **values: object) -> None:
        model = f"ft:tiny:org::{job_id}" if status == "succeeded" else None
        ended = {"status": status, "finished_at": int(time.time()), "fine_tuned_model": model}
        self.jobs[job_id].update(ended | values)


def refusal(message: str, code: str | None) -> dict[str, Any]:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return {"error": error}


def found(rows: dict[str, dict[str, Any]], key: str) -> Answer:
    return (200, rows[key]) if key in rows else (404, refusal(f"No such {key}.", "not_found"))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Server"

    def answer(self) -> None:
        provider, body, address = self.server.provider, self.read_body(), urlsplit(self.path)
        time.sleep(provider.delay)
        result: Answer = (200, None)
        with provider.lock:
            provider.requests.append(f"{self.command} {self.path}")
            fault = provider.take_fault(provider.requests[-1])
            if fault is None or fault.works:
                request = f"{self.command} {address.path}"
                result = provider.act(request, parse_qs(address.query), body)
        if fault is None:
            self.send(*result, {})
        elif fault.status is None:
            self.close_connection = True
            self.connection.close()
        else:
            time.sleep(fault.seconds)
            self.send(fault.status, fault.body or refusal("Fault.", None), fault.headers)

    do_GET = do_POST = do_DELETE = answer  # noqa: N815 - as the base class calls them

    def read_body(self) -> bytes:
        if self.headers.get("transfer-encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("content-length") or 0))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def send(self, status: int, content: object, headers: dict[str, str]) -> None:
        text = content.encode() if isinstance(content, str) else content
        data = text if isinstance(text, bytes) else json.dumps(text).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Silence."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, provider: FakeProvider) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.provider = provider

    def handle_error(self, request: object, client_address: object) -> None:
        """Cut connections are part of the play."""


@contextmanager
def serve(provider: FakeProvider) -> Iterator[FakeProvider]:
    server = Server(provider)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    provider.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
