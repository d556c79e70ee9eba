"""What holds on SQLite holds on PostgreSQL: migrations, leases, and the pages of a first day."""

import threading

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect
from sqlmodel import SQLModel, col
from starlette.testclient import TestClient

from app.access.models import User
from app.access.service import find_user_by_name
from app.core.changes import changes_of
from app.core.context import Context
from app.core.db import Database, migration_config
from app.core.leases import claim
from app.datasets.models import DatasetVersion, VersionStatus
from app.jobs.metrics import list_metric_names
from app.jobs.models import Job
from app.worker import do_all_due
from tests.conftest import PASSWORD, ClientFor

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
PAGES = ("/", "/datasets", "/datasets/1/versions/1", "/jobs", "/jobs/new", "/connections")


def test_models_and_migrations_agree(db: Database) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_migrations_go_down_and_up_again(db: Database) -> None:
    with db.engine.begin() as connection:
        command.downgrade(migration_config(connection), "base")
    assert inspect(db.engine).get_table_names() == ["alembic_version"]
    db.upgrade()
    assert "job" in inspect(db.engine).get_table_names()


def test_two_workers_never_hold_the_same_row(context: Context, anonymous: TestClient) -> None:
    first_visit(anonymous)
    anonymous.post("/datasets/sample")
    taken: list[int] = []

    def take(owner: str) -> None:
        with context.db.write() as session:
            row = claim(
                session,
                DatasetVersion,
                col(DatasetVersion.status) == VersionStatus.UPLOADED,
                owner=owner,
                seconds=30,
            )
        taken.extend([row] if row else [])

    threads = [threading.Thread(target=take, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken == [1]


def test_a_first_day(client_for: ClientFor, context: Context) -> None:
    person = client_for(None)
    first_visit(person)
    assert person.post("/datasets/sample").status_code == 303
    do_all_due(context)
    with context.db.read() as session:
        assert session.get_one(DatasetVersion, 1).status is VersionStatus.READY
        assert session.get(Job, 1) is None
    assert {path: person.get(path).status_code for path in PAGES} == dict.fromkeys(PAGES, 200)
    assert person.get("/jobs?q=x&status=failed&before=2026").status_code in {200, 422}


def test_a_severity_is_decided_and_taken_back(client_for: ClientFor, context: Context) -> None:
    person = client_for(None)
    first_visit(person)
    person.post("/datasets/sample")
    do_all_due(context)
    path = "/datasets/1/versions/1/findings/few_examples_per_class/severity"
    statuses = []
    for address, reason in ((path, "a nul \x00"), (path, "이유"), (f"{path}/restore", "")):
        answer = person.post(address, data={"severity": "error", "reason": reason})
        assert answer.status_code in {303, 422}
        with context.db.read() as session:
            statuses.append(session.get_one(DatasetVersion, 1).status.value)
    assert statuses == ["ready", "blocked", "ready"]


def test_a_table_is_imported_cancelled_and_mapped_again(
    client_for: ClientFor, context: Context
) -> None:
    person = client_for(None)
    first_visit(person)
    rows = "".join(f"row {number},{number % 5}\n" for number in range(100))
    table = {"file": ("r.csv", f"글,별\na nul \x00,1\n{rows}".encode(), "text/csv")}
    path = str(person.post("/imports", files=table).headers["location"])
    do_all_due(context)
    mapping = {"target": "chat", "user": "{{ 글 }}", "assistant": "{{ 별 }}"}
    for verb in ("start", "cancel", "start"):
        assert person.post(f"{path}/{verb}", data=mapping).status_code == 303
    do_all_due(context)
    again = str(person.post(f"{path}/repeat").headers["location"])
    person.post(f"{again}/start", data=mapping)
    do_all_due(context)
    pages = (path, again, "/imports", "/imports/mappings", "/audit", "/datasets/2/versions/1")
    assert {page: person.get(page).status_code for page in pages} == dict.fromkeys(pages, 200)


def first_visit(person: TestClient) -> None:
    answer = person.post("/setup", data={"name": "Ada", "password": PASSWORD})
    assert answer.status_code == 303


def test_names_are_found_whatever_their_case(db: Database, anonymous: TestClient) -> None:
    first_visit(anonymous)
    with db.read() as session:
        found = find_user_by_name(session, "aDA")
    assert isinstance(found, User)


def test_a_commit_is_noticed_by_one_look(db: Database, anonymous: TestClient) -> None:
    with changes_of(db) as has_changed:
        assert has_changed()
        assert not has_changed()
        first_visit(anonymous)
        assert has_changed()
        anonymous.get("/")
        assert not has_changed()


def test_names_of_metrics_are_jumped_to(db: Database) -> None:
    with db.read() as session:
        assert list_metric_names(session, 1) == []
