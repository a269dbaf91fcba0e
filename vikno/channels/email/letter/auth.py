"""Who really sent a letter: what our own receiving servers say about it, and nothing that a stranger could write."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from publicsuffixlist import PublicSuffixList

from .model import Hop, Letter

# Exchange Online writes its results without the name that RFC 8601 section 2.2 asks for first. No header can say this.
NAMELESS = "microsoft 365"
SHOWN = {NAMELESS: "Microsoft 365"}


@dataclass(frozen=True, slots=True)
class Authentication:
    """Results in lower case as RFC 8601 names them, "" where the server said nothing.

    `passed` means that the domain of From is proved: by DMARC, or by a DKIM signature of that domain.
    """

    spf: str
    dkim: str
    dmarc: str
    from_domain: str
    passed: bool
    checked_by: str = ""  # the server that says so; "" if nobody does
    policy: str = ""  # what the domain asks to do with letters that fail DMARC: "none", "quarantine", "reject"


@dataclass(frozen=True, slots=True)
class _Result:
    method: str
    result: str
    properties: dict[str, str]


def authentication(letter: Letter, trusted_servers: Iterable[str]) -> Authentication:
    """Read the topmost Authentication-Results of a server that we trust (RFC 8601 sections 2 and 5).

    Programs that write one header for each method put them above the first Received line: those of the same server
    that follow there without a gap count too. Everything further down may be the sender's own.
    """
    domain = letter.from_.domain if letter.from_ else ""
    server, results = _trusted_results(letter, {server.strip().rstrip(".").lower() for server in trusted_servers})
    dmarc = _result(results, "dmarc")
    signatures = [one for one in results if one.method == "dkim"]
    aligned = any(one.result == "pass" and is_aligned(_signer(one), domain) for one in signatures)
    dmarc_domain = next((one.properties.get("header.from", "") for one in results if one.method == "dmarc"), "")
    by_dmarc = dmarc == "pass" and (not dmarc_domain or _host(dmarc_domain) == _host(domain))
    forgeable = not domain or {"many_from", "no_from"} & set(letter.problems)
    return Authentication(
        spf=_result(results, "spf"),
        dkim="pass" if any(one.result == "pass" for one in signatures) else _result(results, "dkim"),
        dmarc=dmarc,
        from_domain=domain,
        passed=not forgeable and dmarc != "fail" and (by_dmarc or aligned),
        checked_by=SHOWN.get(server, server),
    )


_REFUSES = re.compile(r"\b(?:dis|action)\s*=\s*o?(?:reject|quarantine)\b", re.IGNORECASE)
_ASKS = re.compile(r"\b(?:p|policy\.dmarc)\s*=\s*(?:reject|quarantine)\b", re.IGNORECASE)
_LETS = re.compile(r"\b(?:dis|action)\s*=\s*(?:none|pass)\b", re.IGNORECASE)


def refused_by_policy(letter: Letter, trusted_servers: Iterable[str]) -> bool:
    """Whether a server that we trust says that DMARC failed and that the sender's domain asks to reject or quarantine
    such letters (RFC 7489 section 6.3). What it did in spite of that (a list it knows) counts more than what was asked.
    Servers tell the policy in a comment."""
    trusted = {server.strip().rstrip(".").lower() for server in trusted_servers}
    if _result(_trusted_results(letter, trusted)[1], "dmarc") != "fail":
        return False
    told = next((one for one in letter.authentication_results if _read(one)[0] in trusted), "")
    return bool(_REFUSES.search(told) or (_ASKS.search(told) and not _LETS.search(told)))


def client_ip(letter: Letter, trusted_hosts: Iterable[str]) -> str | None:
    """Address of the first machine outside our own servers that handed the letter in; None if no line is ours.

    `trusted_hosts` holds names (".firm.example" for all below) and addresses of our servers.
    """
    trusted = {host.strip().rstrip(".").lower() for host in trusted_hosts if host.strip()}
    for hop in letter.received_ip_candidates:
        if not _ours(hop.by_host, trusted):
            return None
        if hop.ip is not None and not _inner(hop, trusted):
            return hop.ip
    return None


def _inner(hop: Hop, trusted: set[str]) -> bool:
    """Whether the line tells of a step between our own servers. The name is the client's claim, so it is not asked."""
    assert hop.ip is not None
    return hop.ip in trusted or ipaddress.ip_address(hop.ip).is_loopback


def _ours(host: str, trusted: set[str]) -> bool:
    return host in trusted or any(one.startswith(".") and host.endswith(one) for one in trusted)


def _trusted_results(letter: Letter, trusted: set[str]) -> tuple[str, list[_Result]]:
    server, found = "", []
    for place, value in enumerate(letter.authentication_results):
        name, results = _read(value)
        if not server:
            if name in trusted and name:
                server, found = name, results
                if place >= letter.fresh_results:
                    break
        elif name == server and place < letter.fresh_results:
            found = found + results
        else:
            break
    return server, found


def _read(value: str) -> tuple[str, list[_Result]]:
    """(authserv-id, results) of one header value. Where the first word is a result already, it is NAMELESS."""
    head, *pieces = _uncommented(value).split(";")
    server = head.split()[0].strip('"').rstrip(".").lower() if head.split() else ""
    if "=" in server:
        server, pieces = NAMELESS, [head, *pieces]
    results = []
    for piece in pieces[:50]:
        tokens = piece.replace(" =", "=").replace("= ", "=").split()
        if not tokens or "=" not in tokens[0]:
            continue
        method, _, result = tokens[0].partition("=")
        pairs = (token.partition("=") for token in tokens[1:] if "=" in token)
        properties: dict[str, str] = {}
        for name, _, text in pairs:
            properties.setdefault(name.lower(), text.strip('"').lower())
        results.append(_Result(method.partition("/")[0].lower(), result.lower(), properties))
    return server, results


def _uncommented(value: str) -> str:
    """Without comments, which nest, and with the semicolons inside quotes made harmless."""
    out, depth, quoted, skip = [], 0, False, False
    for char in value:
        if skip:
            skip = False
        elif char == "\\" and (depth or quoted):
            skip = True
        elif quoted:
            quoted = char != '"'
            out.append("_" if char in ";=" or char.isspace() else char)
        elif char == "(":
            depth += 1
        elif char == ")" and depth:
            depth -= 1
        elif not depth:
            quoted = char == '"'
            out.append(char)
    return " ".join("".join(out).split())


def _result(results: list[_Result], method: str) -> str:
    return next((one.result for one in results if one.method == method), "")


def _signer(result: _Result) -> str:
    return result.properties.get("header.d") or result.properties.get("header.i", "").rpartition("@")[2]


def is_aligned(signer: str, domain: str) -> bool:
    """Whether two names belong together by relaxed alignment (RFC 7489 section 3.1.1): one organizational domain."""
    signer, domain = _host(signer), _host(domain)
    if not signer or not domain:
        return False
    return signer == domain or (organization(signer) or signer) == (organization(domain) or domain)


def _host(name: str) -> str:
    name = name.strip().rstrip(".").lower()
    if name.isascii():
        return name
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@lru_cache(maxsize=2_048)
def organization(host: str) -> str | None:
    """The registered domain that a host stands below, by the public suffix list; None for a suffix itself."""
    return _suffixes().privatesuffix(host)
