"""Signing in: slowed down after failures, quiet about who exists."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlmodel import Session, select
from starlette.testclient import TestClient

from app.access import service
from app.access.models import LoginSession, User
from app.core.clock import now
from app.core.db import Database
from tests.conftest import PASSWORD, ClientFor


def enter(client: TestClient, name: str = "Ed", password: str = PASSWORD) -> int:
    return client.post("/login", data={"name": name, "password": password}).status_code


def test_it_signs_in(anonymous: TestClient, session: Session) -> None:
    answer = anonymous.post("/login", data={"name": "ed", "password": PASSWORD})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert anonymous.get("/account").status_code == 200
    token = anonymous.cookies["tuneboard_session"]
    assert token not in {row.token_hash for row in session.exec(select(LoginSession))}


def test_it_says_the_same_for_a_wrong_name_and_a_wrong_password(anonymous: TestClient) -> None:
    wrong = anonymous.post("/login", data={"name": "Ed", "password": "wrong password"})
    unknown = anonymous.post("/login", data={"name": "Nobody", "password": "wrong password"})
    assert wrong.status_code == unknown.status_code == 422
    assert "Name and password do not match." in wrong.text
    assert "Name and password do not match." in unknown.text


def test_it_slows_down_after_failures(anonymous: TestClient, db: Database) -> None:
    assert [enter(anonymous, password="guess number") for _ in range(5)] == [422] * 5
    assert enter(anonymous) == 429
    with db.write() as session:
        user = session.exec(select(User).where(User.name == "Ed")).one()
        user.locked_until = now() - timedelta(seconds=1)
    assert enter(anonymous) == 303


def test_guesses_at_the_same_time_are_slowed_down_too(client_for: ClientFor) -> None:
    guessers = [client_for(None) for _ in range(12)]
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda each: enter(each, password="guess number"), guessers))
    assert set(answers) == {422, 429}
    assert answers.count(422) <= 5


def test_letter_case_is_no_way_around(anonymous: TestClient) -> None:
    for name in ("ed", "ED", "Ed", "eD", " ed "):
        enter(anonymous, name, "guess number")
    assert enter(anonymous) == 429


def test_names_are_not_only_ascii(ada: TestClient, anonymous: TestClient) -> None:
    for name in ("Örjan", "지수", "ΣΊΣΥΦΟΣ"):
        ada.post("/users", data={"name": name, "password": PASSWORD, "role": "viewer"})
        assert enter(anonymous, name) == 303


def test_few_may_guess_at_a_time(anonymous: TestClient) -> None:
    for _ in range(service.MOST_AT_A_TIME):
        assert service._places.acquire(blocking=False)
    assert enter(anonymous) == 429
    for _ in range(service.MOST_AT_A_TIME):
        service._places.release()
    assert enter(anonymous) == 303


def test_it_refuses_the_retired(anonymous: TestClient, db: Database) -> None:
    with db.write() as session:
        user = session.exec(select(User).where(User.name == "Ed")).one()
        user.retired_at = now()
    assert enter(anonymous) == 422


def test_a_session_runs_out(ed: TestClient, db: Database) -> None:
    with db.write() as session:
        session.exec(select(LoginSession)).one().expires_at = now() - timedelta(seconds=1)
    assert ed.get("/account").headers["location"] == "/login"


def test_a_signed_in_person_needs_no_login_page(ed: TestClient) -> None:
    assert ed.get("/login").headers["location"] == "/"


def test_a_made_up_token_is_nobody(anonymous: TestClient) -> None:
    anonymous.cookies.set("tuneboard_session", "made-up")
    assert anonymous.get("/account").headers["location"] == "/login"


def test_it_leaves_an_entry(anonymous: TestClient, ada: TestClient) -> None:
    enter(anonymous)
    assert "user.signed_in" in ada.get("/audit").text


def test_passwords_are_never_plain(session: Session) -> None:
    users = service.list_users(session)
    assert all(user.password_hash.startswith("$argon2") for user in users)
