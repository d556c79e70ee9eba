"""Whatever the description allows is answered as the description says, and nothing breaks."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from openai import OpenAI
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    response_headers_conformance,
    response_schema_conformance,
)

from tests.engine.samples import chat_rows, finished, upload
from tests.engine_contract import DESCRIPTION, REASON, load_description
from tests.engine_fixture import EngineServer

if not DESCRIPTION.is_file():
    pytest.skip(REASON, allow_module_level=True)

pytestmark = pytest.mark.slow
CHECKS = [not_a_server_error, response_schema_conformance, response_headers_conformance]
schema = schemathesis.openapi.from_dict(load_description())
known: dict[str, str] = {}
turns = count()


@pytest.fixture(scope="module")
def flooded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineServer]:
    """An engine of its own, for the jobs that come of this; it holds a few real things, so that
    not every generated address is of something unknown."""
    place = tmp_path_factory.mktemp("flooded")
    with EngineServer(place, slots=2) as engine, engine.client() as client:
        training = upload(client, chat_rows(12))
        job = client.fine_tuning.jobs.create(model="tiny-chat", training_file=training)
        model = finished(client, job).fine_tuned_model
        assert model is not None
        known.update(
            file_id=training,
            fine_tuning_job_id=job.id,
            fine_tuned_model_checkpoint=model,
            model="tiny-chat",
            upload_id=new_upload(client),
        )
        yield engine
    known.clear()


def new_upload(client: OpenAI) -> str:
    return client.uploads.create(
        filename="a.jsonl", purpose="fine-tune", bytes=10, mime_type="text/jsonl"
    ).id


def use_known(case: schemathesis.Case[Any]) -> None:
    """About half of the generated names give way to real ones, a tenth of the jobs can begin;
    deletions stay made up."""
    if case.method.upper() == "DELETE":
        return
    for name, value in case.path_parameters.items():
        if name in known and len(str(value)) % 2:
            case.path_parameters[name] = known[name]
    body: Any = case.body
    if isinstance(body, dict) and isinstance(body.get("model"), str) and len(body["model"]) % 2:
        is_chat = case.path != "/completions"
        body["model"] = "tiny-chat" if is_chat else "tiny-completion"
        if "training_file" in body and next(turns) % 10 == 0:
            body["training_file"] = known["file_id"]


@schema.parametrize()
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_request(case: schemathesis.Case[Any], flooded: EngineServer) -> None:
    use_known(case)
    answer = case.call(base_url=flooded.url, headers={"authorization": f"Bearer {flooded.key}"})
    assert answer.status_code < 500
    case.validate_response(answer, checks=CHECKS if is_json(answer) else CHECKS[:1])
    if answer.status_code >= 400:
        assert set(answer.json()["error"]) == {"message", "type", "param", "code"}


def is_json(answer: schemathesis.Response) -> bool:
    return "application/json" in answer.headers.get("content-type", ["application/json"])
