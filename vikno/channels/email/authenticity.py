"""Whether the domain in the From line confirms a letter: told by a server that the owner trusts, or worked out here.

Here only for what was handed to our own listener from outside, since SPF needs the address of whoever handed it in:
SPF (RFC 7208), DKIM (RFC 6376) and DMARC (RFC 7489), by names looked up through `names`. It
runs while a letter is read, where no transaction is open, never in a page. What takes too long is "could not be
checked"; it is never taken for a pass.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from vikno.channels.email import identify
from vikno.channels.email.letter import Letter
from vikno.channels.email.letter.auth import Authentication, authentication, client_ip, is_aligned, organization
from vikno.channels.email.names import EACH, Asking, Unknown
from vikno.intake.models import Inbound
from vikno.people import values

log = logging.getLogger(__name__)

MOST_BYTES = 10 * 1024 * 1024  # of a letter whose signature is worked out
MOST_SIGNATURES = 3
SMALLEST_KEY = 1024  # bits; RFC 8301 section 3.2
HERE = "Vikno"


def of_letter(entry: Inbound, letter: Letter, raw: bytes) -> Authentication:
    """What is known of a letter's origin. Takes at most some seconds; never raises."""
    told = authentication(letter, identify.checkers(entry))
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
    asking = Asking()
    wants = _record(domain, asking)  # first: what a stranger chose to name may take all the time there is
    spf, spf_domain = _spf(address, envelope_from or "", asking)
    dkim, signers = _dkim(raw, asking)
    aligned = [one for one in signers if is_aligned(one, domain)]
    dmarc, policy = _dmarc(wants, (spf == "pass" and spf_domain) or "", signers)
    forgeable = not domain or bool({"many_from", "no_from"} & set(letter.problems))
    passed = not forgeable and dmarc not in ("fail", "temperror") and (dmarc == "pass" or bool(aligned))
    return Authentication(spf, dkim, dmarc, domain, passed, HERE, policy)


def _spf(address: str, sender: str, asking: Asking) -> tuple[str, str]:
    """(result, the domain it is of). A bounce has no sender, and then says nothing of the From line."""
    domain = sender.rpartition("@")[2].lower()
    if not domain:
        return "none", ""
    from vikno.channels.email import spf_library

    return spf_library.check(address, sender, domain, asking.look_up, asking.left()), domain


def _dkim(raw: bytes, asking: Asking) -> tuple[str, list[str]]:
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
            found = asking.look_up(plain, "TXT")
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


@dataclass(frozen=True, slots=True)
class _Wants:
    """What the domain in From says of its letters: `tags` of its DMARC record, which may be that of the whole domain
    above it; {} without one, None if there was no answer."""

    host: str
    tags: dict[str, str] | None
    above: bool = False


def _record(domain: str, asking: Asking) -> _Wants:
    try:
        host = values.domain(domain) if domain else ""
    except values.WrongValue:
        host = ""
    if not host:
        return _Wants("", {})
    whole = organization(host) or host
    try:
        tags = _policy(asking.look_up(f"_dmarc.{host}", "TXT"))
        if tags or whole == host:
            return _Wants(host, tags)
        return _Wants(host, _policy(asking.look_up(f"_dmarc.{whole}", "TXT")), above=True)
    except Unknown:
        return _Wants(host, None)


def _dmarc(wants: _Wants, spf_domain: str, signers: list[str]) -> tuple[str, str]:
    """(result, what the domain asks to do with letters that fail: "none", "quarantine", "reject")."""
    host, tags = wants.host, wants.tags
    if tags is None:
        return "temperror", ""
    if not tags:
        return "none", ""
    strict_spf, strict_dkim = tags.get("aspf") == "s", tags.get("adkim") == "s"
    by_spf = spf_domain == host if strict_spf else is_aligned(spf_domain, host)
    by_dkim = any(one == host if strict_dkim else is_aligned(one, host) for one in signers)
    if by_spf or by_dkim:
        return "pass", ""
    return "fail", (tags.get("sp") if wants.above else None) or tags.get("p", "none")


def _policy(records: list[str]) -> dict[str, str]:
    """The tags of a domain's DMARC record; {} without one, or with several (RFC 7489 section 6.6.3)."""
    found = [one for one in records if one.replace(" ", "").lower().startswith("v=dmarc1")]
    if len(found) != 1:
        return {}
    pairs = (part.partition("=") for part in found[0].split(";"))
    return {name.strip().lower(): value.strip().lower() for name, _, value in pairs if name.strip()}
