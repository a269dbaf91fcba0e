"""Loading the program fast, and so that forked processes go on sharing it."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def loading() -> Iterator[None]:
    """Around whatever imports much and is kept: no garbage is looked for meanwhile, which would take a quarter of the
    time and finds next to none, and what was loaded is never looked through again. Processes that are forked then go
    on sharing it."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
