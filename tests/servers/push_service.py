"""A push service and the browsers that wait behind it: takes what is sent over real HTTP, looks at the proof, and opens
what is sealed as a browser does (RFC 8291), by code that shares nothing with ours."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

NOTICES_ITS_END = 0.02  # seconds; each test waits for it


def text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def plain(said: str) -> bytes:
    return base64.urlsafe_b64decode(said + "=" * (-len(said) % 4))


class Browser:
    """Who subscribed: `key` and `secret` as a page hands them over."""

    def __init__(self, private: ec.EllipticCurvePrivateKey | None = None, secret: bytes | None = None) -> None:
        self._private = private or ec.generate_private_key(ec.SECP256R1())
        self._secret = secret or os.urandom(16)
        public = self._private.public_key()
        self._point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.key, self.secret = text(self._point), text(self._secret)

    def opens(self, sealed: bytes) -> bytes:
        """RFC 8188 section 2.1 and RFC 8291 section 3.4, step by step."""
        salt, size, length = sealed[:16], int.from_bytes(sealed[16:20], "big"), sealed[20]
        point, content = sealed[21 : 21 + length], sealed[21 + length :]
        assert len(content) <= size
        sender = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        first = _hmac(self._secret, self._private.exchange(ec.ECDH(), sender))
        material = _hmac(first, b"WebPush: info\0" + self._point + point + b"\x01")
        second = _hmac(salt, material)
        key = _hmac(second, b"Content-Encoding: aes128gcm\0\x01")[:16]
        nonce = _hmac(second, b"Content-Encoding: nonce\0\x01")[:12]
        found = AESGCM(key).decrypt(nonce, content, None).rstrip(b"\0")
        assert found.endswith(b"\x02")
        return found[:-1]


def _hmac(key: bytes, said: bytes) -> bytes:
    return hmac.new(key, said, hashlib.sha256).digest()


@dataclass
class Got:
    path: str
    headers: dict[str, str]
    sealed: bytes

    def proof(self) -> tuple[dict[str, Any], str]:
        """What the sender says of itself, signed by the key that it names, and that key."""
        kind, _, rest = self.headers["Authorization"].partition(" ")
        assert kind == "vapid"
        said = dict(one.strip().split("=", 1) for one in rest.split(","))
        head, body, signature = said["t"].split(".")
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), plain(said["k"]))
        raw = plain(signature)
        r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
        public.verify(encode_dss_signature(r, s), f"{head}.{body}".encode(), ec.ECDSA(SHA256()))
        assert json.loads(plain(head)) == {"typ": "JWT", "alg": "ES256"}
        return json.loads(plain(body)), said["k"]


@dataclass
class PushService:
    """`answers`: what it says for an address (status, headers), 201 where nothing stands; 0: it ends the connection
    without a word. `before`: what it does first."""

    answers: dict[str, tuple[int, dict[str, str]]] = field(default_factory=dict)
    got: list[Got] = field(default_factory=list)
    before: dict[str, Callable[[], object]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                service.got.append(Got(self.path, dict(self.headers.items()), body))
                service.before.get(self.path, bool)()
                status, headers = service.answers.get(self.path, (201, {}))
                if not status:
                    return
                words = b"" if status == 201 else b"<b>not so</b>"
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(words))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(words)

            def log_message(self, *args: Any) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        threading.Thread(target=self._http.serve_forever, args=(NOTICES_ITS_END,), daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
