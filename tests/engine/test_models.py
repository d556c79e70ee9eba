"""Models: bases stay, tuned ones may go; a body with cancel and delete does no harm."""

import pytest
from openai import NotFoundError, OpenAI, PermissionDeniedError

from tests.engine.samples import chat_rows, finished, upload
from tests.engine_fixture import EngineServer


def test_bases_are_listed_and_cannot_be_deleted(client: OpenAI) -> None:
    models = {model.id: model for model in client.models.list()}
    for name in ("tiny-chat", "tiny-completion"):
        assert models[name].owned_by == "tuneboard-engine"
        assert models[name].to_dict()["shutdown_date"] is None
        assert client.models.retrieve(name) == models[name]
        with pytest.raises(PermissionDeniedError, match="cannot be deleted"):
            client.models.delete(name)
    with pytest.raises(NotFoundError) as unknown:
        client.models.retrieve("gpt-9")
    assert unknown.value.code == "model_not_found"


def test_a_body_with_cancel_and_delete_is_accepted(engine: EngineServer) -> None:
    """Gateways add one."""
    body = {"model": "tiny-chat", "user": "gateway"}
    with engine.client() as client, engine.http() as http:
        training = upload(client, chat_rows(200))
        job = client.fine_tuning.jobs.create(
            model="tiny-chat", training_file=training, hyperparameters={"n_epochs": 50}
        )
        cancelled = http.post(f"/fine_tuning/jobs/{job.id}/cancel", json=body)
        assert cancelled.json()["status"] == "cancelled"
        gone = http.request("DELETE", f"/files/{training}", json=body)
        assert gone.json() == {"id": training, "object": "file", "deleted": True}
        rows = upload(client, chat_rows(10))
        model = finished(
            client, client.fine_tuning.jobs.create(model="tiny-chat", training_file=rows)
        ).fine_tuned_model
        gone = http.request("DELETE", f"/models/{model}", json=body)
        assert gone.json() == {"id": model, "object": "model", "deleted": True}
