"""What the last try of a channel's servers found, from `health["tried"]`, in the reader's words."""

from __future__ import annotations

from vikno.channels.email import mailbox_health, sending_health
from vikno.dialogs.models import Channel


def troubles(channel: Channel) -> dict[str, str]:
    """What is wrong with each way ("in", "out") and what to do. A way that works, or was not tried, is not there."""
    found = {}
    for way, state in (channel.health.get("tried") or {}).items():
        if state.get("ok"):
            continue
        if way == "out":
            found[way] = sending_health.words(state["code"], state.get("detail", ""))
        elif missing := state.get("missing_folders"):
            found[way] = mailbox_health.without(missing)
        else:
            found[way] = mailbox_health.words(state["code"])
    return found


def proven(channel: Channel) -> set[str]:
    """The ways whose server let Vikno in when it was last tried, with the settings there are now."""
    return {way for way, state in (channel.health.get("tried") or {}).items() if state.get("ok")}
