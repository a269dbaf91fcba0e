"""The process that reads PDF, to which some of them do harm: python -m tests.search.pdf_trap"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from vikno.core import pdf_words


def main() -> int:
    read = pdf_words._words

    def words(pypdfium2: Any, content: bytes, most: int) -> str:
        if b"% kills" in content:
            os.kill(os.getpid(), signal.SIGKILL)
        if b"% faults" in content:
            os.kill(os.getpid(), signal.SIGSEGV)
        while b"% computes" in content:
            pass
        while b"% waits" in content:
            signal.pause()
        if b"% tires" in content:
            pdf_words.IDLE = 0.0
        return read(pypdfium2, content, most)

    pdf_words.SECONDS = 0.2
    pdf_words._words = words
    return pdf_words.main()


if __name__ == "__main__":
    sys.exit(main())
