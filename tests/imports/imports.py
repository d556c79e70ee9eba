"""Sending files to be imported, and the background doing its part."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from httpx2 import Response
from sqlmodel import select
from starlette.testclient import TestClient

from app.core.context import Context
from app.core.db import Database
from app.core.storage import Storage
from app.datasets.models import DatasetVersion
from app.imports import converting, recognising
from app.imports.models import Import
from app.imports.service import get_import, list_outputs
from app.worker import do_all_due

REVIEWS = "제목;내용;별점\n좋아요;앱이 빠르고 편해요;5\n별로;자꾸 꺼집니다;1\n보통;그저 그래요;3\n"
START = {
    "name": "리뷰",
    "target": "chat",
    "system": "Rate the review from 1 to 5.",
    "user": "{{ 제목 }}\n{{ 내용 }}",
    "assistant": "{{ 별점 }}",
    "types": "2:integer",
}


class CallingStorage(Storage):
    """Something happens as soon as the worker asks for the file."""

    def __init__(self, context: Context, call: Callable[[], object]) -> None:
        super().__init__(context.storage.root)
        self.call = call

    def path(self, sha256: str, suffix: str = "") -> Path:
        self.call()
        return super().path(sha256, suffix)


def send(
    client: TestClient,
    data: bytes = REVIEWS.encode("cp949"),
    filename: str = "리뷰.csv",
    **fields: str,
) -> Response:
    files = {"file": (filename, data, "application/octet-stream")}
    return client.post("/imports", data=fields, files=files)


def recognise(context: Context) -> None:
    do_all_due(context, recognising.TASKS)


def convert(context: Context) -> None:
    do_all_due(context, converting.TASKS)


def send_recognised(
    client: TestClient,
    context: Context,
    data: bytes = REVIEWS.encode("cp949"),
    filename: str = "리뷰.csv",
) -> str:
    """The address of an import that waits to be mapped."""
    path = str(send(client, data, filename).headers["location"])
    recognise(context)
    return path


def import_at(db: Database, path: str) -> Import:
    with db.read() as session:
        return get_import(session, int(path.rsplit("/", 1)[-1]))


def examples_of(context: Context, path: str) -> list[list[Any]]:
    """The rows of each version that came of it."""
    with context.db.read() as session:
        versions = list_outputs(session, int(path.rsplit("/", 1)[-1]))
        return [
            [json.loads(line) for line in read(context, version).splitlines()]
            for version, _ in versions
        ]


def read(context: Context, version: DatasetVersion) -> bytes:
    return context.storage.path(version.sha256).read_bytes()


def count_imports(db: Database) -> int:
    with db.read() as session:
        return len(session.exec(select(Import)).all())


def shown_text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
