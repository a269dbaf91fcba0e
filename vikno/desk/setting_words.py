"""What the journal of settings calls each thing that an event tells, and how what it was and what it is are put into
words. Events hold ids, codes and numbers: of a name, an address or a text it can only be said that it changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from vikno.channels.email.forms import MB, QUOTES, SENDERS
from vikno.channels.email.staff_letters import PUBLIC
from vikno.core.models import LANGUAGES
from vikno.desk.kept_words import KEEP
from vikno.desk.people_page import role_words
from vikno.desk.word_pages import HUES, STAGES
from vikno.journal.vocabulary import Verb
from vikno.notices.kinds import NAMES

Namer = Callable[[str, Any], str]  # (kind of thing, id) → what it is called now, "" if that is not known
Say = Callable[[Any, Namer], str]

# What was done, by what the delta holds besides the thing itself. Each: for true, for false.
_DONE: dict[str, tuple[Any, Any]] = {
    "created": (gettext_lazy("added"), gettext_lazy("deleted")),
    "archived": (gettext_lazy("taken out of use"), gettext_lazy("restored")),
    "active": (gettext_lazy("resumed"), gettext_lazy("paused")),
    "blocked": (gettext_lazy("blocked"), gettext_lazy("blocked no longer")),
    "account_matter": (gettext_lazy("made a matter of an account"), gettext_lazy("no matter of an account any more")),
    "logo": (gettext_lazy("logo chosen"), gettext_lazy("logo taken away")),
    "shown": (gettext_lazy("shown to customers"), gettext_lazy("hidden from customers")),
    "beside": (gettext_lazy("shown beside requests"), gettext_lazy("no longer shown beside requests")),
    "past": (gettext_lazy("bringing in the past was begun"), gettext_lazy("bringing in the past was stopped")),
    "grant": (gettext_lazy("access to the mailbox was granted"), gettext_lazy("access to the mailbox was taken back")),
    "hand_out": ("", gettext_lazy("files that a link handed out were taken back")),
}  # fmt: skip
_DEEDS: dict[str, Any] = {
    Verb.AGENT_INVITED: gettext_lazy("invited"), Verb.AGENT_UNINVITED: gettext_lazy("invitation withdrawn"),
    Verb.AGENT_JOINED: gettext_lazy("joined"), Verb.AGENT_DEACTIVATED: gettext_lazy("deactivated"),
    Verb.AGENT_REACTIVATED: gettext_lazy("activated again"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that an event tells: its name; how a value is said (None: only that it changed); what stands for
    nothing there."""

    label: Any
    say: Say | None = None
    nothing: Any = "–"


def _plainly(value: Any, name: Namer) -> str:
    return str(value)


def _yes_or_no(value: Any, name: Namer) -> str:
    return _("Yes") if value else _("No")


def _one_of(words: Callable[[], Mapping[Any, Any]]) -> Say:
    return lambda value, name: str(words().get(value, value))


def _called(kind: str) -> Say:
    return lambda value, name: _("“%(name)s”") % {"name": name(kind, value)} if name(kind, value) else _("another one")


