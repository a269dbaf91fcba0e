"""What the engine does for mail: it listens by SMTP and reads mailboxes. Imported everywhere, so it imports little."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from vikno.core import loops

if TYPE_CHECKING:
    from vikno.channels.email.listener import Listener
    from vikno.channels.email.mailboxes import Mailboxes

_listener: Listener | None = None
_mailboxes: Mailboxes | None = None


def register_all() -> None:
    """Put both into the table of loops; the listener only where a port is set."""
    _, port = settings.ENVIRONMENT.smtp_listener
    if port:
        loops.register(
            loops.Loop("smtp listener", step=_nothing, rest=3600, alone=True, start=_listen, stop=_stop_listening)
        )
    loops.register(loops.Loop("mailboxes", step=_read_mailboxes, rest=2, alone=True, stop=_stop_mailboxes))


def _listen() -> None:
    global _listener
    from vikno.channels.email.listener import Listener

    host, port = settings.ENVIRONMENT.smtp_listener
    listener = Listener(host, port)
    try:
        listener.start()
    except OSError as error:
        raise loops.CannotWork(
            f"Letters cannot be taken by SMTP on {host}:{port} ({error.strerror or error}). Mailboxes go on. "
            "Set VIKNO_SMTP_LISTEN to a free port, or to port 0 to switch this door off."
        ) from error
    _listener = listener


def _nothing() -> float | None:
    return None


def _stop_listening() -> None:
    if _listener is not None:
        _listener.stop()


def _read_mailboxes() -> float | None:
    global _mailboxes
    from vikno.channels.email.mailboxes import Mailboxes

    _mailboxes = _mailboxes or Mailboxes()
    return _mailboxes.step()


def _stop_mailboxes() -> None:
    if _mailboxes is not None:
        _mailboxes.stop()
