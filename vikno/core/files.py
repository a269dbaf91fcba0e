"""The store of files: bytes under an opaque key, safely on disk before any row names them.

A later store (S3) takes the place of `LocalStore` and keeps these methods.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from django.conf import settings

from vikno.core import ids
from vikno.core.models import StoredFile

PART = ".part"  # behind the name of a file that is being written


class MissingFile(Exception):
    """The row is there and its bytes are not. The message that carries it still shows its text and says so."""


class Store(Protocol):
    def write(self, key: str, content: bytes) -> None: ...

    def repeat(self, key: str, under: str) -> None: ...

    def open(self, key: str) -> BinaryIO: ...

    def delete(self, key: str) -> None: ...

    def keys(self) -> Iterator[str]: ...

    def unfinished(self, age: float) -> Iterator[Path]: ...


class LocalStore:
    """Files in the data folder, spread over 256 folders. A file is complete and on disk, or not there at all."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def _path(self, key: str) -> Path:
        if len(key) != 32 or not all(letter in "0123456789abcdef" for letter in key):
            raise MissingFile(key)
        return self.root / key[:2] / key

    def write(self, key: str, content: bytes) -> None:
        path = self._place(key)
        temporary = path.with_suffix(PART)
        try:
            with open(temporary, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:  # on a full disk, what was begun is room that others need
            temporary.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)

    def repeat(self, key: str, under: str) -> None:
        """The same bytes under another key too: a second name for them where the disk knows such, else a copy. A file
        never changes, and goes with its last name."""
        path = self._place(under)
        try:
            os.link(self._path(key), path)
            os.utime(path)  # a new name is as young as a new file: `doctor` judges by that whether it is an orphan
        except FileNotFoundError:
            raise MissingFile(key) from None
        except OSError:
            with self.open(key) as file:
                self.write(under, file.read())
        else:
            _sync_folder(path.parent)

    def _place(self, key: str) -> Path:
        path = self._path(key)
        if not path.parent.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _sync_folder(self.root)
        return path

    def open(self, key: str) -> BinaryIO:
        try:
            return open(self._path(key), "rb")
        except FileNotFoundError:
            raise MissingFile(key) from None

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def keys(self) -> Iterator[str]:
        for path in self.root.glob("??/*"):
            if path.suffix != PART:
                yield path.name

    def unfinished(self, age: float) -> Iterator[Path]:
        """What was begun and never finished, because the process was ended, at least so many seconds ago."""
        for path in self.root.glob(f"??/*{PART}"):
            try:
                if time.time() - path.stat().st_mtime >= age:
                    yield path
            except FileNotFoundError:  # finished just now
                continue


def _sync_folder(folder: Path) -> None:
    """Make the new name itself survive a loss of power (fsync of the directory, POSIX)."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def store() -> Store:
    return LocalStore(settings.DATA / "files")


def put(content: bytes) -> StoredFile:
    """Keep these bytes and make their row. Call it before or inside the transaction that will name the file:
    the bytes are on disk when this returns; should the transaction fail, `doctor` finds the orphan and removes it.

    Raises OSError when the disk is full or away.
    """
    key = ids.file_key()
    store().write(key, content)
    return StoredFile.objects.create(key=key, size=len(content), sha256=hashlib.sha256(content).hexdigest())


def repeat(file: StoredFile) -> StoredFile:
    """A row of its own for the same bytes, at next to no cost. Raises MissingFile, and OSError as `put` does."""
    key = ids.file_key()
    store().repeat(file.key, key)
    return StoredFile.objects.create(key=key, size=file.size, sha256=file.sha256)


def read(file: StoredFile) -> bytes:
    """All bytes of a file. Raises MissingFile."""
    with store().open(file.key) as stream:
        return stream.read()


def remove(file: StoredFile) -> None:
    """Forget a file: first the row, then, once that is committed, the bytes."""
    from django.db import transaction

    key = file.key
    file.delete()
    transaction.on_commit(lambda: store().delete(key))
