"""How sending fares, in words: a code in the channel's `health["out"]`, said in the reader's language when shown."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vikno.dialogs.models import Channel

WORDS = {
    "password_refused": gettext_lazy(
        "The mail server refuses the user name or password for sending. Type them in anew; some providers want a "
        "password made for programs. Letters wait until then."
    ),
    "not_connected": gettext_lazy(
        "Nobody has connected the account yet, so letters wait. Open the channel and connect it."
    ),
    "grant_ended": gettext_lazy(
        "The provider no longer lets Vikno in: the yes was taken back, or the password was changed. Open the channel "
        "and connect the account again. Letters wait."
    ),
    "token_refused": gettext_lazy(
        "The mail server does not take what the provider granted. See that the user name is the address of the account "
        "that was connected, and that sending by SMTP is allowed for it; then connect the account again. Letters wait."
    ),
    "registration": gettext_lazy(
        "The provider does not accept Vikno's registration: compare client id and client secret with what the "
        "provider's page shows. Letters wait."
    ),
    "provider_away": gettext_lazy(
        "The provider's sign-in service does not answer. Letters wait, and Vikno goes on trying."
    ),
    "not_offered": gettext_lazy(
        "The mail server does not offer the encryption or the sign-in that is set. Choose another one. Letters wait."
    ),
    "unknown_host": gettext_lazy("There is no mail server of this name. Check its spelling. Letters wait."),
    "unreachable": gettext_lazy("The mail server does not answer. Letters wait, and Vikno goes on trying."),
    "certificate": gettext_lazy(
        "The mail server's certificate is not valid for this name, so nothing was sent to it. Use the name that is in "
        "the certificate, or have it renewed. Letters wait."
    ),
    "encryption": gettext_lazy("The mail server does not speak this kind of encryption on this port. Try another one."),
    "server_error": gettext_lazy("The mail server takes no letters now. They wait, and Vikno goes on trying."),
    "sender_refused": gettext_lazy(
        "The mail server does not let this account write from the address of the channel. Use the address of the "
        "account, or let it send for this one. Letters wait."
    ),
    "no_address": gettext_lazy("This channel has no address to write from. Add one. Letters wait."),
    "secret_unreadable": gettext_lazy(
        "The stored password was written with another secret key. Type it in anew, or restore the key. Letters wait."
    ),
    "fault": gettext_lazy("A fault in Vikno stopped the sending. The log says more; Vikno goes on trying."),
}


def words(code: str, detail: str = "") -> str:
    """What is wrong and what to do, with the server's own words."""
    known = WORDS.get(code)
    text = str(known) if known is not None else code
    return f"{text} ({detail})" if detail else text


def line(channel: Channel) -> str:
    """One line for the page of the channel; `since` and `until` (the next try) stand in `channel.health["out"]`."""
    state = channel.health.get("out", {})
    return _("Letters are being sent.") if state.get("ok", True) else words(state["code"], state.get("detail", ""))
