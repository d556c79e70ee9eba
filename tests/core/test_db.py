"""Transactions: nothing lost, nothing half done."""

import threading

import pytest
from sqlmodel import Session, select

from app.access.models import User
from app.core.actor import Role
from app.core.db import Database


def count_up(db: Database, times: int) -> None:
    for _ in range(times):
        with db.write() as session:
            user = session.exec(select(User).where(User.name == "Ed")).one()
            user.failed_count += 1


def test_writers_lose_no_update(db: Database) -> None:
    threads = [threading.Thread(target=count_up, args=(db, 40)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.read() as session:
        assert session.exec(select(User.failed_count).where(User.name == "Ed")).one() == 160


def test_what_raises_is_rolled_back(db: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        add_and_fail(db)
    with db.read() as session:
        assert session.exec(select(User).where(User.name == "Eve")).first() is None


def test_foreign_keys_hold(db: Database) -> None:
    with db.read() as session:
        assert session.connection().exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def add_and_fail(db: Database) -> None:
    with db.write() as session:
        add_user(session, "Eve")
        session.flush()
        raise ZeroDivisionError


def add_user(session: Session, name: str) -> None:
    session.add(User(name=name, password_hash="x", role=Role.VIEWER))


def test_closed_sets_come_back_as_themselves(db: Database) -> None:
    with db.read() as session:
        role = session.exec(select(User.role).where(User.name == "Ada")).one()
    assert role is Role.ADMIN
