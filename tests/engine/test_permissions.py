"""Sharing a tuned model with projects."""

import pytest
from openai import BadRequestError, NotFoundError, OpenAI

from tests.engine.samples import chat_rows, finished, upload


@pytest.fixture
def model(client: OpenAI) -> str:
    job = client.fine_tuning.jobs.create(
        model="tiny-chat", training_file=upload(client, chat_rows(10)), seed=1
    )
    name = finished(client, job).fine_tuned_model
    assert name is not None
    return name


def test_permissions_are_given_listed_and_taken_back(client: OpenAI, model: str) -> None:
    permissions = client.fine_tuning.checkpoints.permissions
    given = permissions.create(model, project_ids=["proj_a", "proj_b", "proj_a", "proj_c"]).data
    assert [one.project_id for one in given] == ["proj_a", "proj_b", "proj_c"]
    assert all(one.id.startswith("cp_") for one in given)
    again = permissions.create(model, project_ids=["proj_b"]).data
    assert again == given[1:2]
    newest = permissions.list(model, limit=2)
    assert [one.id for one in newest.data] == [given[2].id, given[1].id]
    assert newest.has_more
    rest = permissions.list(model, order="ascending", after=given[1].id)
    assert [one.id for one in rest.data] == [given[2].id]
    assert [one.id for one in permissions.list(model, project_id="proj_a").data] == [given[0].id]
    gone = permissions.delete(given[1].id, fine_tuned_model_checkpoint=model)
    assert (gone.id, gone.deleted) == (given[1].id, True)
    with pytest.raises(NotFoundError, match="No such checkpoint permission"):
        permissions.delete(given[1].id, fine_tuned_model_checkpoint=model)
    assert len(permissions.list(model).data) == 2


def test_bad_permissions_are_refused(client: OpenAI, model: str) -> None:
    permissions = client.fine_tuning.checkpoints.permissions
    with pytest.raises(NotFoundError) as unknown:
        permissions.create("ft:tiny-chat:nobody::12345678", project_ids=["proj_a"])
    assert unknown.value.code == "model_not_found"
    bodies: list[dict[str, object]] = [{"project_ids": []}, {"project_ids": "proj_a"}, {}]
    for body in bodies:
        with pytest.raises(BadRequestError) as refused:
            client.post(f"/fine_tuning/checkpoints/{model}/permissions", body=body, cast_to=object)
        assert refused.value.param == "project_ids"
    with pytest.raises(BadRequestError) as refused:
        permissions.list(model, limit=0)
    assert refused.value.param == "limit"
