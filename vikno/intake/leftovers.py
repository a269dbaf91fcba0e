"""Files that were written before a transaction which then failed.

A COMMIT whose answer was lost may have happened: then a row names the file, and its bytes are all there is of a letter
that its sender was perhaps never asked for again. So the database is asked, anew, before anything is deleted.
"""

from __future__ import annotations

from collections.abc import Iterable

import structlog
from django.db import Error, IntegrityError, transaction

from vikno.core import files
from vikno.core.models import StoredFile
from vikno.intake.connection import fresh

log = structlog.get_logger(__name__)


def delete(keys: Iterable[str]) -> None:
    """Delete files of which it is certain that no row names them."""
    for key in keys:
        try:
            files.store().delete(key)
        except OSError:
            log.warning("an unused file could not be removed", key=key, exc_info=True)


def delete_unnamed(keys: Iterable[str]) -> None:
    """After a transaction failed in whatever way: delete those of its files that no row names. What cannot be asked
    now stays; `doctor` finds what nothing names."""
    for key in keys:
        try:
            fresh()
            named = _is_named(key)
        except Error:
            log.warning("it cannot be told now whether a file is in use: it stays", key=key, exc_info=True)
            return
        if not named:
            delete([key])


def _is_named(key: str) -> bool:
    """Whether a row names this file. Asked by making such a row and taking it back: unlike a look, that waits for a
    transaction which the database may still be ending for a connection that is gone."""
    try:
        with transaction.atomic():
            StoredFile.objects.create(key=key, size=0, sha256="")
            transaction.set_rollback(True)
    except IntegrityError:
        return True
    return False
