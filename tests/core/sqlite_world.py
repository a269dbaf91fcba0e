"""SQLite files for the tests of the backend, described as the settings describe theirs."""

from __future__ import annotations

from typing import Any


def described(path: str, timeout: float = 20.0) -> dict[str, Any]:
    return {
        "ENGINE": "vikno.core.sqlite",
        "NAME": path,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": timeout,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
        },
    }
