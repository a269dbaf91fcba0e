"""The one way to ask servers outside: the address is looked up once, judged, and pinned, so that no name leads to an
inner machine; nothing is followed, and no answer is read without end."""

from __future__ import annotations

import ipaddress
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx2

PATIENCE = 20.0  # seconds
MOST_BYTES = 1024 * 1024


class Forbidden(Exception):
    """The address is none that may be asked: not https, or inside our own network."""


class Unreachable(Exception):
    """No answer came, or none that can be read."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes

    def mapping(self) -> dict[str, Any]:
        """The body as a JSON object; empty if it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def post_form(url: str, fields: Mapping[str, str], *, inner: bool = False, patience: float = PATIENCE) -> Answer:
    """Send a form and read the answer. `inner`: the owner set this address, so it may be in our own network and
    without encryption. Raises Forbidden, Unreachable."""
    import httpx2  # for who needs it: it costs memory in each process

    try:
        where = httpx2.URL(url)
    except httpx2.InvalidURL as error:
        raise Forbidden(str(error)) from None
    if where.scheme != "https" and not (inner and where.scheme == "http"):
        raise Forbidden(f"{where.scheme or 'this'} is not asked, only https")
    pinned = _pinned(where.host, where.port or (443 if where.scheme == "https" else 80), inner)
    headers = {"Host": where.netloc.decode("ascii"), "Accept": "application/json"}
    try:
        with (
            httpx2.Client(timeout=patience, follow_redirects=False, trust_env=False) as client,
            client.stream(
                "POST",
                where.copy_with(host=pinned),
                data=dict(fields),
                headers=headers,
                extensions={"sni_hostname": where.host},
            ) as answer,
        ):
            return Answer(answer.status_code, _read(answer))
    except httpx2.HTTPError as error:
        raise Unreachable(f"{where.host}: {type(error).__name__}") from None  # the cause may carry what was sent


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
    except OSError as error:
        raise Unreachable(f"{host}: {error.strerror or error}") from None
    if not inner and not all(is_outside(one) for one in found):
        raise Forbidden(f"{host} lies in an inner network")
    return found[0]


def is_outside(address: str) -> bool:
    """Whether an IP address is one of the public internet."""
    one = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(one, ipaddress.IPv6Address) and one.ipv4_mapped is not None:
        one = one.ipv4_mapped
    return one.is_global and not one.is_multicast
