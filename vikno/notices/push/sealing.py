"""What a device gets is sealed for it alone (RFC 8291, RFC 8188): the service that carries it reads nothing of it."""

from __future__ import annotations

import base64
import os

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256R1()
RECORD = 4096  # bytes: all of it is one record, as RFC 8291 section 4 wants
MOST = RECORD - 16 - 4 - 1 - 65 - 16 - 1  # of them for the words: the rest are salt, size, key, tag and delimiter
_LAST = b"\x02"  # the delimiter of the last record


def point_of(key: ec.EllipticCurvePublicKey) -> bytes:
    """A public key as its 65 bytes."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def seal(
    words: bytes,
    theirs: bytes,
    secret: bytes,
    *,
    ours: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """`words` for the browser whose public key (`theirs`, 65 bytes) and secret (16 bytes) these are, in the encoding
    aes128gcm. `ours` and `salt` are made anew for each unless a test gives them. Raises ValueError for words that are
    too long, and for what is no key."""
    if len(words) > MOST:
        raise ValueError(f"{len(words)} bytes, {MOST} can be sent")
    ours, salt = ours or ec.generate_private_key(CURVE), salt or os.urandom(16)
    point = point_of(ours.public_key())
    shared = ours.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, theirs))
    material = _derived(shared, secret, b"WebPush: info\0" + theirs + point, 32)
    key = _derived(material, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(material, salt, b"Content-Encoding: nonce\0", 12)
    sealed = AESGCM(key).encrypt(nonce, words + _LAST, None)
    return salt + RECORD.to_bytes(4, "big") + bytes([len(point)]) + point + sealed


def _derived(material: bytes, salt: bytes, what: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=what).derive(material)


def written(content: bytes) -> str:
    """Bytes as browsers and these standards write them: base64 for addresses, without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def bytes_of(text: str) -> bytes:
    """What was written so. Raises ValueError."""
    return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)