def _minutes(value: Any, name: Namer) -> str:
    """In the largest unit that says it whole."""
    if value % 1440 == 0:
        return _days(value // 1440, name)
    if value % 60 == 0:
        return ngettext("%(count)s hour", "%(count)s hours", value // 60) % {"count": value // 60}
    return ngettext("%(count)s minute", "%(count)s minutes", value) % {"count": value}


def _days(value: Any, name: Namer) -> str:
    return ngettext("%(count)s day", "%(count)s days", value) % {"count": value}


_REQUIRED = {"opening": gettext_lazy("To open a request by hand, and to close it"),
             "closing": gettext_lazy("To close a request")}  # fmt: skip
_SIGHT = {"open": gettext_lazy("Every agent"), "own": gettext_lazy("Members and whoever takes part"),
          "closed": gettext_lazy("Members only")}  # fmt: skip
_FACTOR = {"nobody": gettext_lazy("of nobody: everybody decides for themselves"),
           "leads": gettext_lazy("of owners and leads"), "all": gettext_lazy("of everybody")}  # fmt: skip
_ANSWERS = {"note": gettext_lazy("becomes an internal note"), PUBLIC: gettext_lazy("goes to the customer")}
_ASKED = dict(QUOTES)
_QUOTED = {"last": _ASKED["yes"], "all": _ASKED["all"], "none": _ASKED["no"]}

TOLD: dict[str, Told] = {
    "named": Told(gettext_lazy("name")), "name": Told(gettext_lazy("name")),
    "sender_name": Told(gettext_lazy("sender of letters")), "customer_word": Told(gettext_lazy("what customers read")),
    "signature": Told(gettext_lazy("signature")), "signed": Told(gettext_lazy("signature")),
    "place": Told(gettext_lazy("place"), lambda value, name: str(value + 1)),
    "hue": Told(gettext_lazy("colour"), _one_of(lambda: dict(HUES))),
    "accent_hue": Told(gettext_lazy("colour"), _one_of(lambda: dict(HUES))),
    "stage": Told(gettext_lazy("stage"), _one_of(lambda: STAGES)),
    "zone": Told(gettext_lazy("time zone"), _plainly, gettext_lazy("the company's")),
    "language": Told(gettext_lazy("language"), _one_of(lambda: dict(LANGUAGES))),
    "required": Told(gettext_lazy("when it is required"), _one_of(lambda: _REQUIRED), gettext_lazy("never")),
    "team": Told(gettext_lazy("team"), _called("team"), gettext_lazy("all teams")),
    "category": Told(gettext_lazy("category"), _called("category"), gettext_lazy("all categories")),
    "role": Told(gettext_lazy("role"), _one_of(role_words)),
    "openness": Told(gettext_lazy("who reads its tickets"), _one_of(lambda: _SIGHT)),
    "reopen_days": Told(gettext_lazy("how long answers reopen"), _days, gettext_lazy("always")),
    "options": Told(gettext_lazy("things to choose"), _plainly),
    "teams": Told(gettext_lazy("teams"), _called("team")),
    "leads": Told(gettext_lazy("leads the teams"), _called("team")),
    # Templates
    "shortcut": Told(gettext_lazy("shortcut")), "texts": Told(gettext_lazy("text")),
    "owner": Told(gettext_lazy("whose alone it is"), _called("agent"), gettext_lazy("nobody's")),
    # Channels
    "imap": Told(gettext_lazy("reading of letters")), "smtp": Told(gettext_lazy("sending of letters")),
    "sign_in": Told(gettext_lazy("way of signing in")), "passwords": Told(gettext_lazy("password")),
    "addresses": Told(gettext_lazy("addresses")), "provider": Told(gettext_lazy("registration at the provider")),
    "sender": Told(gettext_lazy("name that customers see as the sender"), _one_of(lambda: dict(SENDERS))),
    "quote": Told(gettext_lazy("quoted below each answer"), _one_of(lambda: _QUOTED)),
    "subject_tag": Told(gettext_lazy("number of the request in the subject"), _yes_or_no),
    "copy_to_sent": Told(gettext_lazy("copies of answers in the mailbox"), _yes_or_no),
    "plus": Told(gettext_lazy("letters to an address with a plus arrive"), _yes_or_no),
    "max_bytes": Told(gettext_lazy("largest letter that is taken in"), lambda value, name: f"{value // MB} MB"),
    "link_above_mb": Told(gettext_lazy("files are fetched from a page above"), lambda value, name: f"{value} MB"),
    "limit_per_minute": Told(gettext_lazy("most letters that leave in a minute"), _plainly),
    "limit_per_day": Told(gettext_lazy("most letters that leave within 24 hours"), _plainly),
    "trusted_servers": Told(gettext_lazy("mail servers that check the sender")),
    "form_senders": Told(gettext_lazy("addresses that web forms write from")),
    "agent_letters": Told(gettext_lazy("a colleague's answer to a notice"), _one_of(lambda: _ANSWERS)),
    "acknowledge.on": Told(gettext_lazy("acknowledgements"), _yes_or_no),
    "acknowledge.address_hour": Told(gettext_lazy("acknowledgements to one address within an hour"), _plainly),
    "acknowledge.domain_hour": Told(gettext_lazy("acknowledgements to one domain within an hour"), _plainly),
    "acknowledge.texts": Told(gettext_lazy("words of acknowledgements")),
    "flood_letters": Told(gettext_lazy("letters of one address that are a flood"), _plainly),
    "flood_domain_letters": Told(gettext_lazy("letters of one domain that are a flood"), _plainly),
    "flood_minutes": Told(gettext_lazy("time within which they are a flood"), _minutes),
    # Notices: of one person, and what the owner decides
    "notices": Told(gettext_lazy("notices by mail"), _one_of(lambda: NAMES)),
    "notices_page": Told(gettext_lazy("notices at the desk"), _one_of(lambda: NAMES)),
    "notices_push": Told(gettext_lazy("notices on devices"), _one_of(lambda: NAMES)),
    "notice_hours": Told(gettext_lazy("hours of notices")),
    "notice_digest": Told(gettext_lazy("hour of the daily letter"), lambda value, name: f"{value:02}:00",
                          gettext_lazy("none")),
    "notice_ahead": Told(gettext_lazy("told before a deadline"), _minutes, gettext_lazy("as everybody")),
    "notice_devices": Told(gettext_lazy("devices that show notices"), _plainly),
    "notice_words": Told(gettext_lazy("customers' words in letters"), _yes_or_no),
    "notices_an_hour": Told(gettext_lazy("most letters to one person in an hour"), _plainly),
    "notices_off": Told(gettext_lazy("notices that go to nobody by mail"), _one_of(lambda: NAMES)),
    "notice_push": Told(gettext_lazy("notices on devices"), _yes_or_no),
    "notice_ahead_least": Told(gettext_lazy("told before a deadline, at the latest"), _minutes),
    "notice_ahead_most": Told(gettext_lazy("told before a deadline, at the earliest"), _minutes),
    # Signing in
    "idle_minutes": Told(gettext_lazy("a session that nobody uses ends after"), _minutes),
    "most_minutes": Told(gettext_lazy("every session ends after"), _minutes),
    "factor_for": Told(gettext_lazy("a second factor is demanded"), _one_of(lambda: _FACTOR)),
}  # fmt: skip
# What the same key means of another thing.
_OF: dict[tuple[str, str], Told] = {
    ("status", "default"): Told(gettext_lazy("what its stage begins with"), _called("status")),
    ("team", "default"): Told(gettext_lazy("who gets what nobody else gets"), _called("team")),
    ("channel", "team"): Told(gettext_lazy("team"), _called("team"), gettext_lazy("none")),
    ("template", "team"): Told(gettext_lazy("team"), _called("team"), gettext_lazy("none")),
    ("company", "zone"): Told(gettext_lazy("time zone"), _plainly),
}  # fmt: skip


# PostgreSQL keeps the keys of a delta in an order of its own.
_PLACES = {key: place for place, key in enumerate(dict.fromkeys([*_DONE, *TOLD]))}


def lines(verb: str, subject: str, delta: Mapping[str, Any], name: Namer) -> list[str]:
    """What an event tells of its subject (a key of the delta, or ""): one line for each thing, from what to what."""
    of_subject = sorted(delta.items(), key=lambda one: (_PLACES.get(one[0], len(_PLACES)), one[0]))
    told = {key: pair for key, pair in of_subject if key not in (subject, "in_field")}
    pair, deed = delta.get(subject), _DEEDS.get(verb, "")
    new = told.get("created") == [False, True] or bool(deed) or (pair is not None and pair[0] is None)
    found = [str(deed)] if deed else []
    if "created" not in told and pair is not None and not deed and None in pair:
        found.append(_("added") if pair[0] is None else _("taken out of use"))
    if "merged" in told:
        found.append(_merged(told.pop("merged"), subject, name))
    if deed:
        told.pop("active", None)
    found += [str(_DONE[key][not told[key][1]]) for key in _DONE if key in told and (told[key][1] or not new)]
    silent = []
    for key, (before, after) in told.items():
        if key in _DONE:
            continue
        what = Told(gettext_lazy("how long it is kept"), _days, gettext_lazy("for ever")) if key.startswith(KEEP) else (
            _OF.get((subject, key)) or TOLD.get(key)
        )  # fmt: skip
        if what is None or (new and after in (None, "", [], {})):
            continue
        if what.say is None or before is after is True:
            silent += [] if new else [str(what.label)]
        elif before != after:
            found.append(_line(what, before, after, name, new=new))
    if silent:
        found.append(_("changed: %(fields)s") % {"fields": ", ".join(dict.fromkeys(silent))})
    return found or [_("changed")]


def _merged(pair: Sequence[int | None], subject: str, name: Namer) -> str:
    called = name(subject, pair[1] or pair[0])
    if pair[1] is not None:
        return _("merged into “%(name)s”") % {"name": called} if called else _("merged into another one")
    return _("the merge into “%(name)s” was undone") % {"name": called} if called else _("a merge was undone")


def _line(what: Told, before: Any, after: Any, name: Namer, *, new: bool) -> str:
    assert what.say is not None
    if isinstance(after, list):
        say, was = what.say, before or []
        changed = [f"+ {say(one, name)}" for one in after if one not in was]
        changed += [f"− {say(one, name)}" for one in was if one not in after]
        return _("%(what)s: %(value)s") % {"what": what.label, "value": ", ".join(changed)}
    was, now = (str(what.nothing) if one in (None, "") else what.say(one, name) for one in (before, after))
    if new:
        return _("%(what)s: %(value)s") % {"what": what.label, "value": now}
    return _("%(what)s: %(before)s → %(after)s") % {"what": what.label, "before": was, "after": now}
