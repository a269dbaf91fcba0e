"""Secrets never reach the log, whichever way they come."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog

from vikno.core import logs


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is logged while a test lasts; afterwards logging is as it was."""
    root = logging.getLogger()
    handlers, level, configured = root.handlers[:], root.level, structlog.get_config()
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    logs.set_up("info", "test", "json")
    yield stream
    root.handlers[:], root.level = handlers, level
    structlog.configure(**configured)


def test_a_line_is_json_with_its_process_and_words(printed: io.StringIO) -> None:
    structlog.get_logger("vikno.try").info("letter taken in", ticket=1042, name="Ґ")
    line = json.loads(printed.getvalue())
    assert (line["event"], line["ticket"], line["name"], line["process"]) == ("letter taken in", 1042, "Ґ", "test")
    assert (line["level"], line["logger"]) == ("info", "vikno.try")


def test_secrets_are_hidden_by_name_and_by_shape(printed: io.StringIO) -> None:
    log = structlog.get_logger("vikno.try")
    log.info("a", password="hunter2", smtp_password="hunter2", token="hunter2", headers={"Authorization": "hunter2"})
    log.info("b", url="smtp://user:hunter2@mail.example/x", link="https://x.example/?a=1&token=hunter2")
    log.info("Bearer hunter2hunter2 was refused")
    logging.getLogger("library").warning("login to imap://u:%s@host failed", "hunter2")
    try:
        raise RuntimeError("cannot reach smtp://u:hunter2@host")
    except RuntimeError:
        log.exception("failed")
    text = printed.getvalue()
    assert len(text.splitlines()) == 5
    assert "hunter2" not in text
    assert "mail.example" in text
    assert "RuntimeError" in text


def test_what_is_too_quiet_is_left_out(printed: io.StringIO) -> None:
    structlog.get_logger("vikno.try").debug("nothing")
    logging.getLogger("django.request").warning("Not Found: /favicon.ico")
    assert printed.getvalue() == ""
