"""Letters signed with the key of their sender's domain (DKIM, RFC 6376), and the lines that the domain's DNS must say
so that others believe them (SPF, RFC 7208; DMARC, RFC 7489)."""

from __future__ import annotations

import base64
import ipaddress
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import structlog
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.db import transaction

from vikno.channels.email import fields
from vikno.channels.email.models import SigningKey
from vikno.core import clock
from vikno.core.secrets import Secret, Unreadable
from vikno.dialogs.models import Channel
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb

log = structlog.get_logger(__name__)

BITS = 2048  # RFC 8301 section 3.2
PATIENCE = 5.0  # seconds for an answer of the DNS
_SIGNED = (
    "from", "to", "cc", "reply-to", "subject", "date", "message-id", "in-reply-to", "references", "mime-version",
    "content-type", "content-transfer-encoding", "content-language", "auto-submitted", "list-unsubscribe",
    "list-unsubscribe-post",
)  # fmt: skip
_FIELD = re.compile(rb"^([!-9;-~]+):", re.MULTILINE)
# What a provider's customers write into SPF, by the end of the name of its outgoing server: it sends from many others.
_INCLUDES = {
    "gmail.com": "_spf.google.com", "googlemail.com": "_spf.google.com", "office365.com": "spf.protection.outlook.com",
    "outlook.com": "spf.protection.outlook.com", "yandex.com": "_spf.yandex.net", "yandex.ru": "_spf.yandex.net",
    "yandex.net": "_spf.yandex.net", "mail.ru": "_spf.mail.ru", "zoho.com": "zohomail.com", "zoho.eu": "zohomail.eu",
    "fastmail.com": "spf.messagingengine.com", "messagingengine.com": "spf.messagingengine.com",
    "mail.me.com": "icloud.com",
}  # fmt: skip
Resolver = Callable[[str], list[str]]


class DnsAway(Exception):
    """The DNS did not answer, so nothing is known."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line for the domain's DNS. `purpose` is dkim, spf or dmarc."""

    purpose: str
    name: str
    value: str


def texts_of(name: str) -> list[str]:
    """The TXT records of a name; none if there are none. Raises DnsAway."""
    import dns.exception
    import dns.resolver

    try:
        found = dns.resolver.resolve(name, "TXT", lifetime=PATIENCE)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.exception.DNSException as error:
        raise DnsAway(type(error).__name__) from None
    return [b"".join(one.strings).decode("utf-8", "replace") for one in found]


# ---- keys -----------------------------------------------------------------------------------------------------------


def domain_of(channel: Channel) -> str:
    """The domain that a channel's letters come from, as the DNS knows it; "" without an address."""
    address = channel.addresses.order_by("-default", "id").values_list("address", flat=True).first()
    return fields.ascii_domain(address).rpartition("@")[2] if address else ""


def make_key(domain: str, *, by: Act) -> SigningKey:
    """A new key for a domain. It signs once the DNS shows it; until then an older one goes on."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    secret: Any = Secret(pem.decode())  # of vikno.core.secrets.SecretField
    with transaction.atomic():
        key = SigningKey.objects.create(
            domain=domain,
            selector=f"vikno{clock.now():%y%m%d}{secrets.token_hex(2)}",
            private_key=secret,
            public_key=base64.b64encode(public).decode(),
        )
        record(by, Verb.SETTING_CHANGED, delta={"signing_key": [None, key.id]})
    return key


def newest(domain: str) -> SigningKey | None:
    """The key that was made last for a domain."""
    return SigningKey.objects.filter(domain=domain).order_by("-id").first()


def lines(channel: Channel, key: SigningKey, address: str) -> list[Line]:
    """What the domain's DNS must say. `address` gets the reports of others (DMARC)."""
    return [
        Line("dkim", f"{key.selector}._domainkey.{key.domain}", f"v=DKIM1; k=rsa; p={key.public_key}"),
        Line("spf", key.domain, f"v=spf1 {allowed(channel)} ~all"),
        Line("dmarc", f"_dmarc.{key.domain}", f"v=DMARC1; p=none; rua=mailto:{address}"),
    ]


