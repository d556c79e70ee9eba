"""A version prepared as people and workers do it."""

import json

from httpx2 import Response
from sqlmodel import select
from starlette.testclient import TestClient

from app.core.context import Context
from app.core.db import Database
from app.datasets import checking
from app.datasets.deep import checking as looking
from app.datasets.models import DatasetVersion
from app.recipes import preparing
from app.recipes.models import Recipe
from app.worker import do_all_due
from tests.datasets.uploads import upload

Data = dict[str, str | list[str]]


def upload_looked_at(client: TestClient, context: Context, data: bytes) -> str:
    """The path of a version after both looks at it."""
    path = str(upload(client, data).headers["location"])
    do_all_due(context, [*checking.TASKS, *looking.TASKS])
    return path


def prepare(client: TestClient, context: Context, path: str, data: Data) -> Response:
    answer = client.post(f"{path}/prepare", data=data)
    do_all_due(context, [*preparing.TASKS, *checking.TASKS, *looking.TASKS])
    return answer


def last_version(db: Database) -> DatasetVersion:
    with db.read() as session:
        versions = session.exec(select(DatasetVersion)).all()
    return max(versions, key=lambda version: version.id or 0)


def last_recipe(db: Database) -> Recipe:
    with db.read() as session:
        return max(session.exec(select(Recipe)).all(), key=lambda recipe: recipe.id or 0)


def lines_of(context: Context, version: DatasetVersion) -> list[str]:
    return context.storage.path(version.sha256).read_text(encoding="utf-8").splitlines()


def pair_row(prompt: str, completion: str) -> str:
    return json.dumps({"prompt": prompt, "completion": completion}, ensure_ascii=False)
