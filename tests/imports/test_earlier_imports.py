"""Imports from before mappings were saved: theirs are offered all the same."""

from alembic import command
from sqlmodel import select
from starlette.testclient import TestClient

from app.core.context import Context
from app.core.db import migration_config
from app.imports.models import SavedMapping
from app.imports.saved_mappings import key_of
from tests.imports.imports import START, convert, send_recognised


def test_their_mappings_are_saved_once(ed: TestClient, context: Context) -> None:
    for number in range(2):
        path = send_recognised(ed, context, f"제목;내용;별점\na{number};b;1\n".encode(), "r.csv")
        ed.post(f"{path}/start", data=START | {"name": f"Reviews {number}"})
        convert(context)
    with context.db.engine.execution_options(write=True).begin() as connection:
        command.downgrade(migration_config(connection), "0014")
    context.db.upgrade()
    with context.db.read() as session:
        [saved] = session.exec(select(SavedMapping)).all()
        assert (saved.name, saved.created_by) == ("Reviews 1", "Ed")
        assert saved.key == key_of(saved.mapping)
        assert saved.mapping["system"] == START["system"]
