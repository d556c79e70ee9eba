"""Uploading and checking, as browsers and workers do it."""

import json
from pathlib import Path

from httpx2 import Response
from starlette.testclient import TestClient

from app.core.context import Context
from app.core.db import Database
from app.datasets import checking
from app.datasets.models import DatasetVersion
from app.datasets.service import get_version_by_number
from app.worker import do_all_due

ROWS = 12


def chat_row(text: str, answer: str = "5") -> str:
    messages = [{"role": "user", "content": text}, {"role": "assistant", "content": answer}]
    return json.dumps({"messages": messages}, ensure_ascii=False)


def jsonl(*rows: str) -> bytes:
    return "".join(f"{row}\n" for row in rows).encode()


def reviews(count: int = ROWS) -> bytes:
    return jsonl(*(chat_row(f"review {number}", str(number % 5 + 1)) for number in range(count)))


def upload(
    client: TestClient,
    data: bytes = b"",
    filename: str = "reviews.jsonl",
    name: str = "",
    to: str = "/datasets",
) -> Response:
    files = {"file": (filename, data or reviews(), "application/octet-stream")}
    return client.post(to, data={"name": name}, files=files)


def upload_checked(client: TestClient, context: Context, data: bytes = b"") -> str:
    """The path of the first version of a new dataset, once it is checked."""
    path = str(upload(client, data).headers["location"])
    check(context)
    return path


def check(context: Context) -> None:
    do_all_due(context, checking.TASKS)


def version_at(db: Database, path: str) -> DatasetVersion:
    """The version an address of ours is about."""
    _, _, dataset_id, _, number = path.split("/")
    with db.read() as session:
        return get_version_by_number(session, int(dataset_id), int(number))


def files_in(context: Context) -> list[Path]:
    return [path for path in context.storage.root.rglob("*") if path.is_file()]
