"""The one way to ask servers outside: the address is looked up once, judged, and pinned, so that no name leads to an
inner machine; nothing is followed, and no answer is read without end."""

from __future__ import annotations

import ipaddress
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vikno.core.deadlines import Deadline

if TYPE_CHECKING:
    import httpx2

PATIENCE = 20.0  # seconds
MOST_BYTES = 1024 * 1024
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# NAT64 of one's own network (RFC 8215), and addresses made of IPv4 ones, long given up (RFC 4291 section 2.5.5.1).
_NEVER = (ipaddress.IPv6Network("64:ff9b:1::/48"), ipaddress.IPv6Network("::/96"))


class Forbidden(Exception):
    """The address is none that may be asked: not https, or inside our own network."""


class Unreachable(Exception):
    """No answer came, or none that can be read."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)  # names in small letters

    def mapping(self) -> dict[str, Any]:
        """The body as a JSON object; empty if it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def post_form(url: str, fields: Mapping[str, str], *, inner: bool = False, patience: float = PATIENCE) -> Answer:
    """Send a form and read the answer, all of it within `patience` seconds once the name is looked up. `inner`: the
    owner set this address, so it may be in our own network and without encryption. Raises Forbidden, Unreachable."""
    return _post(url, {"Accept": "application/json"}, inner, patience, data=dict(fields))


def post_bytes(
    url: str, body: bytes, headers: Mapping[str, str], *, inner: bool = False, patience: float = PATIENCE
) -> Answer:
    """Send bytes with these headers, and read the answer; else as `post_form`."""
    return _post(url, dict(headers), inner, patience, content=body)


def _post(url: str, headers: dict[str, str], inner: bool, patience: float, **content: Any) -> Answer:
    import httpx2  # for who needs it: it costs memory in each process

    try:
        where = httpx2.URL(url)
    except httpx2.InvalidURL as error:
        raise Forbidden(str(error)) from None
    if where.scheme != "https" and not (inner and where.scheme == "http"):
        raise Forbidden(f"{where.scheme or 'this'} is not asked, only https")
    pinned = _pinned(where.host, where.port or (443 if where.scheme == "https" else 80), inner)
    headers["Host"] = where.netloc.decode("ascii")
    with Deadline(patience) as deadline:

        def hold(event: str, info: Mapping[str, Any]) -> None:
            if event == "connection.connect_tcp.complete":
                deadline.hold(info["return_value"].get_extra_info("socket"))

        try:
            with (
                httpx2.Client(timeout=patience, follow_redirects=False, trust_env=False) as client,
                client.stream(
                    "POST",
                    where.copy_with(host=pinned),
                    headers=headers,
                    extensions={"sni_hostname": where.host, "trace": hold},
                    **content,
                ) as answer,
            ):
                found = Answer(answer.status_code, _read(answer), dict(answer.headers))
        except httpx2.HTTPError as error:
            why = "too slow" if deadline.over else type(error).__name__
            raise Unreachable(f"{where.host}: {why}") from None  # the cause may carry what was sent
    if deadline.over:  # an answer without a length ends where the connection does
        raise Unreachable(f"{where.host}: too slow")
    return found


def _read(answer: httpx2.Response) -> bytes:
    body = b""
    for part in answer.iter_bytes():
        body += part
        if len(body) > MOST_BYTES:
            raise Unreachable("the answer is too long")
    return body


def _pinned(host: str, port: int, inner: bool) -> str:
    """One address of the host; of a host that has an inner one, none."""
    try:
        found = [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:  # UnicodeError: a part of the name is empty or too long
        raise Unreachable(f"{host}: {getattr(error, 'strerror', None) or error}") from None
    if not inner and not all(is_outside(one) for one in found):
        raise Forbidden(f"{host} lies in an inner network")
    return found[0]


def is_outside(address: str) -> bool:
    """Whether an IP address is one of the public internet."""
    one = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(one, ipaddress.IPv6Address):
        inside = _embedded(one)
        if inside is not None:
            return inside.is_global and not inside.is_multicast
        if any(one in net for net in _NEVER):
            return False
    return one.is_global and not one.is_multicast


def _embedded(one: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that this one leads to: mapped, 6to4 (RFC 3056) or through NAT64 (RFC 6052)."""
    if one in _NAT64:
        return ipaddress.IPv4Address(int(one) & 0xFFFFFFFF)
    return one.ipv4_mapped or one.sixtofour
