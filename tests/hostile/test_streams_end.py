"""Who may no longer look is sent nothing more, also on a stream that was open before."""

import threading
from collections.abc import Iterator

import httpx2
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.access import service
from app.access.deps import SEEN_AGAIN_SECONDS
from app.core.actor import SYSTEM
from app.core.context import Context
from app.jobs.models import Job
from tests.conftest import sign_in
from tests.live import LiveServer, serve_in_thread

PATIENCE = SEEN_AGAIN_SECONDS + 15.0


@pytest.fixture
def server(app: FastAPI) -> Iterator[LiveServer]:
    with serve_in_thread(app) as server:
        yield server


@pytest.mark.slow
@pytest.mark.parametrize("address", ["/jobs/{id}/live?tab=events", "/jobs/live?job={id}"])
def test_of_somebody_who_is_retired(
    server: LiveServer, context: Context, job: Job, address: str
) -> None:
    cookies = {"tuneboard_session": sign_in(context, "Vi")}
    began, ended = threading.Event(), threading.Event()

    def watch() -> None:
        url = server.url + address.format(id=job.id)
        with (
            httpx2.Client(cookies=cookies, timeout=PATIENCE) as client,
            client.stream("GET", url) as answer,
        ):
            began.set()
            answer.read()
        ended.set()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    assert began.wait(PATIENCE)
    with context.db.write() as session:
        vi = service.find_user_by_name(session, "Vi")
        assert vi is not None
        service.retire_user(session, SYSTEM, vi.id or 0)
    assert ended.wait(PATIENCE)


def test_a_new_role_holds_at_once(ada: TestClient, ed: TestClient) -> None:
    assert ed.get("/datasets/new").status_code == 200
    ada.post("/users/2/role", data={"role": "viewer"})
    assert ed.get("/datasets/new").status_code == 403
