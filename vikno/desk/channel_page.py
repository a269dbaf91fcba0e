"""Rows of the page of channels: what each is, and whether its ways in and out work, in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from vikno.channels.email import mailbox_health, plus, sending_health, servers, tried
from vikno.channels.email.outbound import relay
from vikno.channels.email.own import KIND as EMAIL
from vikno.core import clock
from vikno.core.secrets import Unreadable
from vikno.core.times import moments, short_times
from vikno.desk.face import DeskRequest
from vikno.desk.mailbox_page import checked_words
from vikno.dialogs import throttle
from vikno.dialogs.channels import KINDS, Kind
from vikno.dialogs.models import Channel, Delivery
from vikno.staff.rights import Right, may

Short = Callable[[datetime], str]


def channels(request: DeskRequest) -> list[dict[str, Any]]:
    """Every channel with its health: four queries."""
    language = translation.get_language() or "en"
    short, moment = short_times(request.desk.zone, language), moments(request.desk.zone, language)
    rows = (
        Channel.objects.select_related("team", "brand")
        .prefetch_related("addresses", "mailboxes")
        .annotate(sent=Exists(Delivery.objects.filter(channel=OuterRef("id"), state=Delivery.State.SENT)))
        .order_by("-active", "id")
    )
    owner = may(request.desk.viewer, Right.SETTINGS)
    found = list(rows)
    today = throttle.left_today({row.id: throttle.limits_of(row.kind, row.settings).day for row in found})
    spent = {pk: _spent(wait, moment) for pk, (_left, wait) in today.items() if wait is not None}
    return [_row(row, short, owner, request.desk.company.demo, spent.get(row.id)) for row in found]


def _row(
    channel: Channel, short: Short, owner: bool, demo: bool, spent: dict[str, str] | None = None
) -> dict[str, Any]:
    kind = KINDS.get(channel.kind)
    addresses = sorted(channel.addresses.all(), key=lambda one: (not one.default, one.id))
    set_here = owner and kind is not None and kind.settings_form is not None
    return {
        "id": channel.id, "name": channel.name, "kind_word": kind.title() if kind else channel.kind,
        "icon": kind.icon if kind else "plug", "addresses": [one.address for one in addresses],
        "team": channel.team.name, "brand": channel.brand.name, "way_in": way_in(channel, short),
        "way_out": spent if spent and not demo else way_out(channel, short, demo),
        "acts": _acts(channel, kind) if set_here else [],
        "edit_url": reverse("desk:channel", args=[channel.id]) if set_here else "",
    }  # fmt: skip


def _spent(wait: throttle.Wait, moment: Short) -> dict[str, str]:
    """Its day's worth has left already."""
    time = moment(clock.now() + timedelta(seconds=wait.seconds))
    words = _("%(most)s letters have left within a day, which is the limit. The next go at %(time)s; nothing is lost.")
    return _way("warn", _("Limit reached"), words % {"most": wait.most, "time": time})


def _acts(channel: Channel, kind: Kind | None) -> list[tuple[str, str, str]]:
    def to(verb: str) -> str:
        return reverse("desk:channel_act", args=[channel.id, verb])

    if not channel.active:
        return [(to("resume"), "play", _("Resume"))]
    found = [(to("check"), "refresh-cw", _("Check now"))] if kind and kind.check else []
    if channel.kind == EMAIL:
        found.append((reverse("desk:channel_test", args=[channel.id]), "send", _("Test letter")))
    return [*found, (to("pause"), "pause", _("Pause"))]


def _way(state: str, word: str, detail: str = "", when: str = "") -> dict[str, str]:
    return {"state": state, "word": word, "detail": detail, "when_text": when}


def _instant(state: dict[str, Any], name: str, short: Short) -> str:
    value = state.get(name)
    return short(datetime.fromisoformat(value)) if value else ""


def proven(channel: Channel) -> set[str]:
    """The ways ("in", "out") of a mail channel that are known to work: their server let Vikno in, or something went
    that way, and nothing has gone wrong with it since."""
    found = tried.proven(channel) - set(tried.troubles(channel))
    if channel.health.get("in", {}).get("ok") or (not _has(channel, "imap") and channel.inbound.exists()):
        found.add("in")
    if Delivery.objects.filter(channel=channel, state=Delivery.State.SENT).exists():
        found.add("out")
    return {way for way in found if channel.health.get(way, {}).get("ok", True)}


def field_troubles(channel: Channel) -> dict[str, str]:
    """What is wrong with a channel's servers, by the field of the form that names them."""
    found = tried.troubles(channel)
    reading = channel.health.get("in", {}).get("ok")
    if reading:  # it works by now
        found.pop("in", None)
    elif reading is False:
        found["in"] = mailbox_health.line(channel)
    if channel.health.get("out", {}).get("ok") is False:
        found["out"] = sending_health.line(channel)
    return {{"in": "imap_host", "out": "smtp_host"}[way]: words for way, words in found.items()}


