"""What every request passes: whom it addresses, where it really comes from, what browsers may do with the answer."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, MutableMapping, Sequence
from functools import lru_cache
from typing import Any, cast
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

log = structlog.get_logger(__name__)

Answer = Callable[[HttpRequest], HttpResponseBase]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Measured against htmx and the editor. Letters have a frame with a stricter policy of its own (frame-src 'self').
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; frame-src 'self'; "
    "manifest-src 'self'; media-src 'self' blob:; worker-src 'self'"
)
# Probes ask by address, not by name; these pages tell nobody anything that depends on the host.
PROBES = ("/healthz", "/readyz", "/metrics")
NEAR = "vikno.near"
# This machine and private networks (RFC 1918, RFC 4193, link-local); Python's `is_private` counts more than these.
PRIVATE = (
    "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16",
    "::1/128", "fc00::/7", "fe80::/10",
)  # fmt: skip


def host_of(header: str) -> str:
    """The name in a Host header, lower case, without its port: "[::1]:80" gives "::1"."""
    if header.startswith("["):
        return header[1:].partition("]")[0].lower()
    return header.partition(":")[0].lower().rstrip(".")


def is_known(host: str, base_url: str) -> bool:
    """Whether a request for this host is meant for us: the host of VIKNO_BASE_URL, or a name of this very machine.

    Any other would let a stranger's name point here and read pages as if they were its own (DNS rebinding).
    """
    if host == (urlsplit(base_url).hostname or "") or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@lru_cache(maxsize=8)
def _networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


def _within(address: str, networks: tuple[Network, ...]) -> bool:
    try:
        return any(ipaddress.ip_address(address) in network for network in networks)
    except ValueError:
        return False


def believe_proxies(environ: MutableMapping[str, Any], trusted: Sequence[str]) -> None:
    """Set REMOTE_ADDR and the scheme to those of the real client, as far as trusted proxies tell them.

    Of X-Forwarded-For the last address that is no trusted proxy counts; what stands before it, anybody may have
    written. From anybody else these headers are dropped, so that nothing behind us believes them. `vikno.near` says
    whether the client sits on this machine or in its private network.
    """
    chain = str(environ.pop("HTTP_X_FORWARDED_FOR", ""))
    scheme = str(environ.pop("HTTP_X_FORWARDED_PROTO", "")).rpartition(",")[2].strip().lower()
    environ.pop("HTTP_X_FORWARDED_HOST", None)
    foreign = bool(chain or environ.pop("HTTP_FORWARDED", ""))
    networks = _networks(tuple(trusted))
    client = str(environ.get("REMOTE_ADDR", ""))
    if networks and _within(client, networks):
        foreign = False
        if scheme in ("http", "https"):
            environ["wsgi.url_scheme"] = scheme
        for part in reversed(chain.split(",")):
            address = part.strip()
            if not _is_address(address):
                foreign = bool(address)  # whoever it is, it is not the proxy
                break
            environ["REMOTE_ADDR"] = client = address
            if not _within(address, networks):
                break
    environ[NEAR] = not foreign and _is_near(client)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_near(address: str) -> bool:
    return _within(address.removeprefix("::ffff:"), _networks(PRIVATE))


def known_host(get_response: Answer) -> Answer:
    """Middleware: find out who asks, and refuse, in plain words, requests that are meant for another host."""
    proxies = settings.ENVIRONMENT.proxies

    def middleware(request: HttpRequest) -> HttpResponseBase:
        believe_proxies(request.META, proxies)
        host = host_of(request.META.get("HTTP_HOST", ""))
        if is_known(host, settings.BASE_URL) or request.path_info in PROBES:
            return get_response(request)
        with translation.override(translation.get_language_from_request(request)):
            words = _(
                "This Vikno is not known by the name “%(host)s”. It answers at %(address)s. If this name is right, set "
                "VIKNO_BASE_URL to the address that people type, and start Vikno again."
            ) % {"host": host[:100], "address": settings.BASE_URL}
        return HttpResponse(words, status=400, content_type="text/plain; charset=utf-8")

    return middleware


def security_headers(get_response: Answer) -> Answer:
    """Middleware: the headers that keep a page to itself. A view that set its own policy keeps that."""
    secure = settings.BASE_URL.startswith("https://")

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        headers = response.headers
        if "Content-Security-Policy" not in headers:
            headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
            headers["X-Frame-Options"] = "DENY"  # for browsers that do not know frame-ancestors
        headers["X-Content-Type-Options"] = "nosniff"
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), payment=(), usb=()")
        headers.setdefault("Cache-Control", "private, no-cache")
        # One address gives a page or a part of it: without this the browser shows a kept part when one goes back.
        patch_vary_headers(response, ("HX-Request", "HX-Target"))
        if secure and request.is_secure():
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return response

    return middleware


def once_more_after_a_deadlock(get_response: Answer) -> Answer:
    """Middleware: PostgreSQL ends one of two transactions that wait for each other (error 40P01, "deadlock detected"),
    and nothing of it was written. Locks are taken in one order, so this is rare; who asked then is not told to ask
    again, as what they want can be done now."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        return get_response(request)

    def process_exception(request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        if not is_deadlock(error) or request.resolver_match is None or connection.in_atomic_block:
            return None
        if getattr(request.resolver_match.func, "commits_by_parts", False):  # it would do some of it twice
            return None
        log.warning("two waited for each other; this one begins anew", view=request.resolver_match.view_name)
        for file in (one for _name, several in request.FILES.lists() for one in several):
            file.seek(0)
        view, args, kwargs = request.resolver_match
        return cast(HttpResponseBase, view(request, *args, **kwargs))

    middleware.process_exception = process_exception  # type: ignore[attr-defined]
    return middleware


def is_deadlock(error: Exception) -> bool:
    """Whether PostgreSQL ended this transaction because it and another waited for each other."""
    return isinstance(error, OperationalError) and getattr(error.__cause__, "sqlstate", "") == "40P01"
