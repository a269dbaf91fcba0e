"""What a browser gives whoever may send to it: an address at its maker's service, and two keys. It comes from a page,
so it is looked at as anything that a stranger wrote."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec

from vikno.notices.push.sealing import CURVE, bytes_of, written

LONGEST = 1000  # characters of an address; browsers' have 200 to 500
SECRET = 16  # bytes


@dataclass(frozen=True, slots=True)
class Subscription:
    """`key` and `secret` are p256dh and auth of the Push API, as browsers write them."""

    endpoint: str
    key: str
    secret: str


def understood(endpoint: str, key: str, secret: str) -> Subscription:
    """A subscription as it may be kept. Raises ValueError: the address is none by https on its usual port, or the keys
    are none. Whether it leads inside our own network is asked whenever something is sent (core.web)."""
    where = urlsplit(endpoint)  # raises ValueError itself
    plain = endpoint.isascii() and endpoint.isprintable() and " " not in endpoint and len(endpoint) <= LONGEST
    if (
        not plain
        or where.scheme != "https"
        or not where.hostname
        or "@" in where.netloc
        or where.port not in (None, 443)
    ):
        raise ValueError("no address of a push service")
    ec.EllipticCurvePublicKey.from_encoded_point(CURVE, bytes_of(key))
    if len(bytes_of(secret)) != SECRET:
        raise ValueError("no secret of a subscription")
    return Subscription(endpoint, written(bytes_of(key)), written(bytes_of(secret)))
