"""Whether the domain in the From line confirms a letter: told by a server that the owner trusts, or worked out here.

Here only for what was handed to our own listener from outside, since SPF needs the address of whoever handed it in:
SPF (RFC 7208), DKIM (RFC 6376) and DMARC (RFC 7489), by names looked up through `RESOLVER`, which tests replace. It
runs while a letter is read, where no transaction is open, never in a page. What takes too long is "could not be
checked"; it is never taken for a pass.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from vikno.channels.email import identify
from vikno.channels.email.letter import Letter
from vikno.channels.email.letter.auth import Authentication, authentication, client_ip, is_aligned, organization
from vikno.intake.models import Inbound
from vikno.people import values

log = logging.getLogger(__name__)

LONGEST = 6.0  # seconds for all names of one letter
EACH = 2.0  # seconds for one name
MOST_BYTES = 10 * 1024 * 1024  # of a letter whose signature is worked out
MOST_SIGNATURES = 3
SMALLEST_KEY = 1024  # bits; RFC 8301 section 3.2
HERE = "Vikno"

# (name, type) → the records as text (TXT: whole strings; MX: "10 mx.example"), [] for none. Raises Unknown.
Resolver = Callable[[str, str, float], list[str]]


class Unknown(Exception):
    """The name servers gave no answer in time."""


@dataclass(slots=True)
class _Clock:
    """How long names may still be looked up for this letter."""

    ends: float = field(default_factory=lambda: time.monotonic() + LONGEST)

    def look_up(self, name: str, kind: str) -> list[str]:
        left = self.ends - time.monotonic()
        if left <= 0:
            raise Unknown(name)
        return RESOLVER(name.rstrip("."), kind, min(EACH, left))


def of_letter(entry: Inbound, letter: Letter, raw: bytes) -> Authentication:
    """What is known of a letter's origin. Takes at most some seconds; never raises."""
    told = authentication(letter, identify.checkers(entry.channel))
    if told.checked_by or entry.source != "smtp":
        return told
    peer, servers = identify.handed_in_by(letter, entry)
    address = peer or client_ip(letter, servers)
    if address is None:
        return told
    try:
        return worked_out(letter, raw, address, entry.envelope_from)
    except Exception:
        log.warning("It could not be worked out who sent a letter", exc_info=True)
        return told


def worked_out(letter: Letter, raw: bytes, address: str, envelope_from: str | None) -> Authentication:
    """SPF, DKIM and DMARC of a letter that this address handed in. Raises ValueError for what is no address."""
    domain = letter.from_.domain if letter.from_ else ""
    clock = _Clock()
    spf, spf_domain = _spf(address, envelope_from or "", clock)
    dkim, signers = _dkim(raw, clock)
    aligned = [one for one in signers if is_aligned(one, domain)]
    dmarc, policy = _dmarc(domain, (spf == "pass" and spf_domain) or "", signers, clock)
    forgeable = not domain or bool({"many_from", "no_from"} & set(letter.problems))
    passed = not forgeable and dmarc not in ("fail", "temperror") and (dmarc == "pass" or bool(aligned))
    return Authentication(spf, dkim, dmarc, domain, passed, HERE, policy)


def _spf(address: str, sender: str, clock: _Clock) -> tuple[str, str]:
    """(result, the domain it is of). A bounce has no sender, and then says nothing of the From line."""
    domain = sender.rpartition("@")[2].lower()
    if not domain:
        return "none", ""
    from vikno.channels.email import spf_library

    return spf_library.check(address, sender, domain, clock.look_up, clock.ends - time.monotonic()), domain


def _dkim(raw: bytes, clock: _Clock) -> tuple[str, list[str]]:
    """(the best result, the domains whose signatures hold). A signature that leaves a part of the body out is no proof
    of what stands there."""
    import dkim

    if len(raw) > MOST_BYTES:
        return "policy", []
    waits = False

    def text_of(name: bytes | str, timeout: float = EACH) -> bytes | None:
        nonlocal waits
        plain = name.decode("ascii", "replace") if isinstance(name, bytes) else name
        try:
            found = clock.look_up(plain, "TXT")
        except Unknown:
            waits = True
            return None
        return found[0].encode() if found else None

    signed = dkim.DKIM(raw, minkey=SMALLEST_KEY, timeout=int(EACH))
    count = sum(1 for name, _ in signed.headers if name.lower() == b"dkim-signature")
    if not count:
        return "none", []
    holds: list[str] = []
    for index in range(min(count, MOST_SIGNATURES)):
        try:
            good = signed.verify(index, dnsfunc=text_of)
        except Exception:  # the library's own errors, and what odd signatures make of it
            continue
        if good and b"l" not in (signed.signature_fields or {}):
            holds.append(signed.domain.decode("ascii", "replace").lower())
    return ("pass" if holds else "temperror" if waits else "fail"), holds


def _dmarc(domain: str, spf_domain: str, signers: list[str], clock: _Clock) -> tuple[str, str]:
    """(result, what the domain asks to do with letters that fail: "none", "quarantine", "reject")."""
    if not domain:
        return "none", ""
    try:
        host = values.domain(domain)
    except values.WrongValue:
        return "none", ""
    whole = organization(host) or host
    try:
        tags = _policy(clock.look_up(f"_dmarc.{host}", "TXT"))
        below = not tags and whole != host
        tags = _policy(clock.look_up(f"_dmarc.{whole}", "TXT")) if below else tags
    except Unknown:
        return "temperror", ""
    if not tags:
        return "none", ""
    strict_spf, strict_dkim = tags.get("aspf") == "s", tags.get("adkim") == "s"
    by_spf = spf_domain == host if strict_spf else is_aligned(spf_domain, host)
    by_dkim = any(one == host if strict_dkim else is_aligned(one, host) for one in signers)
    if by_spf or by_dkim:
        return "pass", ""
    return "fail", (tags.get("sp") if below else None) or tags.get("p", "none")


def _policy(records: list[str]) -> dict[str, str]:
    """The tags of a domain's DMARC record; {} without one, or with several (RFC 7489 section 6.6.3)."""
    found = [one for one in records if one.replace(" ", "").lower().startswith("v=dmarc1")]
    if len(found) != 1:
        return {}
    pairs = (part.partition("=") for part in found[0].split(";"))
    return {name.strip().lower(): value.strip().lower() for name, _, value in pairs if name.strip()}


def _from_the_net(name: str, kind: str, seconds: float) -> list[str]:
    """The records of a name, by the machine's own name servers; remembered as long as they say."""
    import dns.exception
    import dns.resolver

    try:
        answer = _resolver().resolve(name, kind, lifetime=seconds, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError, ValueError) as error:
        raise Unknown(name) from error
    if kind == "TXT":
        return [b"".join(row.strings).decode("utf-8", "replace") for row in answer]
    return [row.to_text() for row in answer]


@lru_cache(maxsize=1)
def _resolver() -> Any:
    import dns.resolver

    made = dns.resolver.Resolver()
    made.cache = dns.resolver.LRUCache(5000)
    return made


RESOLVER: Resolver = _from_the_net
