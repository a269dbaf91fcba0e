"""What the machine decides: the environment, read once and strictly. What the team decides is in the database.

A wrong value stops the start and names itself. Every name here is documented in docs/settings.md.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from vikno.terminal import gettext as _


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
    log: str = ""
    log_style: str = "auto"

    @field_validator("log")
    @classmethod
    def _level(cls, value: str) -> str:
        if value not in ("", "debug", "info", "warning", "error"):
            raise ValueError(_("must be debug, info, warning or error"))
        return value

    @field_validator("log_style")
    @classmethod
    def _style(cls, value: str) -> str:
        if value not in ("auto", "words", "json"):
            raise ValueError(_("must be auto, words or json"))
        return value

    @field_validator("data")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @field_validator("base_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(_("must be the address people type, such as https://help.example.com"))
        return value.rstrip("/")

    @field_validator("smtp_listen")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        host, _colon, port = value.rpartition(":")
        if not host or not port.isdigit() or int(port) > 65535:
            raise ValueError(_("must be HOST:PORT, such as 127.0.0.1:2525; port 0 switches it off"))
        return value

    @field_validator("smtp_url")
    @classmethod
    def _relay(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and urlsplit(value.get_secret_value()).scheme not in ("smtp", "smtps", "smtp+starttls"):
            raise ValueError(_("must begin with smtp://, smtps:// or smtp+starttls://"))
        return value

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < 32:
            raise ValueError(_("is shorter than 32 characters"))
        return value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        parts = urlsplit(value.get_secret_value())
        if parts.scheme not in ("postgres", "postgresql", "sqlite"):
            raise ValueError(_("must begin with postgresql:// or sqlite://"))
        try:
            _port = parts.port
        except ValueError:
            raise ValueError(_("has a port that is no number below 65536")) from None
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        for part in value.split(","):
            try:
                ipaddress.ip_network(part.strip() or "127.0.0.1")
            except ValueError:
                raise ValueError(_("must be networks such as 10.0.0.0/8, with commas between them")) from None
        return value

    @property
    def smtp_listener(self) -> tuple[str, int]:
        host, _colon, port = self.smtp_listen.rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def proxies(self) -> list[str]:
        return [part.strip() for part in self.trusted_proxies.split(",") if part.strip()]


def read() -> Environment:
    """The environment, checked. Raises WrongSetting with one line for each value that cannot be used."""
    known = {f"VIKNO_{name.upper()}" for name in Environment.model_fields}
    strange = sorted(name for name in os.environ if name.startswith("VIKNO_") and name not in known)
    if strange:
        words = _("%(names)s: not a setting of Vikno. Known: %(known)s")
        raise WrongSetting(words % {"names": ", ".join(strange), "known": ", ".join(sorted(known))})
    try:
        return Environment()
    except ValidationError as error:
        lines = []
        for one in error.errors():
            name = f"VIKNO_{'_'.join(str(part) for part in one['loc']).upper()}"
            lines.append(f"{name}: {one['msg'].removeprefix('Value error, ')}")
        raise WrongSetting("\n".join(lines)) from None


PREPARE_THRESHOLD = 5  # psycopg's own; what asks to be prepared does not wait for it


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
        # Without a threshold psycopg prepares nothing, not even what is asked for (vikno.core.rows); Django's own
        # statements are put together by the client and never prepared.
        "OPTIONS": {**dict(parse_qsl(parts.query)), "prepare_threshold": PREPARE_THRESHOLD},
    }


def missing(environment: Environment) -> Path | None:
    """The database file that should be there and is not; None if it is there, or is no file. Makes nothing."""
    described = database(environment)
    if described["ENGINE"] != "vikno.core.sqlite":
        return None
    try:
        os.stat(described["NAME"])
    except FileNotFoundError:
        return Path(described["NAME"])
    except OSError:
        pass  # whoever opens it says what is wrong
    return None


def secret_key(environment: Environment) -> str:
    """The key that signs and encrypts; made on the first run and kept in the data folder, readable by us alone."""
    if environment.secret_key:
        return environment.secret_key.get_secret_value()
    path = environment.secret_key_file or environment.data / "secret.key"
    if not path.exists():
        if environment.secret_key_file:
            raise WrongSetting(_("VIKNO_SECRET_KEY_FILE: there is no file %(path)s") % {"path": path})
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            if path.exists():  # two processes began together; the other one was first
                return path.read_text().strip()
            raise _unusable(path.parent, os.strerror(errno.ENOTDIR)) from None
        except OSError as error:
            raise _unusable(path.parent, error.strerror) from None
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
    try:
        key = path.read_text().strip()
    except (OSError, UnicodeDecodeError):
        raise WrongSetting(_("The secret key in %(path)s cannot be read by this user.") % {"path": path}) from None
    if len(key) < 32:
        words = _("The secret key in %(path)s is shorter than 32 characters; restore the right file or remove it")
        raise WrongSetting(words % {"path": path})
    return key


def _unusable(folder: Path, why: str | None) -> WrongSetting:
    words = _("VIKNO_DATA: the folder %(folder)s cannot be made or written to (%(why)s). Name another one.")
    return WrongSetting(words % {"folder": folder, "why": why})
