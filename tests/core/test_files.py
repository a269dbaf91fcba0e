"""The store of files: what could not be written to its end leaves nothing behind."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import pytest

from vikno.care.checks import data as checks
from vikno.core import files, ids


def test_a_disk_that_is_full_keeps_no_part(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    store = files.LocalStore(tmp_path / "files")

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        store.write(ids.file_key(), b"x" * 1000)
    monkeypatch.undo()
    assert [one for one in (tmp_path / "files").rglob("*") if one.is_file()] == []


def test_doctor_finds_what_a_killed_process_left(data: Path) -> None:
    key = ids.file_key()
    files.store().write(key, b"whole")
    young, old = (data / "files" / key[:2] / f"{name * 32}.part" for name in "ab")
    try:
        young.write_bytes(b"x")
        old.write_bytes(b"x")
        hours_ago = time.time() - 2 * 3600
        os.utime(old, (hours_ago, hours_ago))
        (found,) = checks.unfinished()
        assert found.safely is not None
        found.safely()
        assert (young.exists(), old.exists()) == (True, False)
        assert key in set(files.store().keys())
    finally:
        young.unlink()
        files.store().delete(key)
