"""Pages of a PDF as pictures. A PDF is a stranger's program for a large library in C: it is read by a process of its
own (`python -m vikno.core.pdf_pages`), which has no way to the database, little memory and little time, and what comes
back is pixels. So it is shown alike in every browser and on a phone, and nothing in it acts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading

MODULE = "vikno.core.pdf_pages"
MOST_BYTES = 50 * 1024 * 1024  # of a file that is opened at all
MOST_PAGES = 200  # that are told of; the rest is in the download
WIDTH = 1_400  # pixels of a page
MOST_PIXELS = 8_000_000  # of one page, however long it is
SECONDS = 20.0  # for one page, on a busy machine
MEMORY = 1536 * 1024 * 1024  # bytes of address space
AT_ONCE = 2  # such processes of one Vikno
PATIENCE = 3.0  # seconds until one of them is free: whoever waits holds a thread of the pages
NEEDED = (
    "PATH",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "PYTHONPATH",
    "PYTHONHOME",
)  # by the interpreter; no secret is

_places = threading.BoundedSemaphore(AT_ONCE)


class Unreadable(Exception):
    """It is no PDF, is damaged, or asks for too much."""


class Locked(Unreadable):
    """It opens with a password alone."""


class Busy(Exception):
    """Too many are being drawn at this moment."""


def sizes(content: bytes) -> tuple[list[tuple[int, int]], int]:
    """Width and height in pixels of its first MOST_PAGES pages, and how many it has. Raises Unreadable, Busy."""
    told = json.loads(_ask(content, "sizes"))
    return [(int(width), int(height)) for width, height in told["sizes"]], int(told["pages"])


def picture(content: bytes, page: int) -> bytes:
    """A page, counted from one, as a PNG. Raises Unreadable, Busy."""
    return _ask(content, str(page))


def _ask(content: bytes, what: str) -> bytes:
    if len(content) > MOST_BYTES:
        raise Unreadable
    if not _places.acquire(timeout=PATIENCE):
        raise Busy
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", MODULE, what], input=content, capture_output=True, timeout=SECONDS,
            check=False, cwd="/", env={name: os.environ[name] for name in NEEDED if name in os.environ},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Unreadable from None
    finally:
        _places.release()
    if done.returncode == LOCKED:
        raise Locked
    if done.returncode:
        raise Unreadable
    return done.stdout


# ---- in the process itself -------------------------------------------------------------------------------------------

LOCKED = 3  # exit code
DAMAGED = 4


def main(what: str) -> int:
    """Reads a PDF from the standard input; writes the sizes of its pages, or one page."""
    content = sys.stdin.buffer.read()
    _be_modest()
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(content) as pdf:
            if what == "sizes":
                told = {"sizes": [_pixels(*pdf.get_page_size(at)) for at in range(min(len(pdf), MOST_PAGES))]}
                sys.stdout.write(json.dumps(told | {"pages": len(pdf)}))
                return 0
            number = int(what)
            if not 1 <= number <= min(len(pdf), MOST_PAGES):
                return DAMAGED
            pdf.init_forms()  # what was filled in is drawn too
            page = pdf[number - 1]
            width, _height = _pixels(*page.get_size())
            image = page.render(scale=width / page.get_width()).to_pil()
            image.save(sys.stdout.buffer, "PNG")
            return 0
    except pypdfium2.PdfiumError as error:
        return LOCKED if "password" in str(error).lower() else DAMAGED


def _be_modest() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (int(SECONDS), int(SECONDS)))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":  # elsewhere it bounds nothing, or is refused
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _pixels(width: float, height: float) -> tuple[int, int]:
    """Of a page of this size in points."""
    width, height = max(width, 1.0), max(height, 1.0)
    scale = min(WIDTH / width, (MOST_PIXELS / (width * height)) ** 0.5)
    return max(int(width * scale), 1), max(int(height * scale), 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
