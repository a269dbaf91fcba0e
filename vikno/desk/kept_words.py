"""What kinds of data are called of which the company decides how long they are kept. The room that keeps them
(vikno.care) lies above the desk and puts its names here; nothing of a page is loaded for that."""

from typing import Any

KEPT: dict[str, Any] = {}  # by the name of the kind in events
KEEP = "keep."  # before that name