def way_in(channel: Channel, short: Short) -> dict[str, str]:
    """How what people write gets here, and whether it does now."""
    kind = KINDS.get(channel.kind)
    if not channel.active:
        return _way("off", _("Paused"), _("Nothing is brought in. What comes stays at the other side."))
    if kind is None or kind.deliver is None:
        return _way("off", _("By hand"))
    if channel.kind != EMAIL:
        return _way("off", "–")
    if not _has(channel, "imap"):
        return _listening()
    state = channel.health.get("in", {})
    why = tried.troubles(channel).get("in")
    if why and not state.get("ok"):
        return _way("danger", _("Trouble"), why)
    if not state:
        return _way("off", _("Not read yet"), _("Vikno begins to read it within seconds."))
    if not state.get("ok"):
        since = _instant(state, "since", short)
        return _way("danger", _("Trouble"), mailbox_health.line(channel), _since(since))
    last = _instant(state, "last_in", short)
    when = _("last letter %(time)s") % {"time": last} if last else ""
    if state.get("missing_folders"):
        return _way("warn", _("Works"), mailbox_health.line(channel), when)
    tone, words = _compared(channel, short)
    return _way("warn" if tone == "danger" else "ok", _("Works"), words, when)


def _compared(channel: Channel, short: Short) -> tuple[str, str]:
    """What the daily comparison found, of the folder where it found most."""
    rows = [row for row in channel.mailboxes.all() if row.checked and row.reconciled_at]
    if not rows:
        return "", ""
    worst = max(rows, key=lambda row: (row.checked.get("missing", 0), row.checked.get("in_mailbox", 0)))
    assert worst.reconciled_at is not None
    found = checked_words(worst.checked, short(worst.reconciled_at))
    return found["tone"], found["text"]


def _listening() -> dict[str, str]:
    host, port = settings.ENVIRONMENT.smtp_listener
    if not port:
        return _way("warn", _("No way in"), _("No mailbox is read, and Vikno does not listen. Enter the mail server."))
    words = _("No mailbox is read: letters must be handed to Vikno by SMTP at %(host)s.")
    return _way("ok", _("Listens"), words % {"host": f"{host}:{port}"})


def way_out(channel: Channel, short: Short, demo: bool) -> dict[str, str]:
    """Whether answers leave."""
    kind = KINDS.get(channel.kind)
    if kind is None or kind.deliver is None:
        return _way("off", _("By hand"))
    state = channel.health.get("out", {})
    if not state.get("ok", True):
        return _way("danger", _("Trouble"), _out_words(channel, state, short), _since(_instant(state, "since", short)))
    if demo:
        return _way("off", _("Demo"), _("A demo sends nothing outside: letters lie in the outbox."))
    if channel.kind != EMAIL:
        return _way("ok", _("Works"))
    known = [] if not plus.is_unknown(channel) else [
        _("Answers come back to the plain address: nobody has said that letters with a plus in it arrive here. If they "
          "do, say so under “More about answers”: then each answer is found by an address of its own.")
    ]  # fmt: skip
    if _has(channel, "smtp"):
        return _sending(channel, [], known)
    if relay() is None:
        return _way("warn", _("No way out"), _("Nobody has said how letters leave: they wait in the outbox."))
    return _sending(channel, [_("By the mail server of this installation.")], known)


def _sending(channel: Channel, way: list[str], known: list[str]) -> dict[str, str]:
    """Green only for what has been seen to work. `sent`: something left already (where the page asked for it)."""
    why = tried.troubles(channel).get("out")
    if why:
        return _way("warn", _("The last try failed"), " ".join([*way, why, *known]))
    if getattr(channel, "sent", False) or "out" in tried.proven(channel):
        return _way("ok", _("Works"), " ".join([*way, *known]))
    untried = _("“Check now” tells whether the server lets Vikno in.")
    return _way("off", _("Not tried yet"), " ".join([*way, untried, *known]))


def _out_words(channel: Channel, state: dict[str, Any], short: Short) -> str:
    again = _instant(state, "until", short)
    words = sending_health.line(channel)
    then = _("Next try %(time)s.") % {"time": again}
    return f"{words} {then}" if again else words


def _since(time: str) -> str:
    return _("since %(time)s") % {"time": time} if time else ""


def _has(channel: Channel, protocol: str) -> bool:
    try:
        return servers.server(channel, protocol) is not None
    except Unreadable:  # a server is set; its password cannot be read, and health says so
        return True
