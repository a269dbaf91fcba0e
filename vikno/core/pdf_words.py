"""The words of a PDF, for search. As with its pages (see pdf_pages), a large library in C reads what a stranger wrote;
so a process of its own does (`python -m vikno.core.pdf_words`), which has no way to the database, little memory, and
little time for each file. It reads one file after another, as starting takes longer than reading, and ends when none
comes for a while.

A file that ends it, or has it take too long, has no words, and the next one has another process. That is remembered, as
a file is read again whenever something new is said beside it.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from typing import Any

from vikno.core.pdf_pages import NEEDED

MODULE = "vikno.core.pdf_words"
MOST_BYTES = 20 * 1024 * 1024  # of a file that is opened: its list of objects stands at its end
MOST_PAGES = 200
BROKEN = "\u00ad\n"  # stands where a word goes on in the next line
SECONDS = 2.0  # of processor for one file, at most
ENOUGH = 0.5  # of processor, after which no further page is begun
PATIENCE = 30.0  # seconds for one file by the clock, on a busy machine
LOADING = 30.0  # seconds it may take to start
MEMORY = 512 * 1024 * 1024  # bytes of address space
MANY = 200  # files, after which another process is begun: what one of them left there is gone
IDLE = 30.0  # seconds without a file, after which it ends
AGAIN = 60.0  # seconds until the next attempt where it could not be started
SLOW = 0.3  # seconds, from which on the words of a file are remembered
MOST_REMEMBERED = 200  # files
_SIGN = b"%PDF-"
_ASKED, _TOLD = struct.Struct("<II"), struct.Struct("<I")
_WIDEST = 4  # bytes of a character


class Lost(Exception):
    """The process ended over this file, or had to be ended."""


class NotThere(Exception):
    """The process could not be started; for a minute nothing is read."""


def words(content: bytes, most: int) -> str:
    """What a PDF says, at most so many characters; "" for what is none, is locked or damaged. Raises NotThere; and Lost
    for what is too much, the first time: later it says nothing."""
    if _SIGN not in content[:1024] or len(content) >= MOST_BYTES:  # perhaps cut off
        return ""
    return READER.words(content, most)


class Reader:
    """This program's end. Whoever wants a file read waits until the one before was."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._there: socket.socket
        self._read = 0
        self._took = 0.0  # seconds for the last file
        self._not_before = 0.0  # monotonic
        self._remembered: dict[bytes, str] = {}
        self._turn = threading.Lock()

    @property
    def pid(self) -> int | None:
        """Of the process, if there is one."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def words(self, content: bytes, most: int) -> str:
        """As the function of this name."""
        with self._turn:
            sign = _sign_of(content) if self._remembered else b""
            if sign in self._remembered:
                return self._remembered[sign][:most]
            self._took = 0.0
            try:
                said = self._asked(content, most)
            except Lost:
                self._remember(content, "")
                raise
            if self._took > SLOW:
                self._remember(content, said)
            return said

    def end(self) -> int:
        """End the process, whatever it does: it keeps nothing. Answers its exit code."""
        process, self._process = self._process, None
        if process is None:
            return 0
        self._there.close()
        process.kill()
        return process.wait()

    def _asked(self, content: bytes, most: int) -> str:
        for _ in range(2):
            if not self._is_there():
                return ""
            try:
                return self._told(content, most)
            except TimeoutError:
                self.end()
                break
            except OSError:
                if self.end() not in (0, -signal.SIGKILL):
                    break
            # Not over this file: it had just ended as it had nothing to do, or somebody ended it. Once more.
        raise Lost

    def _told(self, content: bytes, most: int) -> str:
        began = time.monotonic()
        ends = began + PATIENCE
        self._there.settimeout(PATIENCE)
        self._there.sendall(_ASKED.pack(len(content), most))
        self._there.sendall(content)
        (size,) = _TOLD.unpack(_whole(self._there, _TOLD.size, ends))
        if size > most * _WIDEST:
            raise TimeoutError
        said = _whole(self._there, size, ends).decode("utf-8", "replace")[:most]
        self._read, self._took = self._read + 1, time.monotonic() - began
        return said

    def _is_there(self) -> bool:
        if self.pid is not None and self._read < MANY:
            return True
        self.end()
        if time.monotonic() < self._not_before:
            return False
        self._there, theirs = socket.socketpair()
        self._read = 0
        try:
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-m", MODULE], stdin=theirs.fileno(), stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL, cwd="/",
                    env={name: os.environ[name] for name in NEEDED if name in os.environ},
                )  # fmt: skip
            # It ends by itself when nothing is to be read: then it is to be gone, too.
            threading.Thread(target=self._process.wait, name="pdf words", daemon=True).start()
            _whole(self._there, len(_READY), time.monotonic() + LOADING)
        except OSError:
            self._not_before = time.monotonic() + AGAIN
            self.end()
            self._there.close()
            raise NotThere from None
        return True

    def _remember(self, content: bytes, said: str) -> None:
        while len(self._remembered) >= MOST_REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        self._remembered[_sign_of(content)] = said


READER = Reader()
atexit.register(READER.end)


def _sign_of(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()


def _whole(there: socket.socket, size: int, ends: float) -> bytes:
    """So many bytes, until this moment (monotonic). Raises OSError: TimeoutError, or ConnectionError at the end."""
    held = bytearray(size)
    at = 0
    while at < size:
        there.settimeout(max(ends - time.monotonic(), 0.001))
        read = there.recv_into(memoryview(held)[at:])
        if not read:
            raise ConnectionError
        at += read
    return bytes(held)


# ---- in the process itself -------------------------------------------------------------------------------------------

_READY = b"r"
_PLAINEST = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj "
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</Font<</F<</Type/Font/Subtype/Type1"
    b"/BaseFont/Helvetica>>>>>>>>endobj 4 0 obj<</Length 22>>stream\nBT/F 9 Tf(word)Tj ET  \nendstream endobj "
    b"trailer<</Root 1 0 R>>"
)
# At the end of a line or page, where a word goes on in the next one: as the library says it, and what that leaves.
_AT_END = re.compile("\ufffe(?:\r?\n)?|(?<=\\w)[\u00ad\u2010]\r?\n(?=\\w)")
_WITHIN = re.compile("\u00ad(?!\n)")
_NUMBER_AT_END = re.compile(r"(?<=\d)-\r?\n(?=\d)")


def main() -> int:
    """Answers what comes by the socket that is its standard input: length, most characters, bytes. Of each file its
    words: length, bytes."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):  # they come to all processes: the other end decides
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGPROF})
    _be_modest()
    import pypdfium2

    _words(pypdfium2, _PLAINEST, 4)  # looks for the fonts of this machine, which is no file's fault
    there = socket.socket(fileno=0)
    there.sendall(_READY)
    try:
        while True:
            size, most = _ASKED.unpack(_whole(there, _ASKED.size, time.monotonic() + IDLE))
            content = _whole(there, size, time.monotonic() + IDLE)
            signal.setitimer(signal.ITIMER_PROF, SECONDS)  # ends this process, also where it computes in C
            said = _words(pypdfium2, content, most).encode("utf-8", "replace")
            signal.setitimer(signal.ITIMER_PROF, 0)
            there.sendall(_TOLD.pack(len(said)) + said)
    except OSError:  # nothing to do, or nobody for whom
        return 0


def _be_modest() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if sys.platform == "linux":  # elsewhere it bounds nothing, or is refused
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _words(pypdfium2: Any, content: bytes, most: int) -> str:
    said: list[str] = []
    ends = time.process_time() + ENOUGH
    try:
        with pypdfium2.PdfDocument(content) as pdf:
            for at in range(min(len(pdf), MOST_PAGES)):
                text = _of_page(pypdfium2, pdf, at, most)
                said.append(text)
                most -= len(text)
                if most <= 0 or time.process_time() > ends:
                    break
    except pypdfium2.PdfiumError:
        pass
    return _NUMBER_AT_END.sub("-", _WITHIN.sub("", _AT_END.sub(BROKEN, "\n".join(said))))


def _of_page(pypdfium2: Any, pdf: Any, number: int, most: int) -> str:
    """ "" for one that is damaged."""
    try:
        page = pdf[number]
        text = page.get_textpage()
        count = min(text.count_chars(), most)
        said: str = text.get_text_range(0, count) if count > 0 else ""
        text.close()
        page.close()
    except pypdfium2.PdfiumError:
        return ""
    return said


if __name__ == "__main__":
    sys.exit(main())
