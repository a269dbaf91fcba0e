"""Logging: one line for each thing that happened, JSON for machines, words on a terminal. Secrets never print.

What the program tells a person at the terminal is printed by the commands and is no log (vikno.cli.say). So on a
terminal nothing is logged below a warning, unless somebody asks for it.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from datetime import datetime
from typing import Any

import structlog

from vikno.terminal import N_, gettext

# Names under which secrets travel, and secrets inside addresses such as smtp://user:password@host.
_SECRET_NAME = re.compile(
    r"pass(word|wd|phrase)?$|secret|token|api_?key|authorization|cookie|session_?key|csrf", re.IGNORECASE
)
_SECRET_IN_ADDRESS = re.compile(r"(\b[a-z][a-z0-9+.-]*://[^/\s:@]*):[^/\s@]+@", re.IGNORECASE)
_SECRET_IN_QUERY = re.compile(r"([?&](?:token|key|code|signature|secret)=)[^&\s\"']+", re.IGNORECASE)
_BEARER = re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}")
HIDDEN = "(hidden)"

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def without_secrets(text: str) -> str:
    """The text without passwords in addresses, tokens in queries and authorization headers."""
    text = _SECRET_IN_ADDRESS.sub(rf"\1:{HIDDEN}@", text)
    text = _SECRET_IN_QUERY.sub(rf"\1{HIDDEN}", text)
    return _BEARER.sub(rf"\1 {HIDDEN}", text)


def _clean(value: Any, depth: int = 0) -> Any:
    if isinstance(value, str):
        return without_secrets(value)
    if depth < 4 and isinstance(value, dict):
        return {
            name: HIDDEN if _SECRET_NAME.search(str(name)) else _clean(one, depth + 1) for name, one in value.items()
        }
    if depth < 4 and isinstance(value, list | tuple):
        return [_clean(one, depth + 1) for one in value]
    return value


def hide_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: whatever bears a secret's name is hidden, and secrets inside texts are cut out."""
    for name, value in event.items():
        event[name] = HIDDEN if _SECRET_NAME.search(name) else _clean(value)
    return event


AWAY = N_("the database does not answer: nothing is lost, and work goes on by itself as soon as it does")
FULL = N_("the disk is full: what is sent here is refused, nothing that was there is lost; free some space")


def _exception_of(exc_info: Any) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        return exc_info[1]
    return sys.exc_info()[1] if exc_info else None


def away_once(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: when the database is away or the disk is full, everybody's complaint about it becomes one
    line in all."""
    error = _exception_of(event.get("exc_info"))
    words = _outage_in(error)
    if words is None:
        return event
    if not words:
        raise structlog.DropEvent
    del event["exc_info"]
    event["event"], event["error"] = words, str(error).partition("\n")[0]
    return event


def _outage_in(error: BaseException | None) -> str | None:
    """What an error says of an outage: None if nothing, "" if the log has said that already."""
    from vikno.core import away, disk

    if disk.is_full(error):
        return "" if disk.is_told() else FULL
    if away.is_away(error):
        return AWAY if away.begins() else ""
    return None


def _libraries_once(record: logging.LogRecord) -> bool:
    """The same for what libraries log, as a filter; what is ours has passed the processor above."""
    error = None if isinstance(record.msg, dict) else _exception_of(record.exc_info)
    if error is None:
        return True
    words = _outage_in(error)
    if words:
        record.msg, record.args, record.exc_info = f"{words} ({str(error).partition(chr(10))[0]})", (), None
    return words != ""


LEVEL_WORDS = {"debug": N_("Detail"), "info": N_("Note"), "warning": N_("Warning"), "error": N_("Error")}
_NOT_SHOWN = {"event", "level", "logger", "process", "timestamp", "exception", "stack"}


def plain_words(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> str:
    """A structlog renderer: one line that a person reads, the clock first; a traceback stands below it."""
    level = gettext(LEVEL_WORDS.get(str(event.get("level")), "Error"))
    known = ", ".join(f"{name}: {value}" for name, value in event.items() if name not in _NOT_SHOWN)
    line = f"{datetime.now():%H:%M:%S} {level}: {gettext(str(event['event']))}"
    line = f"{line} ({known})" if known else line
    return "\n".join([line, *(str(event[name]) for name in ("stack", "exception") if event.get(name))])


def in_words(style: str) -> bool:
    """Whether the log is for a person: "words", "json", or "auto", where a terminal decides."""
    return sys.stderr.isatty() if style == "auto" else style == "words"


def set_up(level: str = "", process: str = "vikno", style: str = "auto") -> None:
    """Send all logging, ours and that of libraries, to standard error. `process` names the one that speaks. Without a
    level: "info" for machines, "warning" for a person."""
    words = in_words(style)
    level = level or ("warning" if words else "info")
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: Any = plain_words if words else structlog.processors.JSONRenderer(ensure_ascii=False, default=str)

    def name_process(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["process"] = process
        return event

    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            away_once,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_libraries_once)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                name_process,
                hide_secrets,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(_LEVELS[level])
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "asyncio", "django", "PIL", "mail.log"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(max(_LEVELS[level], logging.WARNING))
    # A page that is not there, or was asked for wrongly, is the asker's business; faults of ours are errors.
    logging.getLogger("django.request").setLevel(logging.ERROR)
