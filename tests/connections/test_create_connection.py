import pytest
from sqlmodel import Session, select
from starlette.testclient import TestClient

from app.audit.models import AuditAction, AuditEntry
from app.connections.models import Connection
from app.core.context import Context
from tests.connections.provider_server import KEY

FORM = {
    "name": "Lab",
    "profile": "compatible",
    "base_url": "https://tune.example/v1/",
    "api_key": KEY,
    "organization": "org-1",
    "project": "",
}


def test_admin_adds_a_connection(ada: TestClient, session: Session) -> None:
    answer = ada.post("/connections", data=FORM)
    connection = session.exec(select(Connection)).one()
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/connections/{connection.id}"
    assert connection.base_url == "https://tune.example/v1"
    assert (connection.organization, connection.project) == ("org-1", None)
    entry = session.exec(select(AuditEntry).order_by(AuditEntry.id.desc())).first()  # type: ignore[union-attr]
    assert entry is not None
    assert entry.action is AuditAction.CONNECTION_CREATED


def test_the_key_is_never_shown_and_not_stored_as_it_is(
    ada: TestClient, session: Session, context: Context
) -> None:
    ada.post("/connections", data=FORM)
    connection = session.exec(select(Connection)).one()
    pages = [ada.get(f"/connections/{connection.id}{end}").text for end in ("", "/edit")]
    stored = (context.settings.data_dir / "tuneboard.db").read_bytes()
    stored += (context.settings.data_dir / "tuneboard.db-wal").read_bytes()
    assert all(KEY not in page and KEY[-4:] not in page for page in pages)
    assert KEY.encode() not in stored
    assert context.secrets.decrypt(connection.encrypted_key or "") == KEY


def test_openai_needs_no_address_but_a_key(ada: TestClient, session: Session) -> None:
    form = FORM | {"profile": "openai", "base_url": ""}
    assert ada.post("/connections", data=form | {"api_key": ""}).status_code == 422
    assert ada.post("/connections", data=form).status_code == 303
    assert session.exec(select(Connection.base_url)).one() == "https://api.openai.com/v1"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "This is needed."),
        ("name", "x" * 81, "Type at most 80 characters."),
        ("profile", "engine", "Choose one of the list."),
        ("base_url", "tune.example/v1", "is not a web address"),
        ("base_url", "", "is not a web address"),
        ("base_url", "http://user:pass@tune.example/v1", "is not a web address"),
        ("base_url", "http://169.254.169.254/latest", "is not one that connections may point to"),
        ("api_key", "열쇠", "This has characters that cannot be used here."),
        ("api_key", "two words", "This has characters that cannot be used here."),
        ("organization", "org\n1", "This has characters that cannot be used here."),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    ada: TestClient, session: Session, field: str, value: str, sentence: str
) -> None:
    answer = ada.post("/connections", data=FORM | {field: value})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'id="error-{field}"' in answer.text or field == "profile"
    assert KEY not in answer.text
    assert session.exec(select(Connection)).first() is None


def test_an_unknown_profile_is_refused(ada: TestClient) -> None:
    assert ada.post("/connections", data=FORM | {"profile": "nobody"}).status_code == 404


def test_a_name_is_taken_once(ada: TestClient) -> None:
    ada.post("/connections", data=FORM)
    answer = ada.post("/connections", data=FORM | {"name": "LAB"})
    assert answer.status_code == 422
    assert "Another connection has this name already." in answer.text


def test_only_an_admin_adds(ed: TestClient, vi: TestClient, session: Session) -> None:
    for client in (ed, vi):
        assert client.get("/connections/new").status_code == 403
        assert client.post("/connections", data=FORM).status_code == 403
    assert session.exec(select(Connection)).first() is None


def test_the_form_offers_what_people_can_add(ada: TestClient) -> None:
    page = ada.get("/connections/new").text
    assert 'value="openai"' in page
    assert 'value="compatible"' in page
    assert 'value="engine"' not in page
