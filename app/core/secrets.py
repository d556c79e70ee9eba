"""Secrets: encrypted when they must be read again, hashed when they are only compared."""

import hashlib
import hmac
import os
from base64 import urlsafe_b64encode
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from app.core.config import Settings
from app.core.errors import DomainError

SHORTEST_KEY = 16


class SecretUnreadable(DomainError):
    code = "secret_unreadable"


class SecretBox:
    """Encrypts with a key that is never in the database."""

    def __init__(self, key: str) -> None:
        self._key = hashlib.sha256(key.encode()).digest()
        self._fernet = Fernet(urlsafe_b64encode(self._key))

    def encrypt(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def decrypt(self, token: str) -> str:
        try:
            return self._fernet.decrypt(token.encode()).decode()
        except InvalidToken as error:
            raise SecretUnreadable(
                "A stored key cannot be read with the present secret key. Enter it again."
            ) from error

    def keyed_hash(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()


def load_secret_box(settings: Settings) -> SecretBox:
    key = settings.secret_key.get_secret_value() or _key_of_data_dir(settings.data_dir)
    if len(key) < SHORTEST_KEY:
        raise ValueError(f"TUNEBOARD_SECRET_KEY must have at least {SHORTEST_KEY} characters.")
    return SecretBox(key)


def _key_of_data_dir(data_dir: Path) -> str:
    path = data_dir / "secret.key"
    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="utf-8").strip()
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(Fernet.generate_key().decode())
    return path.read_text(encoding="utf-8").strip()
