"""What a start of the server does besides serving."""

import os

from fastapi import FastAPI
from starlette.testclient import TestClient

from app.core.context import Context


def test_it_throws_away_what_crashes_left_of_uploads(app: FastAPI, context: Context) -> None:
    old, fresh = (context.storage.root / "incoming" / name for name in ("old", "fresh"))
    for path in (old, fresh):
        path.write_bytes(b"half an upload")
    os.utime(old, (0, 0))
    with TestClient(app):
        assert (old.exists(), fresh.exists()) == (False, True)
