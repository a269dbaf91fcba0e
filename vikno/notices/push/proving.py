"""How a push service knows that it is us who send (RFC 8292, "VAPID"): a short letter signed for each of them.

The key is derived from the installation's secret key, so it is the same in all processes, lies nowhere, and moves with
that key. Browsers bind what they allow to its public half: with another secret key devices are switched on anew.
"""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from django.conf import settings

from vikno.core import clock
from vikno.core.secrets import derived_key
from vikno.notices.push.sealing import CURVE, point_of, written

LASTS = timedelta(hours=12)  # services take none that lasts longer than a day
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of the curve (P-256)


def _key() -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(derived_key("web-push"), "big") % (_ORDER - 1) + 1, CURVE)


def public_key() -> str:
    """The public half, as a browser wants it (applicationServerKey)."""
    return written(point_of(_key().public_key()))


def proof(endpoint: str) -> str:
    """The header Authorization for this address."""
    where = urlsplit(endpoint)
    said = {
        "aud": f"{where.scheme}://{where.netloc}",
        "exp": int((clock.now() + LASTS).timestamp()),
        "sub": _sender(),
    }
    text = ".".join(written(json.dumps(one).encode()) for one in ({"typ": "JWT", "alg": "ES256"}, said))
    r, s = decode_dss_signature(_key().sign(text.encode(), ec.ECDSA(SHA256())))
    signature = written(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    return f"vapid t={text}.{signature}, k={public_key()}"


def _sender() -> str:
    """Whom a service may ask about us: an address with https, or what has at least the form of one for letters, as
    Apple's takes nothing else."""
    base = str(settings.BASE_URL).rstrip("/")
    return base if base.startswith("https://") else f"mailto:postmaster@{urlsplit(base).hostname or 'localhost'}"
