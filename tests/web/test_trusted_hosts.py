"""A server that answers to one name only still answers the health check beside it."""

from pathlib import Path

from starlette.testclient import TestClient

from app.main import create_app
from tests.conftest import make_settings


def test_health_check_by_address_and_no_other_name(tmp_path: Path) -> None:
    app = create_app(make_settings(tmp_path, trusted_hosts=["tune.example.com"]))
    answers = {
        host: TestClient(app, base_url=f"http://{host}").get("/healthz").status_code
        for host in ("tune.example.com", "127.0.0.1", "evil.example.com")
    }
    app.state.context.db.close()
    assert answers == {"tune.example.com": 200, "127.0.0.1": 200, "evil.example.com": 400}
