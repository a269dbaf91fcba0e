"""Words for what was not done because something has changed meanwhile: what, and who it was."""

from __future__ import annotations

from django.utils.translation import gettext as _

from vikno.journal.acts import Kind
from vikno.journal.vocabulary import Verb
from vikno.tickets.actions.changing import Conflict
from vikno.tickets.directory import directory


def not_done(conflict: Conflict) -> str:
    """An act on what the page showed."""
    if any(one.verb == Verb.MESSAGE_RECEIVED for one in conflict.since):
        return _("Not done: the customer has written meanwhile. You see it now; do it again if it still holds.")
    if not conflict.fields:
        return _("Not done: a colleague has put words of the customer here meanwhile. You see them now.")
    return _("Not done: a colleague has changed this meanwhile (%(fields)s). You see the new state now.") % {
        "fields": _fields(conflict)
    }


def not_undone(conflict: Conflict, me: int) -> str:
    """The undo of an act, asked for by the agent with this id."""
    verbs = {one.verb for one in conflict.since}
    agents = {one.actor for one in conflict.since if one.kind == Kind.AGENT and one.actor is not None}
    known = directory().names["agent"]
    names = ", ".join(sorted(known.get(one, "") for one in agents - {me}))
    said = {"names": names, "fields": _fields(conflict)}
    if Verb.MESSAGE_RECEIVED in verbs:
        return _("Not undone: the customer has written meanwhile. Look at it first; nothing was changed.")
    if not conflict.fields:
        return _("Not undone: words of the customer have come here meanwhile. Look at them first; nothing was changed.")
    if Verb.MESSAGE_SENT in verbs:
        if names:
            return _("Not undone: it was answered meanwhile, by %(names)s. Nothing was changed.") % said
        return _("Not undone: it was answered meanwhile. Nothing was changed.")
    if names:
        return _("Not undone: it was changed meanwhile by %(names)s (%(fields)s). Nothing was changed back.") % said
    if agents:
        return _("Not undone: you have changed it again since (%(fields)s). Nothing was changed back.") % said
    return _("Not undone: it was changed meanwhile (%(fields)s). Nothing was changed back.") % said


def _fields(conflict: Conflict) -> str:
    names = {
        "status": _("status"), "stage": _("status"), "closed_at": _("status"), "agent": _("responsible"),
        "team": _("team"), "priority": _("priority"), "priority_rank": _("priority"), "due_at": _("due date"),
        "subject": _("subject"), "type": _("type"), "category": _("category"), "contract": _("contract"),
        "restricted": _("restricted"), "snoozed_until": _("status"), "due_is_day": _("due date"),
        "waiting_since": _("status"), "sort_me": _("status"), "deleted_at": _("Bin"), "spam_at": _("spam"),
    }  # fmt: skip
    names |= {f"field.{one.key}": one.name for one in directory().fields}
    return ", ".join(sorted({names.get(name, name) for name in conflict.fields}))
