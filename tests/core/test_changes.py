"""A look at one number tells whether anything was committed, by whomever."""

from sqlalchemy import text

from app.core.changes import changes_of
from app.core.db import Database


def write(db: Database, name: str) -> None:
    with db.write() as session:
        session.connection().execute(
            text("UPDATE user_account SET name = :name WHERE id = 3"), {"name": name}
        )


def test_tells_of_commits_and_of_nothing_else(db: Database) -> None:
    other = Database(db.url)
    with changes_of(db) as has_changed:
        assert has_changed(), "the first time everything is new"
        assert not has_changed()
        write(db, "Vi 2")
        assert has_changed()
        write(other, "Vi 3")
        assert has_changed()
        with db.read() as session:
            session.connection().execute(text("SELECT * FROM user_account")).all()
        assert not has_changed()
    other.close()


def test_holds_no_lock_and_no_old_view(db: Database) -> None:
    with changes_of(db) as has_changed:
        has_changed()
        for number in range(3):
            write(db, f"Vi {number}")
            assert has_changed()
        assert not has_changed()
