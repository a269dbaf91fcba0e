"""Who changed which setting and when, in words. Events hold ids and codes; what they point to is named as it is called
now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vikno.channels.email.models import SigningKey
from vikno.core.times import full_time, short_times
from vikno.desk import setting_words
from vikno.desk.face import DeskRequest
from vikno.desk.kept_words import KEEP, KEPT
from vikno.desk.setting_words import Namer
from vikno.dialogs.models import Channel
from vikno.journal.models import Event, SettingEvent
from vikno.journal.vocabulary import SETTINGS, Verb
from vikno.people.models import BlockedDomain, CustomField, CustomOption
from vikno.replies.access import templates_for
from vikno.staff.access import Viewer
from vikno.staff.models import Invitation
from vikno.tickets.actions.words import IN_FIELD
from vikno.tickets.directory import directory
from vikno.tickets.models import FieldOption
from vikno.tickets.queries import tags_to_order

# What an event is about, by its key in the delta.
ABOUT: dict[str, Any] = {
    "status": gettext_lazy("Status"), "type": gettext_lazy("Type"), "priority": gettext_lazy("Priority"),
    "tag": gettext_lazy("Tag"), "field": gettext_lazy("Field"), "customer_field": gettext_lazy("Field"),
    "category": gettext_lazy("Category"), "team": gettext_lazy("Team"), "channel": gettext_lazy("Channel"),
    "agent": gettext_lazy("Colleague"), "company": gettext_lazy("Company"), "brand": gettext_lazy("Appearance"),
    "domain": gettext_lazy("Domain"), "rules": gettext_lazy("Signing in"), "invitation": gettext_lazy("Invitation"),
    "template": gettext_lazy("Template"), "signing_key": gettext_lazy("Signing of letters"),
}  # fmt: skip
# Where events name other things besides: which key is the thing itself, by what the verb speaks of.
_SUBJECTS = {
    "field": ("option", "customer_option", "field", "customer_field"), "agent": ("agent", "invitation"),
    "setting": ("channel", "template", "signing_key", "company", "brand", "rules"),
}  # fmt: skip
_OPTIONS = {"option": "field", "customer_option": "customer_field"}  # of which kind of field an option is
_ONE_OF_ITS_KIND = frozenset({"company", "brand", "rules"})
_HIDES = frozenset({"tag", "template"})  # some of these are not everybody's: one without a name need not be gone
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
    fields = _fields_of_options(there)
    name, zone, language = _namer(there, request.desk.viewer), request.desk.zone, translation.get_language() or "en"
    short = short_times(zone, language)
    return [
        {
            "id": event.id, "who": _who(event), "what": _what(event, name, fields),
            "changes": setting_words.lines(event.verb, _subject(event), event.delta, name),
            "when_iso": event.at.isoformat(timespec="seconds"), "when_text": short(event.at),
            "when_full": full_time(event.at, zone, language),
        }
        for event in there
    ]  # fmt: skip


def _who(event: Event) -> str:
    if event.actor_kind == "agent":
        return directory().names["agent"].get(event.actor_id or 0, "?")
    return "Vikno"


def _subject(event: Event) -> str:
    """The key of what an event is about, "" if it is about none of these things."""
    spoken_of = event.verb.partition(".")[0]
    return next((one for one in _SUBJECTS.get(spoken_of, (spoken_of,)) if one in event.delta), "")


def _id(event: Event, key: str) -> Any:
    before, after = event.delta[key]
    return before if after is None else after


# ---- names -----------------------------------------------------------------------------------------------------------


def _namer(events: Sequence[Event], viewer: Viewer) -> Namer:
    """Names of all that these events point to; of tags and templates only those that the viewer may know."""
    wanted: dict[str, set[int]] = {}
    for event in events:
        for key in event.delta:
            known = _subject(event) if key == "merged" else key
            wanted.setdefault(known, set()).update(one for one in event.delta[key] if isinstance(one, int))
    found: dict[str, dict[int, str]] = dict(directory().names)
    found["field"] = {one.id: one.name for one in directory().fields}
    asked: dict[str, tuple[QuerySet[Any], str]] = {
        "channel": (Channel.objects.all(), "name"), "domain": (BlockedDomain.objects.all(), "domain"),
        "invitation": (Invitation.objects.all(), "email"), "signing_key": (SigningKey.objects.all(), "domain"),
        "template": (templates_for(viewer), "name"), "tag": (tags_to_order(viewer), "name"),
    }  # fmt: skip
    for key, (all_of_them, column) in asked.items():
        if ids := wanted.get(key):
            found[key] = dict(all_of_them.filter(id__in=ids).values_list("id", column))
    return lambda key, pk: found.get(key, {}).get(pk, "")


def _fields_of_options(events: Sequence[Event]) -> dict[tuple[str, int], int]:
    """The fields of options whose events do not name them, as those of before did not; by kind and id of the option."""
    found: dict[tuple[str, int], int] = {}
    for key, model in (("option", FieldOption), ("customer_option", CustomOption)):
        asked = [_id(event, key) for event in events if key in event.delta and IN_FIELD not in event.delta]
        if asked and any(_subject(event) == key for event in events):
            rows = model.objects.filter(id__in=asked).values_list("id", "field_id")
            found |= {(key, pk): field for pk, field in rows}
    return found


def _what(event: Event, name: Namer, fields: dict[tuple[str, int], int]) -> str:
    key = _subject(event)
    if key in _OPTIONS:
        pk = event.delta[IN_FIELD][1] if IN_FIELD in event.delta else fields.get((key, _id(event, key)), 0)
        words = {"field": _thing(_OPTIONS[key], pk, name), "option": name(key, _id(event, key))}
        return (_("%(field)s, option “%(option)s”") if words["option"] else _("%(field)s, an option")) % words
    if key:
        return _thing(key, _id(event, key), name)
    if keep := next((one for one in event.delta if one.startswith(KEEP)), ""):
        kept = keep.removeprefix(KEEP)
        return _("%(kind)s “%(name)s”") % {"kind": _("Data retention"), "name": KEPT.get(kept, kept)}
    return _("Notices") if any(one.startswith("notice") for one in event.delta) else _("Settings")


def _thing(key: str, pk: Any, name: Namer) -> str:
    """A thing by its kind and its name."""
    if key in _ONE_OF_ITS_KIND:
        return str(ABOUT[key])
    kind, called = _kind_of_field(pk) if key == "customer_field" else ABOUT[key], name(key, pk)
    if called:
        return _("%(kind)s “%(name)s”") % {"kind": kind, "name": called}
    return str(kind) if key in _HIDES else _("%(kind)s that is no longer there") % {"kind": kind}


def _kind_of_field(pk: int) -> str:
    of = next((one.of for one in directory().customer_fields if one.id == pk), "")
    words = {CustomField.Of.PERSON: _("Field of customers"), CustomField.Of.ORGANISATION: _("Field of organisations")}
    return words[CustomField.Of(of)] if of else _("Field")
