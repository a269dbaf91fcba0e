"""The mail servers of an address, so that nobody has to look them up: what a known provider calls them, what a domain
says of itself (SRV records, RFC 6186 and RFC 8314), or whose its incoming mail is (MX).

A domain of one's own is asked of the name servers (`names.RESOLVER`, which tests replace), within PATIENCE.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from vikno.channels.email import names, servers
from vikno.channels.email.letter.auth import organization
from vikno.people import values

PATIENCE = 4.0  # seconds for all questions about one domain
EACH = 1.5  # seconds for one of them


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider of mailboxes. `mx`: how the names of its servers for incoming mail end. `hint` says what it wants
    besides the address and a password; `hint_url` is where that is made."""

    imap: str
    smtp: str
    smtp_security: str = servers.TLS
    domains: str = ""
    mx: str = ""
    sign_in: str = servers.PASSWORD
    hint: Promise | str = ""
    hint_url: str = ""


_APP_PASSWORD = _("This provider wants a password of its own for other programs. Make one there and enter it here.")
_IMAP_OFF = _(
    "If the server refuses the password, switch on access by mail programs (IMAP) in the settings of the mailbox."
)
_GOOGLE = _(
    "Google takes no usual password here. Switch on 2-step verification there, make an app password and enter it here; "
    "or choose above to sign in through Google."
)
_MICROSOFT = _(
    "Microsoft takes no passwords from other programs. Vikno signs in through Microsoft: you say yes there once, after "
    "saving."
)
_YANDEX = _("Switch on IMAP in the settings of the mailbox, make an app password there and enter it here.")
_PROVIDERS = (
    Provider(
        "imap.gmail.com", "smtp.gmail.com", servers.STARTTLS, "gmail.com googlemail.com", "google.com googlemail.com",
        hint=_GOOGLE, hint_url="https://myaccount.google.com/apppasswords",
    ),
    Provider(
        "outlook.office365.com", "smtp.office365.com", servers.STARTTLS,
        "outlook.com hotmail.com live.com msn.com hotmail.fr hotmail.it hotmail.de live.de outlook.de",
        "protection.outlook.com mx.microsoft", sign_in="microsoft", hint=_MICROSOFT,
    ),
    Provider("imap.ukr.net", "smtp.ukr.net", domains="ukr.net", mx="ukr.net", hint=_APP_PASSWORD,
             hint_url="https://mail.ukr.net/"),
    Provider("imap.i.ua", "smtp.i.ua", domains="i.ua ua.fm email.ua", mx="i.ua", hint=_IMAP_OFF),
    Provider("imap.meta.ua", "smtp.meta.ua", domains="meta.ua", mx="meta.ua", hint=_IMAP_OFF),
    Provider("imap.mail.ru", "smtp.mail.ru", domains="mail.ru bk.ru list.ru inbox.ru internet.ru", mx="mail.ru",
             hint=_APP_PASSWORD, hint_url="https://account.mail.ru/user/2-step-auth/passwords"),
    Provider("imap.yandex.com", "smtp.yandex.com",
             domains="yandex.ru yandex.com yandex.ua yandex.by yandex.kz ya.ru", mx="yandex.net yandex.ru",
             hint=_YANDEX, hint_url="https://id.yandex.com/security/app-passwords"),
    Provider("imap.mail.me.com", "smtp.mail.me.com", servers.STARTTLS, "icloud.com me.com mac.com", "icloud.com",
             hint=_APP_PASSWORD, hint_url="https://account.apple.com/"),
    Provider("imap.mail.yahoo.com", "smtp.mail.yahoo.com",
             domains="yahoo.com ymail.com yahoo.de yahoo.fr yahoo.co.uk yahoo.it yahoo.es", mx="yahoodns.net",
             hint=_APP_PASSWORD, hint_url="https://login.yahoo.com/account/security"),
    Provider("imap.zoho.com", "smtp.zoho.com", domains="zoho.com", hint=_YANDEX,
             hint_url="https://accounts.zoho.com/home#security/app_password"),
    Provider("imap.zoho.eu", "smtp.zoho.eu", domains="zoho.eu", hint=_YANDEX,
             hint_url="https://accounts.zoho.eu/home#security/app_password"),
    Provider("imappro.zoho.com", "smtppro.zoho.com", mx="zoho.com", hint=_YANDEX,
             hint_url="https://accounts.zoho.com/home#security/app_password"),
    Provider("imappro.zoho.eu", "smtppro.zoho.eu", mx="zoho.eu", hint=_YANDEX,
             hint_url="https://accounts.zoho.eu/home#security/app_password"),
    Provider("imap.fastmail.com", "smtp.fastmail.com", domains="fastmail.com fastmail.fm", mx="messagingengine.com",
             hint=_APP_PASSWORD, hint_url="https://app.fastmail.com/settings/security"),
)  # fmt: skip
_OF_DOMAIN = {domain: one for one in _PROVIDERS for domain in one.domains.split()}
_OF_MX = {ending: one for one in _PROVIDERS for ending in one.mx.split()}


