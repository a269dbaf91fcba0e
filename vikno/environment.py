"""What the machine decides: the environment, read once and strictly. What the team decides is in the database.

A wrong value stops the start and names itself. Every name here is documented in docs/settings.md.
"""

from __future__ import annotations

import ipaddress
import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class WrongSetting(Exception):
    """A value in the environment cannot be used; the text names it and says what would be right."""


class Environment(BaseSettings):
    """The `VIKNO_…` variables. Unknown ones with this prefix are refused too: a typing error must not be silent."""

    model_config = SettingsConfigDict(env_prefix="VIKNO_", env_ignore_empty=True, extra="forbid")

    data: Path = Path("data")
    database_url: SecretStr | None = None
    base_url: str = "http://127.0.0.1:8000"
    secret_key: SecretStr | None = None
    secret_key_file: Path | None = None
    smtp_listen: str = "127.0.0.1:2525"
    smtp_url: SecretStr | None = None
    trusted_proxies: str = ""
    log: str = Field(default="info", pattern="^(debug|info|warning|error)$")

    @field_validator("data")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @field_validator("base_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("must be the address people type, such as https://help.example.com")
        return value.rstrip("/")

    @field_validator("smtp_listen")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isdigit() or int(port) > 65535:
            raise ValueError("must be HOST:PORT, such as 127.0.0.1:2525; port 0 switches it off")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _relay(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and urlsplit(value.get_secret_value()).scheme not in ("smtp", "smtps", "smtp+starttls"):
            raise ValueError("must begin with smtp://, smtps:// or smtp+starttls://")
        return value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and urlsplit(value.get_secret_value()).scheme not in ("postgres", "postgresql", "sqlite"):
            raise ValueError("must begin with postgresql:// or sqlite://")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        for part in value.split(","):
            if part.strip():
                ipaddress.ip_network(part.strip())
        return value

    @property
    def smtp_listener(self) -> tuple[str, int]:
        host, _, port = self.smtp_listen.rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def proxies(self) -> list[str]:
        return [part.strip() for part in self.trusted_proxies.split(",") if part.strip()]


def read() -> Environment:
    """The environment, checked. Raises WrongSetting with one line for each value that cannot be used."""
    known = {f"VIKNO_{name.upper()}" for name in Environment.model_fields}
    strange = sorted(name for name in os.environ if name.startswith("VIKNO_") and name not in known)
    if strange:
        raise WrongSetting(f"{', '.join(strange)}: not a setting of Vikno. Known: {', '.join(sorted(known))}")
    try:
        return Environment()
    except ValidationError as error:
        lines = []
        for one in error.errors():
            name = f"VIKNO_{'_'.join(str(part) for part in one['loc']).upper()}"
            lines.append(f"{name}: {one['msg'].removeprefix('Value error, ')}")
        raise WrongSetting("\n".join(lines)) from None


def database(environment: Environment) -> dict[str, Any]:
    """Django's description of the one database. Without a setting: a file in the data folder."""
    url = environment.database_url.get_secret_value() if environment.database_url else ""
    if not url or url.startswith("sqlite:"):
        path = Path(unquote(url.removeprefix("sqlite:///"))) if url else environment.data / "vikno.sqlite3"
        return {
            "ENGINE": "vikno.core.sqlite",
            "NAME": str(path),
            "CONN_MAX_AGE": None,  # opening one costs as much as a page; each thread keeps its own
            # Nothing acknowledged may vanish with the power: FULL. Waiting is fair in vikno.core.sqlite.
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-4000;"
                    "PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY;"
                ),
            },
        }
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


def secret_key(environment: Environment) -> str:
    """The key that signs and encrypts; made on the first run and kept in the data folder, readable by us alone."""
    if environment.secret_key:
        return environment.secret_key.get_secret_value()
    path = environment.secret_key_file or environment.data / "secret.key"
    if not path.exists():
        if environment.secret_key_file:
            raise WrongSetting(f"VIKNO_SECRET_KEY_FILE: there is no file {path}")
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:  # two processes began together; the other one was first
            return path.read_text().strip()
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
    key = path.read_text().strip()
    if len(key) < 32:
        raise WrongSetting(
            f"The secret key in {path} is shorter than 32 characters; restore the right file or remove it"
        )
    return key
