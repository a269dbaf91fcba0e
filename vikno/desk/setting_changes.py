"""Who changed which setting and when, in words. Events hold ids and codes; what they point to is named as it is called
now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vikno.core.times import full_time, short_times
from vikno.desk.face import DeskRequest
from vikno.dialogs.models import Channel
from vikno.journal.models import Event, SettingEvent
from vikno.journal.vocabulary import SETTINGS, Verb
from vikno.people.models import BlockedDomain
from vikno.staff.access import Viewer
from vikno.tickets.directory import directory
from vikno.tickets.queries import tags_to_order

# What an event is about, by its key in the delta; the verb decides where there is none.
ABOUT: dict[str, Any] = {
    "status": gettext_lazy("Status"), "type": gettext_lazy("Type"), "priority": gettext_lazy("Priority"),
    "tag": gettext_lazy("Tag"), "field": gettext_lazy("Field"), "option": gettext_lazy("Option"),
    "customer_field": gettext_lazy("Field"), "customer_option": gettext_lazy("Option"),
    "category": gettext_lazy("Category"), "team": gettext_lazy("Team"), "channel": gettext_lazy("Channel"),
    "agent": gettext_lazy("Colleague"), "company": gettext_lazy("Company"), "brand": gettext_lazy("Appearance"),
    "domain": gettext_lazy("Domain"), "rules": gettext_lazy("Signing in"), "invitation": gettext_lazy("Invitation"),
}  # fmt: skip
# Of events that name other words besides, what they are about.
_SUBJECTS = {"field": ("field", "option", "customer_field", "customer_option"), "agent": ("agent", "invitation")}
# What was done, by what the delta holds besides; the first that is there says it. Each: for true, for false.
_DONE: dict[str, tuple[Any, Any]] = {
    "created": (gettext_lazy("added"), gettext_lazy("deleted")),
    "archived": (gettext_lazy("taken out of use"), gettext_lazy("restored")),
    "merged": (gettext_lazy("merged into another one"), gettext_lazy("a merge was undone")),
    "active": (gettext_lazy("resumed"), gettext_lazy("paused")),
    "blocked": (gettext_lazy("blocked"), gettext_lazy("blocked no longer")),
    "account_matter": (gettext_lazy("made a matter of an account"), gettext_lazy("no matter of an account any more")),
    "logo": (gettext_lazy("logo chosen"), gettext_lazy("logo taken away")),
    "shown": (gettext_lazy("shown to customers"), gettext_lazy("hidden from customers")),
    "beside": (gettext_lazy("shown beside requests"), gettext_lazy("no longer shown beside requests")),
}
_FIELDS: dict[str, Any] = {
    "named": gettext_lazy("name"), "name": gettext_lazy("name"), "sender_name": gettext_lazy("sender of letters"),
    "place": gettext_lazy("order"), "default": gettext_lazy("what it begins with"), "hue": gettext_lazy("colour"),
    "accent_hue": gettext_lazy("colour"), "stage": gettext_lazy("stage"), "zone": gettext_lazy("time zone"),
    "language": gettext_lazy("language"), "customer_word": gettext_lazy("what customers read"),
    "required": gettext_lazy("when it is required"), "role": gettext_lazy("role"), "teams": gettext_lazy("teams"),
    "openness": gettext_lazy("who reads its tickets"), "signature": gettext_lazy("signature"),
    "reopen_days": gettext_lazy("how long answers reopen"), "lead": gettext_lazy("lead"),
    "notices": gettext_lazy("notices"), "notice_words": gettext_lazy("notices"),
    "notices_an_hour": gettext_lazy("notices"), "past": gettext_lazy("bringing in the past"),
    "grant": gettext_lazy("access to the mailbox"), "signing_key": gettext_lazy("signing of letters"),
    "hand_out": gettext_lazy("files handed out by links"),
    "idle_minutes": gettext_lazy("how long sessions last"), "most_minutes": gettext_lazy("how long sessions last"),
    "notice_ahead_least": gettext_lazy("notices"), "notice_ahead_most": gettext_lazy("notices"),
    "notice_push": gettext_lazy("notices"), "notice_devices": gettext_lazy("notices"),
    "factor_for": gettext_lazy("of whom a second factor is demanded"),
}  # fmt: skip
KINDS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "people": (gettext_lazy("People and teams"), tuple(v for v in SETTINGS if v.startswith(("agent.", "team.")))),
    "requests": (
        gettext_lazy("What requests are ordered by"),
        (Verb.STATUS_CHANGED, Verb.TYPE_CHANGED, Verb.PRIORITY_CHANGED, Verb.TAG_CHANGED, Verb.FIELD_CHANGED,
         Verb.CATEGORY_CHANGED),
    ),
    "company": (gettext_lazy("Company and channels"), (Verb.SETTING_CHANGED, Verb.DOMAIN_CHANGED)),
}  # fmt: skip


def changes(agent: int | None, kind: str) -> QuerySet[SettingEvent]:
    """The events of settings, of one colleague and of one kind alone, if these are given."""
    found = SettingEvent.objects.all()
    if agent is not None:
        found = found.filter(actor_kind="agent", actor_id=agent)
    return found.filter(verb__in=KINDS[kind][1]) if kind in KINDS else found


def rows(request: DeskRequest, page: Sequence[SettingEvent]) -> list[dict[str, Any]]:
    """One page of them, as lines."""
    events = Event.objects.in_bulk([one.event_id for one in page])
    there = [events[one.event_id] for one in page if one.event_id in events]
    name, zone, language = _namer(there, request.desk.viewer), request.desk.zone, translation.get_language() or "en"
    short = short_times(zone, language)
    return [
        {
            "id": event.id, "who": _who(event), "what": _what(event, name), "change": _change(event),
            "when_iso": event.at.isoformat(timespec="seconds"), "when_text": short(event.at),
            "when_full": full_time(event.at, zone, language),
        }
        for event in there
    ]  # fmt: skip


def _who(event: Event) -> str:
    if event.actor_kind == "agent":
        return directory().names["agent"].get(event.actor_id or 0, "?")
    return "Vikno"


Namer = Callable[[str, Any], str]


def _namer(events: Sequence[Event], viewer: Viewer) -> Namer:
    """Names of all that these events point to; of tags only those that the viewer may know."""
    wanted: dict[str, set[int]] = {}
    for event in events:
        for key in ABOUT.keys() & event.delta.keys():
            wanted.setdefault(key, set()).update(one for one in event.delta[key] if isinstance(one, int))
    found: dict[str, dict[int, str]] = dict(directory().names)
    found["field"] = {one.id: one.name for one in directory().fields}
    found["channel"] = dict(Channel.objects.filter(id__in=wanted.get("channel", ())).values_list("id", "name"))
    found["domain"] = dict(BlockedDomain.objects.filter(id__in=wanted.get("domain", ())).values_list("id", "domain"))
    if tags := wanted.get("tag"):
        found["tag"] = dict(tags_to_order(viewer).filter(id__in=tags).values_list("id", "name"))
    return lambda key, pk: found.get(key, {}).get(pk, "")


def _what(event: Event, name: Namer) -> str:
    key = next((one for one in ABOUT if one in event.delta and _is_subject(event, one)), "")
    if not key:
        return _("Settings")
    pk = event.delta[key][1] if event.delta[key][1] is not None else event.delta[key][0]
    called = name(key, pk)
    return _("%(kind)s “%(name)s”") % {"kind": ABOUT[key], "name": called} if called else str(ABOUT[key])


def _is_subject(event: Event, key: str) -> bool:
    """A field that changed its team is about the field. A delta has no order: PostgreSQL keeps none."""
    subjects = _SUBJECTS.get(event.verb.partition(".")[0], ())
    return key in subjects or not any(one in event.delta for one in subjects)


def _change(event: Event) -> str:
    delta = event.delta
    alone = {
        Verb.AGENT_INVITED: _("invited"), Verb.AGENT_UNINVITED: _("invitation withdrawn"),
        Verb.AGENT_JOINED: _("joined"), Verb.AGENT_DEACTIVATED: _("deactivated"),
        Verb.AGENT_REACTIVATED: _("activated again"),
    }  # fmt: skip
    if event.verb in alone:
        return alone[Verb(event.verb)]
    done = [str(yes if delta[key][1] else no) for key, (yes, no) in _DONE.items() if key in delta]
    if keep := [key for key in delta if key.startswith("keep.")]:
        return _("how long it is kept: %(days)s") % {"days": delta[keep[0]][1] or _("for ever")}
    told = dict.fromkeys(str(_FIELDS[key]) for key in delta if key in _FIELDS)
    first = next(iter(delta.values()), None)
    if not told and not done and isinstance(first, list) and first and first[0] is None:
        return _("added")
    if told and "created" not in delta:  # what came with it is no change
        done.append(_("changed: %(fields)s") % {"fields": ", ".join(told)})
    return "; ".join(done) or _("changed")
