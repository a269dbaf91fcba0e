"""The way out by e-mail: by the channel's own server, else by the relay of the installation, else into the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import structlog
from django.conf import settings

from vikno.channels.email import outbox, sent_copies, servers, signing
from vikno.channels.email.smtp_pool import POOL, Envelope
from vikno.core.files import MissingFile
from vikno.core.models import Company
from vikno.core.secrets import Secret, Unreadable
from vikno.core.text import one_line
from vikno.dialogs.channels import Halted, NoWayOut, Rejected, Retry
from vikno.dialogs.delivery_words import Code
from vikno.dialogs.models import Channel, Delivery

if TYPE_CHECKING:
    from vikno.channels.email.compose import Composed

log = structlog.get_logger(__name__)

_SCHEMES = {"smtp": servers.NONE, "smtps": servers.TLS, "smtp+starttls": servers.STARTTLS}


def deliver(delivery: Delivery) -> str | None:
    """Hand one letter to one recipient: a transaction of its own, so that nobody learns of a blind copy and each
    recipient has an answer of their own. Raises what dialogs.channels names; answers Code.DEMO if it went into the
    outbox for good.
    """
    demo = sends_nothing()
    server = None if demo else way_of(delivery.channel)
    if server is None and not demo and outbox.path_of(delivery).exists():
        raise NoWayOut
    letter = _letter(delivery)
    if server is None:
        _keep(delivery, letter)
        if demo:
            return Code.DEMO
        raise NoWayOut
    _send(server, letter)
    outbox.forget(delivery)
    _copy(delivery)
    return None


def _send(server: servers.Server, letter: Composed) -> None:
    """What is automatic has the null sender (RFC 3834 section 3.3). Providers that let one send by one's own address
    alone refuse that; then it goes by the channel's, with its other marks."""
    sender = "" if letter.automatic else letter.sender
    content = signing.signed(letter.content, letter.sender)
    try:
        POOL.send(server, Envelope(sender, letter.recipient, letter.wide), content)
    except Halted as refused:
        if sender or refused.code != "sender_refused":
            raise
        POOL.send(server, Envelope(letter.sender, letter.recipient, letter.wide), content)


def _copy(delivery: Delivery) -> None:
    """Ask for a copy in the folder of sent letters. The letter has left: whatever fails here must not hide that."""
    try:
        sent_copies.ask(delivery)
    except Exception:
        log.exception("no copy of a letter goes into the folder of sent letters", delivery=delivery.pk)


def sends_nothing() -> bool:
    """A demo sends nothing outside, whatever is set."""
    return Company.objects.filter(demo=True).exists()


def way_of(channel: Channel | None) -> servers.Server | None:
    """The server that takes letters of this channel; None if nobody has named one. Raises Halted."""
    try:
        own = servers.server(channel, "smtp") if channel else None
    except Unreadable:
        raise Halted("secret_unreadable") from None
    return own or relay()


def leaves() -> bool:
    """Whether letters about signing in leave by themselves: somebody has said how, and this is no demo."""
    channel = Channel.objects.filter(kind="email", active=True).order_by("id").first()
    try:
        return not sends_nothing() and way_of(channel) is not None
    except Halted:
        return False


def relay() -> servers.Server | None:
    """The relay that VIKNO_SMTP_URL names: smtp://user:password@host:port, smtps://…, smtp+starttls://…"""
    url = settings.ENVIRONMENT.smtp_url
    if url is None:
        return None
    parts = urlsplit(url.get_secret_value())
    security = _SCHEMES[parts.scheme]
    return servers.Server(
        host=parts.hostname or "localhost",
        port=parts.port or servers.PORTS["smtp"][security],
        security=security,
        user=unquote(parts.username or ""),
        password=Secret(unquote(parts.password or "")),
    )


def try_way(channel: Channel) -> bool:
    """Sign in to the server that letters of this channel go to, and send nothing. False if nobody has named one, or
    this is a demo. Raises Halted with what is wrong."""
    server = way_of(channel)
    if server is None or sends_nothing():
        return False
    POOL.check(server)
    return True


def _letter(delivery: Delivery) -> Composed:
    """The composed letter, or what to do instead. Nothing has left yet, so whatever fails here is sure."""
    from vikno.channels.email.compose import NoAddress, compose  # the web process needs none of the mail libraries
    from vikno.channels.email.fields import WrongAddress

    try:
        return compose(delivery)
    except WrongAddress as error:
        raise Rejected(str(error), no_such_address=True) from None
    except MissingFile as error:
        raise Rejected(f"{Code.FILE_MISSING}: {one_line(str(error), 200)}") from None
    except NoAddress:
        raise Halted("no_address") from None
    except Exception as error:
        log.exception("a letter could not be composed", delivery=delivery.pk)
        raise Retry(f"{Code.INTERNAL}: {type(error).__name__}") from None


def _keep(delivery: Delivery, letter: Composed) -> None:
    try:
        outbox.keep(delivery, letter.content)
    except OSError as error:
        raise Retry(f"{Code.INTERNAL}: {one_line(str(error), 200)}") from None
