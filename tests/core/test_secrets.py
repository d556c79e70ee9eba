"""Keys: encrypted, hashed, never beside the data they protect."""

import stat
from pathlib import Path

import pytest

from app.core.config import Settings
from app.core.secrets import SecretBox, SecretUnreadable, load_secret_box
from tests.conftest import make_settings


def test_a_secret_comes_back_and_cannot_be_seen() -> None:
    box = SecretBox("k" * 32)
    token = box.encrypt("sk-very-secret")
    assert "very-secret" not in token
    assert box.decrypt(token) == "sk-very-secret"


def test_another_key_says_what_to_do() -> None:
    token = SecretBox("k" * 32).encrypt("sk-very-secret")
    with pytest.raises(SecretUnreadable, match="Enter it again"):
        SecretBox("o" * 32).decrypt(token)


def test_the_key_is_made_once_and_private(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, secret_key="")
    token = load_secret_box(settings).encrypt("x")
    assert load_secret_box(settings).decrypt(token) == "x"
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600


def test_a_short_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="16 characters"):
        load_secret_box(make_settings(tmp_path, secret_key="short"))


def test_a_key_may_come_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "key"
    file.write_text("from a file, and long enough\n")
    monkeypatch.setenv("TUNEBOARD_SECRET_KEY_FILE", str(file))
    assert Settings().secret_key.get_secret_value() == "from a file, and long enough"


def test_an_unreadable_key_file_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUNEBOARD_SECRET_KEY_FILE", str(tmp_path / "missing"))
    with pytest.raises(FileNotFoundError):
        Settings()


def test_hashes_are_keyed() -> None:
    assert SecretBox("k" * 32).keyed_hash("t") != SecretBox("o" * 32).keyed_hash("t")
