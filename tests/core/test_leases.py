"""Claims: one row, one worker; a dead worker loses it."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Field, SQLModel, col

from app.core.db import Database
from app.core.leases import Leased, claim, release, renew


class Errand(Leased, table=True):
    __tablename__ = "errand_of_tests"
    id: int | None = Field(default=None, primary_key=True)
    done: bool = Field(default=False)


# Out of the shared list, or the migrations test would ask for it.
SQLModel.metadata.remove(Errand.__table__)  # type: ignore[attr-defined]


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    db = Database(f"sqlite:///{tmp_path}/leases.db")
    Errand.__table__.create(db.engine)  # type: ignore[attr-defined]
    with db.write() as session:
        session.add_all([Errand() for _ in range(20)])
    yield db
    db.close()


def take(db: Database, owner: str, seconds: float = 30) -> int | None:
    with db.write() as session:
        return claim(session, Errand, col(Errand.done).is_(False), owner=owner, seconds=seconds)


def test_two_workers_never_hold_the_same_row(db: Database) -> None:
    taken: list[int] = []

    def work(owner: str) -> None:
        while (row := take(db, owner)) is not None:
            taken.append(row)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(1, 21))


def test_a_lease_that_ran_out_is_taken_over(db: Database) -> None:
    first = take(db, "dead", seconds=0.05)
    time.sleep(0.1)
    assert take(db, "alive") == first


def test_only_the_holder_renews_and_releases(db: Database) -> None:
    row = take(db, "holder") or 0
    with db.write() as session:
        assert not renew(session, Errand, row, owner="other", seconds=9)
        assert renew(session, Errand, row, owner="holder", seconds=9)
        release(session, Errand, row, owner="other")
    assert take(db, "other") != row
    with db.write() as session:
        release(session, Errand, row, owner="holder")
    assert take(db, "third") == row


def test_nothing_due_is_none(db: Database) -> None:
    while take(db, "one") is not None:
        pass
    assert take(db, "two") is None
