"""What kinds of data are called of which the company decides how long they are kept. The room that keeps them puts its
names here: it lies below the desk, and the engine need not load the pages for it."""

from typing import Any

KEPT: dict[str, Any] = {}  # by the name of the kind in events
KEEP = "keep."  # before that name