@dataclass(frozen=True, slots=True)
class Found:
    """Where letters of an address are read and handed over; "" and None where nothing is known of it.

    `sure`: a provider that is known, or servers of the domain itself. Others are shown to a person first (RFC 6186
    section 6): whoever answers for the name servers could name a server of their own."""

    imap_host: str = ""
    imap_port: int | None = None
    imap_security: str = servers.TLS
    smtp_host: str = ""
    smtp_port: int | None = None
    smtp_security: str = servers.TLS
    sign_in: str = servers.PASSWORD
    hint: str = ""
    hint_url: str = ""
    sure: bool = True

    def answers(self) -> dict[str, Any]:
        """The same as answers to the fields of a form, by their names there."""
        names_of_fields = ("imap_host", "imap_port", "imap_security", "smtp_host", "smtp_port", "smtp_security")
        found = {name: getattr(self, name) or "" for name in names_of_fields}
        return found | {"sign_in": self.sign_in}


def find(address: str) -> Found | None:
    """The servers of this address; None if they are not known. Takes up to PATIENCE where a domain is not that of a
    known provider. Raises values.WrongValue for what is no address."""
    domain = values.domain_of(values.email(address))
    if known := _OF_DOMAIN.get(domain):
        return _of(known)
    ends = names.NOW() + PATIENCE

    def ask(name: str, kind: str) -> list[str]:
        left = ends - names.NOW()
        try:
            return names.RESOLVER(name, kind, min(EACH, left)) if left > 0 else []
        except names.Unknown:
            return []

    return _by_service_records(domain, ask) or _by_incoming_mail(domain, ask)


def _of(provider: Provider) -> Found:
    return Found(
        imap_host=provider.imap, smtp_host=provider.smtp, smtp_security=provider.smtp_security,
        sign_in=provider.sign_in, hint=str(provider.hint), hint_url=provider.hint_url,
    )  # fmt: skip


Ask = Callable[[str, str], list[str]]


def _by_service_records(domain: str, ask: Ask) -> Found | None:
    """What the domain says itself. A service that is not offered has "." for its host (RFC 2782)."""
    imap = _service(domain, ask, ("_imaps", servers.TLS), ("_imap", servers.STARTTLS))
    if imap is None:
        return None
    smtp = _service(domain, ask, ("_submissions", servers.TLS), ("_submission", servers.STARTTLS))
    hosts = [one[0] for one in (imap, smtp) if one is not None]
    own = organization(domain) or domain
    leaving = smtp or ("", None, servers.TLS)
    return Found(
        imap_host=imap[0], imap_port=imap[1], imap_security=imap[2], smtp_host=leaving[0], smtp_port=leaving[1],
        smtp_security=leaving[2], sure=all((organization(host) or host) == own for host in hosts),
    )  # fmt: skip


def _service(domain: str, ask: Ask, *kinds: tuple[str, str]) -> tuple[str, int, str] | None:
    """Host, port and security of the first of these services that the domain has: of several servers the one with the
    lowest priority and the highest weight."""
    for service, security in kinds:
        rows = [row.split() for row in ask(f"{service}._tcp.{domain}", "SRV")]
        good = [(int(row[0]), -int(row[1]), int(row[2]), row[3].rstrip(".").lower()) for row in rows if _is_srv(row)]
        if good:
            _priority, _weight, port, host = min(good)
            return host, port, security
    return None


def _is_srv(row: list[str]) -> bool:
    return len(row) == 4 and all(one.isdecimal() for one in row[:3]) and row[3] != "." and 0 < int(row[2]) < 65536


def _by_incoming_mail(domain: str, ask: Ask) -> Found | None:
    """The provider that takes the letters of this domain in."""
    rows = [row.split() for row in ask(domain, "MX")]
    for _priority, host in sorted((int(row[0]), row[1]) for row in rows if len(row) == 2 and row[0].isdecimal()):
        host = host.rstrip(".").lower()
        for ending, provider in _OF_MX.items():
            if host == ending or host.endswith(f".{ending}"):
                return _of(provider)
    return None