def allowed(channel: Channel) -> str:
    """Who sends for the domain, as a term of SPF: the provider of the server that letters of this channel go to, else
    that server itself, else whoever takes the domain's letters in."""
    url = settings.ENVIRONMENT.smtp_url
    relay = urlsplit(url.get_secret_value()).hostname if url else ""
    host = str((channel.settings.get("smtp") or {}).get("host") or relay or "").strip().rstrip(".").lower()
    known = next((who for end, who in _INCLUDES.items() if host == end or host.endswith(f".{end}")), "")
    if known:
        return f"include:{known}"
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return f"a:{host}" if "." in host else "mx"
    return "mx"  # an inner address says nothing to others


def check(key: SigningKey, resolver: Resolver = texts_of, sends: str = "") -> dict[str, str]:
    """Ask the DNS, and write down what it says: ok, missing, wrong, or of SPF also several, and without (it does not
    name who `sends`, as `allowed` says it). A key that is shown there signs from now on. Raises DnsAway."""
    shown = [_tags(one) for one in resolver(f"{key.selector}._domainkey.{key.domain}")]
    spf = [one for one in resolver(key.domain) if one.lower().split(" ")[0] == "v=spf1"]
    dmarc = [one for one in resolver(f"_dmarc.{key.domain}") if one.lower().replace(" ", "").startswith("v=dmarc1")]
    found = {
        "dkim": "ok" if any(one.get("p") == key.public_key for one in shown) else "wrong" if shown else "missing",
        "spf": _spf(spf, sends),
        "dmarc": "ok" if len(dmarc) == 1 else "several" if dmarc else "missing",
    }
    with transaction.atomic():
        key.checked, key.checked_at = found, clock.now()
        key.in_use = found["dkim"] == "ok"
        key.save(update_fields=["checked", "checked_at", "in_use"])
    return found


def _spf(records: list[str], sends: str) -> str:
    if len(records) != 1:
        return "several" if records else "missing"
    terms = {one.lower().lstrip("+") for one in records[0].split()}
    return "ok" if not sends or {sends, sends.replace("include:", "redirect=")} & terms else "without"


def _tags(record_text: str) -> dict[str, str]:
    """The tags of a key record; blanks inside a value mean nothing (RFC 6376 section 3.6.1)."""
    pairs = (part.partition("=") for part in record_text.split(";"))
    return {name.strip().lower(): "".join(value.split()) for name, _, value in pairs}


# ---- signing --------------------------------------------------------------------------------------------------------


def signed(content: bytes, sender: str) -> bytes:
    """The letter with a signature of its sender's domain, if there is a key that the DNS shows. A key that cannot be
    used holds no letter up."""
    key = SigningKey.objects.filter(domain=sender.rpartition("@")[2], in_use=True).order_by("-id")
    try:
        found = key.first()
        return content if found is None else _sign(content, found)
    except Unreadable:
        log.error("a signing key cannot be read with this secret key: letters leave unsigned", sender=sender)
    except Exception:
        log.exception("a letter could not be signed and leaves unsigned")
    return content


def _sign(content: bytes, key: SigningKey) -> bytes:
    import dkim

    content = re.sub(rb"\r\n|\r|\n", b"\r\n", content)
    head = content.partition(b"\r\n\r\n")[0]
    there = {name.decode().lower() for name in _FIELD.findall(head)}
    secret: Any = key.private_key
    signature: bytes = dkim.sign(
        content,
        key.selector.encode(),
        key.domain.encode(),
        secret.reveal().encode(),
        canonicalize=(b"relaxed", b"relaxed"),
        include_headers=[name.encode() for name in _SIGNED if name in there],
    )
    return signature + content
