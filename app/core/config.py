"""Settings: the only place that reads the environment."""

from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import AliasChoices, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

MIB = 1024 * 1024
PACKAGE_DIR = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Every setting is an environment variable `TUNEBOARD_<NAME>`.

    Secrets may also be given as `TUNEBOARD_<NAME>_FILE`, the path of a file that holds the value.
    """

    model_config = SettingsConfigDict(env_prefix="TUNEBOARD_", extra="ignore")

    data_dir: Path = Field(
        default=Path("data"), description="Folder of the database, uploaded files and the engine."
    )
    database_url: str = Field(
        default="",
        validation_alias=AliasChoices("database_url", "TUNEBOARD_DATABASE_URL", "DATABASE_URL"),
        description="Database; empty means SQLite in the data folder. "
        "`postgresql+psycopg://…` for a server.",
    )
    secret_key: SecretStr = Field(
        default=SecretStr(""),
        description="Key that encrypts provider keys; empty means `secret.key` in the data folder, "
        "made at first start.",
    )
    host: str = Field(default="127.0.0.1", description="Address the server listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port the server listens on.")
    root_path: str = Field(default="", description="Sub-path behind a reverse proxy, as `/tune`.")
    trusted_hosts: Annotated[list[str], NoDecode] = Field(
        default=["*"], description="Host names the server answers to, separated by commas."
    )
    https_only: bool = Field(default=False, description="Mark the session cookie as HTTPS only.")
    session_days: int = Field(default=14, ge=1, description="Days until a sign-in runs out.")
    upload_limit_bytes: int = Field(
        default=512 * MIB, ge=1024, description="Largest dataset file that can be uploaded, bytes."
    )
    upload_chunk_bytes: int = Field(
        default=4 * MIB,
        ge=64 * 1024,
        le=64 * MIB,
        description="Bytes a browser sends at a time; a proxy in front must let so many pass.",
    )
    upload_hours: int = Field(
        default=24, ge=1, description="Hours an upload that stopped waits to be gone on with."
    )
    unfinished_upload_bytes: int = Field(
        default=8 * 1024 * MIB,
        ge=1024,
        description="Room for all uploads that are not finished yet, bytes.",
    )
    max_line_bytes: int = Field(
        default=8 * MIB, ge=1024, description="Longest line of a dataset that is read, bytes."
    )
    allow_private_addresses: bool = Field(
        default=True,
        description="Whether connections may point to private addresses. "
        "Link-local and metadata addresses are always refused.",
    )
    worker: bool = Field(default=True, description="Whether `serve` also does background work.")
    worker_threads: int = Field(default=4, ge=1, le=64, description="Files checked at a time.")
    check_here_bytes: int = Field(
        default=2 * MIB,
        ge=0,
        description="Largest file that is checked within the server's process, bytes. A larger one "
        "gets a process of its own, so that no page waits; one of these at a time.",
    )
    check_processes: int = Field(
        default=1,
        ge=1,
        le=64,
        description="Processes that read one larger file. Each uses two cores and takes about "
        "110 MB of memory.",
    )
    embedded_engine: bool = Field(
        default=True, description="Whether `serve` starts the training engine as a child process."
    )
    engine_port: int = Field(
        default=0, ge=0, le=65535, description="Port of the embedded engine; 0 means a free one."
    )
    engine_step_seconds: float = Field(
        default=0.0, ge=0, description="Pause after each training step of the embedded engine."
    )
    engine_webhook_url: str = Field(
        default="", description="Address the engine tells when a job is over; empty means none."
    )
    engine_webhook_secret: SecretStr = Field(
        default=SecretStr(""),
        description="Secret that signs what the engine tells it, as `whsec_…`.",
    )
    sync_seconds: float = Field(
        default=5.0,
        gt=0,
        description="Seconds between looks at an unfinished job; grows when idle.",
    )
    log_format: str = Field(default="json", description="`json` or `console`.")
    log_level: str = Field(default="info", description="`debug`, `info`, `warning` or `error`.")

    @model_validator(mode="before")
    @classmethod
    def read_secret_files(cls, values: dict[str, Any]) -> dict[str, Any]:
        return _with_secret_files(values)

    @model_validator(mode="before")
    @classmethod
    def split_hosts(cls, values: dict[str, Any]) -> dict[str, Any]:
        hosts = values.get("trusted_hosts")
        if isinstance(hosts, str):
            values["trusted_hosts"] = [host.strip() for host in hosts.split(",") if host.strip()]
        return values

    @property
    def resolved_database_url(self) -> str:
        return self.database_url or f"sqlite:///{(self.data_dir / 'tuneboard.db').absolute()}"


class _SecretFiles(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="TUNEBOARD_", extra="ignore")
    secret_key_file: Path | None = None
    engine_webhook_secret_file: Path | None = None
    database_url_file: Path | None = None


def _with_secret_files(values: dict[str, Any]) -> dict[str, Any]:
    """A secret file that cannot be read stops the start: better than a silent new key."""
    for name, path in _SecretFiles().model_dump().items():
        if path is not None:
            values[name.removesuffix("_file")] = path.read_text(encoding="utf-8").strip()
    return values


@cache
def get_settings() -> Settings:
    return Settings()


def resource_dir(name: str) -> Path:
    """Folder shipped with Tuneboard: inside the package when installed, beside it in a checkout."""
    inside = PACKAGE_DIR / name
    return inside if inside.is_dir() else PACKAGE_DIR.parent / name
