"""Signing in to an IMAP server, by password or with what the provider granted."""

from __future__ import annotations

import imaplib
import re
import ssl

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from vikno.channels.email import grants, mailbox_health, servers
from vikno.core.secrets import Secret

TIMEOUT = 60.0
_PASSING = re.compile(r"\[(?:UNAVAILABLE|INUSE|LIMIT|SERVERBUG)\]")  # not the password's fault (RFC 5530)


def connect(server: servers.Server, timeout: float | None = None) -> IMAPClient:
    """A client that is signed in. Raises OSError, ssl.SSLError, LoginError, other IMAPClientError,
    mailbox_health.TokenRefused and grants.NotGranted. `timeout`: seconds (TIMEOUT)."""
    timeout = TIMEOUT if timeout is None else timeout
    if server.grant is None:
        return _connect(server, server.password, timeout)
    try:
        return _connect(server, grants.access_token(server.grant), timeout)
    except LoginError:  # it may have been taken back before its time
        pass
    try:
        return _connect(server, grants.access_token(server.grant, anew=True), timeout)
    except LoginError as error:
        raise mailbox_health.TokenRefused(str(error)) from None


def _connect(server: servers.Server, secret: Secret, timeout: float) -> IMAPClient:
    context = ssl.create_default_context()
    client = IMAPClient(
        server.host, server.port, ssl=server.security == servers.TLS, ssl_context=context, timeout=timeout
    )
    try:
        client.normalise_times = False  # INTERNALDATE stays aware
        if server.security == servers.STARTTLS:
            client.starttls(context)
        if server.grant is None:
            client.login(server.user, secret.reveal())
        else:
            _show_token(client, server, secret)
    except LoginError as error:
        close(client)
        if isinstance(error.__context__, imaplib.IMAP4.abort):  # it ended meanwhile: nobody has refused anything
            raise IMAPClientAbortError(str(error)) from None
        if _PASSING.search(str(error)):
            raise IMAPClientError(str(error)) from None
        raise
    except BaseException:
        close(client)
        raise
    return client


def _show_token(client: IMAPClient, server: servers.Server, token: Secret) -> None:
    """Sign in with an access token. A server that refuses it says why in a challenge, and waits for an empty line."""
    way = grants.sasl_way([one.decode() for one in client.capabilities()], "AUTH=")
    first = grants.first_words(way, server, token)
    try:
        client.sasl_login(way, lambda challenge: grants.after_refusal(way) if challenge else first)
    except IMAPClientAbortError:
        raise
    except IMAPClientError as error:
        raise LoginError(str(error)) from None


def close(client: IMAPClient) -> None:
    """Leave without ceremony: the server may be gone already."""
    try:
        client.shutdown()
    except (OSError, IMAPClientError):
        pass
