"""What a mail provider grants: access without a password, renewed before it ends (OAuth 2, RFC 6749, with PKCE,
RFC 7636), and how it is shown to a mail server (XOAUTH2; OAUTHBEARER, RFC 7628).

The owner registers Vikno at the provider, says yes there once in the browser, and from then on a refresh token, kept
encrypted, is turned into access tokens that live for about an hour.
"""

from __future__ import annotations

import base64
import hashlib
import threading
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import quote, urlencode

import structlog
from django.db import transaction

from vikno.channels.email import servers
from vikno.channels.email.models import Grant
from vikno.core import clock, web
from vikno.core.secrets import Secret
from vikno.core.text import one_line
from vikno.dialogs import deliveries
from vikno.dialogs.models import Channel
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb

log = structlog.get_logger(__name__)

EARLY = timedelta(minutes=5)  # renewed so long before its end
_SHORTEST = 60  # seconds that a token is taken to live, whatever is said
_ENDED = ("invalid_grant", "interaction_required", "consent_required")
_WHILE_CONNECTING = {"grant_ended": "code_refused", "provider_away": "away_now"}  # the same refusals mean this then
_guards: defaultdict[int, threading.Lock] = defaultdict(threading.Lock)


class NotGranted(Exception):
    """There is no access. `code`: not_connected, grant_ended (for good: somebody must connect again), registration
    (the provider does not know us), provider_away (try again); while somebody connects the account: no_refresh,
    code_refused (what the browser brought back is too old), away_now."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = one_line(detail, 300)


@dataclass(frozen=True, slots=True)
class Provider:
    """Where one asks. `inner`: the owner named these addresses, so they may lie in our own network."""

    authorize: str
    token: str
    scope: str
    more: dict[str, str] = field(default_factory=dict)
    inner: bool = False


GOOGLE = Provider(
    "https://accounts.google.com/o/oauth2/v2/auth",
    "https://oauth2.googleapis.com/token",
    "https://mail.google.com/",
    {"access_type": "offline", "prompt": "consent"},
)
_MICROSOFT = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/"
_MICROSOFT_SCOPE = " ".join(
    ["offline_access"]
    + [f"https://outlook.office.com/{one}" for one in ("IMAP.AccessAsUser.All", "POP.AccessAsUser.All", "SMTP.Send")]
)


def provider_of(channel: Channel) -> Provider:
    """The provider that the owner chose for this channel. Raises NotGranted if there is none."""
    chosen = channel.settings.get("sign_in") or {}
    if chosen.get("by") == "google":
        return GOOGLE
    if chosen.get("by") == "microsoft":
        base = _MICROSOFT.format(tenant=quote(str(chosen.get("tenant") or "common"), safe=""))
        return Provider(base + "authorize", base + "token", _MICROSOFT_SCOPE)
    if chosen.get("by") == "other" and chosen.get("authorize_url") and chosen.get("token_url"):
        return Provider(chosen["authorize_url"], chosen["token_url"], str(chosen.get("scope") or ""), inner=True)
    raise NotGranted("not_connected")


# ---- asking for it in the browser -----------------------------------------------------------------------------------


def authorization_url(channel: Channel, *, state: str, verifier: str, back: str) -> str:
    """Where the owner says yes. `back` is where the provider sends them afterwards; `state` and `verifier` are random
    and kept in their session. Raises NotGranted."""
    provider, grant = provider_of(channel), _grant(channel.id)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    asked = {
        "response_type": "code", "client_id": grant.client_id, "redirect_uri": back, "scope": provider.scope,
        "state": state, "code_challenge": challenge, "code_challenge_method": "S256",
        "login_hint": str((channel.settings.get("imap") or {}).get("user") or ""), **provider.more,
    }  # fmt: skip
    glue = "&" if "?" in provider.authorize else "?"
    return f"{provider.authorize}{glue}{urlencode({name: value for name, value in asked.items() if value})}"


def exchange(channel: Channel, code: str, *, verifier: str, back: str, by: Act) -> None:
    """Turn the code that the browser brought back into tokens, and keep them; letters that waited for them are tried at
    once. Raises NotGranted."""
    grant = _grant(channel.id)
    asked = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
    try:
        told = _ask(channel, grant, asked)
    except NotGranted as refusal:
        raise NotGranted(_WHILE_CONNECTING.get(refusal.code, refusal.code), refusal.detail) from None
    if not told.get("refresh_token"):
        raise NotGranted("no_refresh")
    with transaction.atomic():
        row = Grant.objects.select_for_update().get(id=grant.pk)
        _write(row, told)
        Grant.objects.filter(id=row.pk).update(connected_at=clock.now())
        record(by, Verb.SETTING_CHANGED, delta={"channel": [channel.id, channel.id], "grant": [None, row.pk]})
        _forget_troubles(channel.id)
        deliveries.resume(channel.id)


def _forget_troubles(channel_id: int) -> None:
    """What was said of the servers without this yes says nothing of them now."""
    channel = Channel.objects.select_for_update().only("health").get(id=channel_id)
    if not channel.health.get("in", {}).get("ok", True):
        del channel.health["in"]
    channel.health.pop("tried", None)
    channel.save(update_fields=["health"])


# ---- using it -------------------------------------------------------------------------------------------------------


def access_token(channel_id: int, *, anew: bool = False) -> Secret:
    """A token that is good for some minutes at least. `anew`: the one there is was refused. Raises NotGranted."""
    with _guards[channel_id]:  # threads of one process that need it at the same time ask once
        grant = _grant(channel_id)
        if _fresh(grant) and not anew:
            return _secret(grant.access_token)
        if not _secret(grant.refresh_token):
            raise NotGranted("not_connected")
        channel = Channel.objects.defer("secret").get(id=channel_id)
        asked = {"grant_type": "refresh_token", "refresh_token": _secret(grant.refresh_token).reveal()}
        try:
            kept = _keep(grant, _ask(channel, grant, asked))
        except NotGranted as refusal:
            now = _grant(channel_id)
            if _fresh(now) and now.expires_at != grant.expires_at:  # another process was first, and its token counts
                return _secret(now.access_token)
            if refusal.code == "grant_ended":
                _note_end(grant, refusal.detail)
            raise
        if not _secret(kept.access_token):
            raise NotGranted("not_connected")
        return _secret(kept.access_token)


def _fresh(grant: Grant) -> bool:
    return bool(grant.access_token) and grant.expires_at is not None and grant.expires_at - EARLY > clock.now()


def _secret(value: object) -> Secret:
    return value if isinstance(value, Secret) else Secret("")


def _grant(channel_id: int) -> Grant:
    grant = Grant.objects.filter(channel=channel_id).first()
    if grant is None or not grant.client_id:
        raise NotGranted("not_connected")
    return grant


def _ask(channel: Channel, grant: Grant, asked: dict[str, str]) -> dict[str, str]:
    provider = provider_of(channel)
    secret = _secret(grant.client_secret)
    form = asked | {"client_id": grant.client_id} | ({"client_secret": secret.reveal()} if secret else {})
    try:
        answer = web.post_form(provider.token, form, inner=provider.inner)
    except (web.Unreachable, web.Forbidden) as error:
        raise NotGranted("provider_away", str(error)) from None
    told = answer.mapping()
    if answer.status == 200 and told.get("access_token"):
        return told
    code, words = str(told.get("error") or ""), str(told.get("error_description") or "")
    log.warning("a mail provider grants nothing", channel=channel.id, status=answer.status, code=code)
    if code in _ENDED:
        raise NotGranted("grant_ended", words or code)
    if code in ("invalid_client", "unauthorized_client", "invalid_request", "invalid_scope"):
        raise NotGranted("registration", words or code)
    raise NotGranted("provider_away", words or code or str(answer.status))


def _keep(grant: Grant, told: dict[str, str]) -> Grant:
    """Keep what was told to who asked with this grant's refresh token, unless another took its place meanwhile (of
    another account, it may be): then what stands there counts. Answers the row as it is now."""
    with transaction.atomic():
        row = Grant.objects.select_for_update().get(id=grant.pk)
        if _same(row, grant):
            _write(row, told)
    return row


def _same(row: Grant, asked_with: Grant) -> bool:
    return row.client_id == asked_with.client_id and _secret(row.refresh_token) == _secret(asked_with.refresh_token)


def _note_end(grant: Grant, detail: str) -> None:
    with transaction.atomic():
        row = Grant.objects.select_for_update().get(id=grant.pk)
        if _same(row, grant):
            Grant.objects.filter(id=row.pk).update(trouble=detail[:100])


def _write(grant: Grant, told: dict[str, str]) -> None:
    """A new refresh token takes the place of the old one."""
    try:
        lives = max(_SHORTEST, int(told.get("expires_in") or 3600))
    except ValueError:
        lives = 3600
    made: dict[str, object] = {
        "access_token": Secret(str(told["access_token"])),
        "expires_at": clock.now() + timedelta(seconds=lives),
        "trouble": "",
    }
    if told.get("refresh_token"):
        made["refresh_token"] = Secret(str(told["refresh_token"]))
    for name, value in made.items():
        setattr(grant, name, value)
    grant.save(update_fields=list(made))


# ---- showing it to a mail server ------------------------------------------------------------------------------------


def sasl_way(offered: Iterable[str], prefix: str = "") -> str:
    """XOAUTH2 if the server offers it (or says nothing), else OAUTHBEARER if it offers that."""
    names = {one.upper() for one in offered}
    return "OAUTHBEARER" if f"{prefix}OAUTHBEARER" in names and f"{prefix}XOAUTH2" not in names else "XOAUTH2"


def first_words(way: str, server: servers.Server, token: Secret) -> bytes:
    """What the client says first. No name can end its field: servers know no user with a control character."""
    user = "".join(one for one in server.user if one.isprintable())
    if way == "OAUTHBEARER":
        name = user.replace("=", "=3D").replace(",", "=2C")
        said = f"n,a={name},\x01host={server.host}\x01port={server.port}\x01auth=Bearer {token.reveal()}\x01\x01"
    else:
        said = f"user={user}\x01auth=Bearer {token.reveal()}\x01\x01"
    return said.encode()


def after_refusal(way: str) -> bytes:
    """The answer to a server that explains why it refuses, so that it refuses."""
    return b"\x01" if way == "OAUTHBEARER" else b""
