"""Probes."""

from starlette.testclient import TestClient

from app.core.db import Database


def test_it_lives(anonymous: TestClient) -> None:
    assert anonymous.get("/healthz").json() == {"status": "ok"}


def test_it_is_ready(anonymous: TestClient) -> None:
    answer = anonymous.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (200, True)


def test_it_says_what_is_missing(anonymous: TestClient, db: Database) -> None:
    db.engine.dispose()
    anonymous.app.state.context.db.engine = Database("sqlite:////nowhere/at/all.db").engine  # type: ignore[attr-defined]
    answer = anonymous.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": False, "storage": True}
