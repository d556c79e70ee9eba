"""The report as JSON."""

import json
from io import StringIO

from starlette.testclient import TestClient

from app.core.context import Context
from app.core.db import Database
from app.datasets.command import validate
from app.datasets.deep import checking
from app.worker import do_all_due
from tests.datasets.uploads import chat_row, jsonl, upload, upload_checked, version_at

BROKEN = jsonl(*[chat_row("the same")] * 3, "{oops", *(chat_row(f"row {n}") for n in range(9)))


def test_it_says_what_the_command_line_says(
    ed: TestClient, vi: TestClient, context: Context, db: Database
) -> None:
    path = upload_checked(ed, context, BROKEN)
    answer = vi.get(f"{path}/report.json")
    out = StringIO()
    validate([context.storage.path(version_at(db, path).sha256)], as_json=True, out=out)
    expected = json.loads(out.getvalue()) | {"file": "reviews.jsonl", "alike": None, "texts": None}
    assert answer.json() == expected
    assert answer.headers["content-disposition"].startswith("attachment")
    lines = {finding["rule"]: finding["lines"] for finding in answer.json()["findings"]}
    assert (lines["invalid_json"], lines["duplicate_example"]) == ([4], [2, 3])


def test_examples_that_are_alike_join_it(ed: TestClient, context: Context) -> None:
    path = upload_checked(ed, context, BROKEN)
    do_all_due(context, checking.TASKS)
    assert ed.get(f"{path}/report.json").json()["alike"]["exact"] == {"groups": 1, "lines": 3}
    assert "report.json" in ed.get(path).text


def test_it_waits_for_the_check(ed: TestClient, anonymous: TestClient) -> None:
    path = upload(ed).headers["location"]
    assert ed.get(f"{path}/report.json").status_code == 404
    assert anonymous.get(f"{path}/report.json").status_code == 401
