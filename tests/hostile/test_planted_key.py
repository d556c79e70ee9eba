"""A provider's key, whatever happens with it, is nowhere to be read."""

from collections.abc import Iterator
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.connections import reading
from app.connections.models import Connection
from app.core.context import Context
from app.core.logs import configure_logs
from app.datasets.models import DatasetVersion
from app.worker import do_all_due
from tests.conftest import ClientFor
from tests.hostile.test_odd_addresses import PLACE, pages
from tests.jobs.conftest import make_due, work
from tests.jobs.provider import CUT_AFTER, ERROR_BEFORE, NONSENSE_AFTER, FakeProvider, Fault

KEY = "sk-planted-e7a1c09b2d4f6835"
# Enough of it to know the rest.
TRACES = (KEY, KEY[4:-4], KEY[-12:])
SAID = {"error": {"message": f"Incorrect API key provided: {KEY}.", "code": "invalid_api_key"}}
FAULTS = (
    Fault(401, body=SAID),
    Fault(400, body=SAID),
    Fault(500, body=SAID),
    Fault(302, headers={"location": f"http://elsewhere.test/?key={KEY}"}),
    Fault(200, body=f"<html>{KEY}</html>"),
    NONSENSE_AFTER,
    ERROR_BEFORE,
    CUT_AFTER,
)


@pytest.fixture
def logs() -> Iterator[StringIO]:
    """Everything that is logged, as chatty as it can be."""
    with redirect_stderr(StringIO()) as logs:
        configure_logs("json", "debug")
    yield logs
    configure_logs("json", "error")


def enter(ada: TestClient, url: str) -> str:
    """A connection with the key, after forms with the key that were refused."""
    fields = {"name": "Lab", "profile": "compatible", "base_url": url, "api_key": KEY}
    said = []
    for wrong in ({"name": ""}, {"base_url": "http://["}, {"api_key": f"{KEY} 한"}):
        answer = ada.post("/connections", data=fields | wrong)
        assert answer.status_code == 422
        said.append(answer.text)
    answer = ada.post("/connections", data=fields)
    assert answer.status_code == 303
    return "".join([*said, *answer.headers.values()])


def use(ada: TestClient, provider: FakeProvider, context: Context, version: DatasetVersion) -> str:
    """Everything a key is needed for, and everything goes wrong."""
    said = []
    provider.fail(r"GET /v1/models", *FAULTS)
    for _ in FAULTS:
        said.append(ada.post("/connections/1/test", headers={"hx-request-type": "partial"}).text)
        ada.post("/connections/1/models")
        do_all_due(context, reading.TASKS)
    form = {"connection_id": "1", "base_model": "tiny", "training_version_id": str(version.id)}
    provider.fail(r"POST /v1/(files|fine)", *FAULTS)
    for number in range(3):
        created = ada.post("/jobs", data=form | {"submission": f"submission-{number:08}"})
        said.append(created.text)
        for _ in range(3):
            work(context)
            make_due(context.db)
    asked = {"connection_id": "1", "column": "c1", "model": "tiny", "prompt": "Hi", "system": ""}
    said.append(ada.post("/playground", data=asked | {"endpoint": "auto"}).text)
    return "".join(said)


@pytest.mark.slow
def test_a_planted_key_is_nowhere(
    app: FastAPI,
    context: Context,
    client_for: ClientFor,
    provider: FakeProvider,
    version: DatasetVersion,
    logs: StringIO,
) -> None:
    ada = client_for("Ada")
    said = enter(ada, provider.url)
    said += use(ada, provider, context, version)
    paths = [PLACE.sub("1", route.path) for route in pages(app)]
    for client in (ada, client_for("Vi")):
        said += "".join(client.get(path).text for path in paths)
    with context.db.read() as session:
        assert session.get_one(Connection, 1).encrypted_key
    kept = {str(path): path.read_bytes() for path in all_files(context.settings.data_dir)}
    assert provider.count("GET /v1/models") > len(FAULTS)
    assert provider.count("POST /v1/files") > 1
    logged = logs.getvalue()
    assert '"event": "request"' in logged
    assert any(b"Incorrect API key provided" in data for data in kept.values())
    assert [trace for trace in TRACES if trace in said] == []
    assert [trace for trace in TRACES if trace in logged] == []
    assert [name for name, data in kept.items() for t in TRACES if t.encode() in data] == []


def all_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
