"""Names that look like others, or turn what follows around, are refused with a sentence."""

import pytest
from pydantic import ValidationError
from sqlmodel import Session, select
from starlette.testclient import TestClient

from app.access.models import User
from app.access.schemas import UserCreate
from app.connections.models import Connection
from app.core.actor import Role
from app.datasets.schemas import DatasetRename
from app.jobs.schemas import JobCreate

MISLEADING = ["\u202e", "\u2066", "\u200b", "\u200e", "\u2060", "\ufeff", "\u2028", "\x85", "\x00"]
FINE = ["리뷰 분류", "می\u200cخواهم", "👩\u200d🔬 lab", "Añejo", "客户 反馈", "O'Neil & Söhne"]
JOB = {
    "submission": "s" * 16,
    "connection_id": 1,
    "base_model": "tiny",
    "training_version_id": 1,
}


@pytest.mark.parametrize("sign", MISLEADING)
def test_are_refused_everywhere(ada: TestClient, session: Session, sign: str) -> None:
    name = f"Ada{sign}x"
    form = {"name": name, "profile": "compatible", "base_url": "http://127.0.0.1:9/v1"}
    answer = ada.post("/connections", data=form)
    assert answer.status_code == 422
    assert "This has characters that cannot be used here." in answer.text
    form = {"name": name, "role": "viewer", "password": "correct horse battery"}
    assert ada.post("/users", data=form).status_code == 422
    assert session.exec(select(Connection)).all() == []
    assert len(session.exec(select(User)).all()) == 3
    with pytest.raises(ValidationError):
        DatasetRename(name=name)
    with pytest.raises(ValidationError):
        JobCreate.model_validate({**JOB, "name": name})


@pytest.mark.parametrize("name", FINE)
def test_names_of_all_scripts_are_fine(name: str) -> None:
    assert UserCreate(name=name, password="correct horse battery", role=Role.VIEWER).name == name
    assert DatasetRename(name=name).name == name
    assert JobCreate.model_validate({**JOB, "name": name}).name == name
