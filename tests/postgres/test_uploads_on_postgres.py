"""Uploads on PostgreSQL: begun, gone on with, finished twice, and forgotten after a day."""

import pytest
from sqlmodel import select

from app.core.context import Context
from app.datasets.uploads.finishing import TASKS
from app.datasets.uploads.models import UploadSession
from app.worker import do_all_due
from tests.conftest import ClientFor
from tests.datasets.uploads import files_in
from tests.postgres.test_same_on_postgres import first_visit
from tests.uploads.sending import FILE, append, begin, begun, finish
from tests.uploads.test_expire_upload import pass_time

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


def test_an_upload_goes_its_way(client_for: ClientFor, context: Context) -> None:
    person = client_for(None)
    first_visit(person)
    path = begun(person, name="Nul\x00l", filename="a\x00.jsonl")
    append(person, path, 0, FILE[:1000])
    again = begin(person, filename="a.jsonl")
    assert (again.status_code, again.json()["offset"]) == (200, 1000)
    assert "stopped at" in person.get("/uploads").text
    assert append(person, path, 0, FILE).status_code == 409
    assert append(person, path, 1000, FILE[1000:]).json()["offset"] == len(FILE)
    answers = {finish(person, path[9:]).headers["location"] for _ in range(2)}
    assert answers == {"/datasets/1/versions/1"}
    left = begun(person, filename="left.jsonl", dataset_id=1)
    append(person, left, 0, FILE[:1000])
    part = next(path for path in files_in(context) if path.suffix == ".part")
    pass_time(context, part)
    do_all_due(context, TASKS)
    assert not part.exists()
    with context.db.read() as session:
        assert session.exec(select(UploadSession)).all() == []
