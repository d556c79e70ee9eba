"""The parts every test stands on: a real database, a real application, and three people.

Ada is admin, Ed is editor, Vi is viewer.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis
from sqlmodel import Session
from starlette.testclient import TestClient

from app.access import service as access
from app.access.schemas import Credentials, UserCreate
from app.core.actor import SYSTEM, Actor, Role
from app.core.config import Settings
from app.core.context import Context, create_context
from app.core.db import Database
from app.core.logs import configure_logs
from app.core.secrets import SecretBox
from app.core.storage import Storage
from app.main import create_app

# A busy machine is no reason to fail: pytest has its own time limit.
CALM = hypothesis(deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis.register_profile("calm", CALM)
# For judging a change: no example that chance finds in something else.
hypothesis.register_profile("same", CALM, derandomize=True)
hypothesis.load_profile("calm")

PASSWORD = "correct horse battery"
PEOPLE = {"Ada": Role.ADMIN, "Ed": Role.EDITOR, "Vi": Role.VIEWER}
SECRET_KEY = "a key for tests, nowhere else"


configure_logs("json", "error")


def make_settings(data_dir: Path, **values: object) -> Settings:
    given = {"secret_key": SECRET_KEY, "worker": False, "embedded_engine": False} | values
    return Settings.model_validate({"data_dir": data_dir, **given})


LONG = ("kill", "browser", "slow", "postgres")


@pytest.hookimpl(trylast=True)  # after the shuffle
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests first, so that the short ones fill the other workers meanwhile."""
    items.sort(key=lambda item: not any(map(item.get_closest_marker, LONG)))


@pytest.fixture(scope="session")
def settled_data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder migrated once, with the three people in it; tests work on copies."""
    data_dir = tmp_path_factory.mktemp("settled")
    context = create_context(make_settings(data_dir))
    context.db.upgrade()
    with context.db.write() as session:
        for name, role in PEOPLE.items():
            user = UserCreate(name=name, password=PASSWORD, role=role)
            access.create_user(session, SYSTEM, user)
    context.db.close()
    return data_dir


@pytest.fixture
def settings(settled_data_dir: Path, tmp_path: Path) -> Settings:
    data_dir = tmp_path / "data"
    shutil.copytree(settled_data_dir, data_dir)
    return make_settings(data_dir)


@pytest.fixture
def app(settings: Settings) -> Iterator[FastAPI]:
    app = create_app(settings)
    yield app
    app.state.context.db.close()


@pytest.fixture
def context(app: FastAPI) -> Context:
    context: Context = app.state.context
    return context


@pytest.fixture
def db(context: Context) -> Database:
    return context.db


@pytest.fixture
def storage(context: Context) -> Storage:
    return context.storage


@pytest.fixture
def secrets(context: Context) -> SecretBox:
    return context.secrets


@pytest.fixture
def session(db: Database) -> Iterator[Session]:
    """For looking at what a request left behind."""
    with db.read() as session:
        yield session


ClientFor = Callable[[str | None], TestClient]


@pytest.fixture
def client_for(app: FastAPI, context: Context) -> Iterator[ClientFor]:
    """A browser of the named person, or of nobody."""
    clients: list[TestClient] = []

    def make(name: str | None) -> TestClient:
        client = TestClient(app, follow_redirects=False, raise_server_exceptions=True)
        client.headers["sec-fetch-site"] = "same-origin"
        clients.append(client)
        if name is not None:
            client.cookies.set("tuneboard_session", sign_in(context, name))
        return client

    yield make
    for client in clients:
        client.close()


def sign_in(context: Context, name: str) -> str:
    with context.db.write() as session:
        user = access.find_user_by_name(session, name)
        assert user is not None
        return access.start_session(session, context.secrets, user, days=1, user_agent="tests")


@pytest.fixture
def ada(client_for: ClientFor) -> TestClient:
    return client_for("Ada")


@pytest.fixture
def ed(client_for: ClientFor) -> TestClient:
    return client_for("Ed")


@pytest.fixture
def vi(client_for: ClientFor) -> TestClient:
    return client_for("Vi")


@pytest.fixture
def anonymous(client_for: ClientFor) -> TestClient:
    return client_for(None)


@pytest.fixture
def editor(context: Context) -> Actor:
    """Ed as services know him."""
    with context.db.read() as session:
        user = access.find_user_by_name(session, "Ed")
        assert user is not None
        return access.actor_of(user)


@pytest.fixture
def credentials() -> Credentials:
    return Credentials(name="Ed", password=PASSWORD)
