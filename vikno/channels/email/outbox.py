"""The visible outbox: letters that did not leave, as files that any mail program opens."""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings

from vikno.dialogs.models import Delivery


def folder() -> Path:
    return Path(settings.DATA) / "outbox"


def path_of(delivery: Delivery) -> Path:
    """Where a delivery's letter lies. Made of its own numbers: what strangers wrote never becomes a path."""
    return folder() / f"{delivery.created_at:%Y%m%d-%H%M%S}-{delivery.pk}.eml"


def keep(delivery: Delivery, content: bytes) -> None:
    """Write the letter of a delivery. Raises OSError."""
    write(path_of(delivery), content)


def forget(delivery: Delivery) -> None:
    """It has left after all, or its words were erased."""
    path_of(delivery).unlink(missing_ok=True)


def write(path: Path, content: bytes) -> None:
    """A file that is whole or not there, readable by us alone."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = path.with_suffix(".part")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(unfinished, path)
