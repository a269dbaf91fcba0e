"""A test letter: from a channel to its own address, so that its coming in proves the way out and the way in."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from django.conf import settings
from django.utils.translation import gettext as _

from vikno.channels.email import fields, sending_health, servers, signing
from vikno.channels.email.keys import NEWEST, reply_keys
from vikno.channels.email.outbound import sends_nothing, way_of
from vikno.channels.email.smtp_pool import POOL, Envelope
from vikno.core import clock
from vikno.core.secrets import Secret
from vikno.dialogs import throttle
from vikno.dialogs.channels import Halted, Rejected, Retry, Unknown
from vikno.dialogs.models import Channel

_MARK = re.compile(r"<test\.(?P<nonce>[0-9a-f]{24})\.(?P<seal>[0-9a-f]{32})@[^<>@\s]+>")


class NotSent(Exception):
    """The test letter did not leave. The text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A test letter that left: its Message-ID, by which it is known when it comes in, and the server that took it.
    `inside`: straight to Vikno's own listener, since no mail server is set (or this is a demo)."""

    mark: str
    server: str
    inside: bool


def send(channel: Channel) -> Proof:
    """Send the test letter now. Takes some seconds when a server does not answer. Raises NotSent."""
    address = channel.addresses.order_by("-default", "id").values_list("address", flat=True).first()
    if not address:
        raise NotSent(sending_health.words("no_address"))
    try:
        sender = fields.ascii_domain(address)
        outside = None if sends_nothing() else way_of(channel)
    except fields.WrongAddress as error:
        raise NotSent(str(error)) from error
    except Halted as error:
        raise NotSent(sending_health.words(error.code, error.detail)) from error
    server = outside or _own_listener()
    mark = _mark(secrets.token_hex(12), sender.rpartition("@")[2])
    _hand_over(server, sender, signing.signed(_letter(channel, sender, mark), sender), inside=outside is None)
    if outside is not None:
        throttle.count(channel.id)
    return Proof(mark, f"{server.host}:{server.port}", outside is None)


def is_test_letter(foreign_id: str) -> bool:
    """Whether a test letter of ours has this Message-ID: nobody else can make one."""
    found = _MARK.fullmatch(foreign_id)
    return found is not None and any(
        hmac.compare_digest(_seal(found["nonce"], key), found["seal"]) for key in reply_keys().values()
    )


def _mark(nonce: str, domain: str) -> str:
    return f"<test.{nonce}.{_seal(nonce, reply_keys()[NEWEST])}@{domain}>"


def _seal(nonce: str, key: bytes) -> str:
    return hmac.new(key, b"test letter " + nonce.encode(), hashlib.sha256).hexdigest()[:32]


def _own_listener() -> servers.Server:
    host, port = settings.ENVIRONMENT.smtp_listener
    if not port:
        raise NotSent(_("No mail server is set, and Vikno listens for none (VIKNO_SMTP_LISTEN). Enter a mail server."))
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return servers.Server(here, port, servers.NONE, "", Secret(""))


def _hand_over(server: servers.Server, address: str, letter: bytes, *, inside: bool) -> None:
    try:
        POOL.send(server, Envelope(address, address, not address.isascii()), letter)
    except Halted as error:
        if inside:
            raise NotSent(
                _("The part of Vikno that takes letters does not answer at %(host)s. Is its engine running?")
                % {"host": f"{server.host}:{server.port}"}
            ) from error
        raise NotSent(sending_health.words(error.code, error.detail)) from error
    except (Rejected, Retry) as error:
        raise NotSent(_("The mail server does not take the letter: %(why)s") % {"why": str(error)}) from error
    except Unknown as error:
        raise NotSent(_("The connection broke at the very end, so the letter may have gone. Try once more.")) from error


def _letter(channel: Channel, address: str, mark: str) -> bytes:
    body = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    body.set_content(
        _("This letter was sent from Vikno to itself. Since you read it on the desk, letters leave and come in.") + "\n"
    )
    del body["MIME-Version"]
    head = (
        fields.mailboxes("From", [(channel.brand.sender_name or channel.brand.name, address)]),
        fields.mailboxes("To", [("", address)]),
        fields.unstructured("Subject", _("Test letter")),
        fields.token("Date", format_datetime(clock.now())),
        fields.ids("Message-ID", [mark]),
        fields.token("Auto-Submitted", "auto-generated"),  # nobody's machine answers it
        fields.token("MIME-Version", "1.0"),
    )
    return b"".join(head) + body.as_bytes()
