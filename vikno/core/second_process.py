"""A second process for a command that has much to compute: in one, Python computes in one thread at a time."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor


def start(name: str) -> ProcessPoolExecutor | None:
    """A process that computes beside this one, loaded as this one is and with connections of its own; None where there
    is but one processor. `name` stands in the log. Whoever starts it shuts it down."""
    if (os.cpu_count() or 1) < 2:
        return None
    fresh = multiprocessing.get_context("spawn")  # a fork would share this one's connections
    return ProcessPoolExecutor(1, mp_context=fresh, initializer=_begin, initargs=(name,))


def _begin(name: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C comes to both: who gives the work ends this one
    import django
    from django.conf import settings

    from vikno.core import logs

    logs.set_up(settings.ENVIRONMENT.log, name, settings.ENVIRONMENT.log_style)
    django.setup()
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()


def _end_with_parent() -> None:
    """Whoever gives the work may be killed, and then nobody says that there is none any more."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
