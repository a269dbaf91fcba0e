"""Letters about signing in. How they leave is decided by a channel, which puts its functions into `SEND`
and `LEAVES`.

Until one does, they lie as files in the data folder, readable by us alone: nothing is lost, and an owner who set
Vikno up without mail can still read his link.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from django.conf import settings

from vikno.core import clock, ids
from vikno.core.text import one_line

Send = Callable[[str, str, str], None]  # to, subject, text


def into_folder(to: str, subject: str, text: str) -> None:
    """Keep the letter as a file in DATA/letters. Raises OSError."""
    folder = settings.DATA / "letters"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"{clock.now():%Y%m%d-%H%M%S}-{ids.file_key()[:8]}.txt"
    handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(f"To: {one_line(to)}\nSubject: {one_line(subject)}\n\n{text}\n")
        file.flush()
        os.fsync(file.fileno())


SEND: Send = into_folder


def _never() -> bool:
    return False


LEAVES: Callable[[], bool] = _never  # whether letters leave by themselves, or wait in a folder on the server


def send(to: str, subject: str, text: str) -> None:
    """Send one letter, now or from a queue, as the function in place does it."""
    SEND(to, one_line(subject), text)
