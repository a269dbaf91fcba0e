"""What every page of the desk has around it: the viewer, the navigation, warnings, what has just been done."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.contrib.messages import get_messages
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from vikno.core import clock, disk
from vikno.core.sizes import size_words
from vikno.desk import badges, going_on, lists, many, saved_lists, team_lists
from vikno.desk.drawing import shortcuts
from vikno.desk.face import Desk, DeskRequest
from vikno.desk.pages import capped_count
from vikno.desk.rows import hue, initials
from vikno.dialogs.models import Delivery, Message
from vikno.intake.models import Fate
from vikno.intake.queries import any_of, entries
from vikno.notices import queries as notices
from vikno.staff.access import Viewer, as_customer
from vikno.staff.rights import Right, may
from vikno.tasks import queries as tasks
from vikno.tickets import access
from vikno.tickets.directory import directory
from vikno.tickets.models import Link

MOST_COUNTED = 100  # by a badge of the navigation
_UNDELIVERED = (Delivery.State.DOUBTFUL, Delivery.State.REFUSED, Delivery.State.BOUNCED)
_TONES = {"error": "danger", "success": "ok"}


def context(request: DeskRequest, current: str = "") -> dict[str, Any]:
    """The context of `desk/base.html`."""
    desk = request.desk
    beside = nav(desk, current)
    going = going_on.kept(desk.agent.id) if beside["going"] else None
    return {
        "me": me(desk),
        "company": desk.company.name,
        "nav": beside,
        "counts": {key: count for _heading, items in beside["groups"] for key, _url, _icon, _word, count in items},
        "warning": warning(),
        "flashes": [
            (str(said), _TONES.get(said.level_tag, ""), said.extra_tags or "", 12 if said.level_tag == "error" else 8)
            for said in get_messages(request)
        ],
        "going": many.drawn(going) if going else None,
        "live_url": "/live",
        "since": desk.since,
        "shortcuts": shortcuts(translation.get_language() or "en"),
    }


def me(desk: Desk) -> dict[str, Any]:
    name = desk.agent.person.name
    return {
        "name": name, "initials": initials(name), "hue": hue(desk.agent.id), "theme": desk.user.theme,
        "density": desk.user.density, "language": desk.user.language, "zone": desk.zone,
        "keys": "on" if desk.user.single_keys else "off", "works": desk.viewer.may_write,
    }  # fmt: skip


def nav(desk: Desk, current: str = "") -> dict[str, Any]:
    """The navigation: its groups, the place one is in, and the places whose badges are asked for apart."""
    groups, going = _places(desk, current)
    keys = [item[0] for _heading, items in groups for item in items]
    return {
        "groups": groups,
        "current": current,
        "apart": {key for key in keys if key.startswith(("view:", "channel:"))},
        "going": going,
    }


def _asks(viewer: Viewer) -> bool:
    """Whether the viewer has requests of their own; a place more or less may be some seconds late."""
    known, person = directory().askers, viewer.person_id or 0
    if person not in known:
        known[person] = access.own_requests(as_customer(viewer)).exists()
    return known[person]


@lru_cache(maxsize=1000)
def _address(name: str, *args: str) -> str:
    """Of a place: there are few, and each navigation has twenty of them."""
    return reverse(name, args=args)


Group = tuple[str, list[tuple[str, str, str, str, str]]]


def _places(desk: Desk, current: str) -> tuple[list[Group], bool]:
    """Groups of places: lists, teams, and what belongs to the company. `current` is where the viewer is. With it,
    whether an act of theirs on many tickets goes on, or has ended unseen."""
    viewer = desk.viewer
    own, (teams, all_of_them) = lists.places(viewer), team_lists.beside(viewer, current)
    count = lists.counts(viewer, [*own, *teams], _of_ones_own(desk))

    def item(place: lists.Place) -> tuple[str, str, str, str, str]:
        return place.key, _address("desk:list", place.key), place.icon, place.title, count.get(place.key, "")

    company = [
        ("persons", _address("desk:people"), "contact", _("Customers"), ""),
        ("organisations", _address("desk:organisations"), "building-2", _("Organisations"), ""),
    ]
    if may(viewer, Right.LEDGER):
        suspected, held = _waiting_for_a_word(viewer)
        company.append(("suspected", _address("desk:suspected"), "shield-alert", _("Suspected letters"), suspected))
        company.append(("ledger", _address("desk:ledger"), "scroll-text", _("Received"), ""))
        company.append(("held", _address("desk:held"), "hand", _("Held letters"), held))
        missing, where = undelivered(viewer)
        company.append(("outbox", f"{reverse('desk:outbox')}{where}", "send", _("Sent"), missing))
    company.append(("channels", _address("desk:channels"), "plug", _("Channels"), ""))
    if viewer.may_note:
        company.append(("templates", _address("desk:templates"), "sticky-note", _("Templates"), ""))
    if may(viewer, Right.STAFF) or may(viewer, Right.INVITE):
        company.append(("people", _address("desk:staff"), "users", _("Team and rights"), ""))
    if may(viewer, Right.SETTINGS):
        company.append(("all_settings", _address("desk:settings_index"), "settings", _("Settings"), ""))
    mine = [("own", _address("desk:own_requests"), "message-square", _("My own requests"), "")] if _asks(viewer) else []
    views = [
        (key, _address("desk:list", key), saved_lists.ICON, name, badges.known(viewer, key))
        for key, name in saved_lists.names_of(viewer)
    ]
    views.append(("views", _address("desk:views"), "settings-2", _("All views"), ""))
    of_teams = [item(one) for one in teams]
    if not all_of_them:
        of_teams.append(("team_lists", _address("desk:team_lists"), "users", _("All teams"), ""))
    channels = [
        (one.key, _address("desk:list", one.key), one.icon, one.title, badges.known(viewer, one.key))
        for one in lists.channel_places(viewer)
    ]
    todo = [("next", _address("desk:next"), "list-ordered", _("What next"), "")] if viewer.may_write else []
    todo.append(("todo", _address("desk:todo"), "circle-check", _("To do"), count["todo"]))
    todo.append(("told", _address("desk:told"), "bell", _("Notices"), count["told"]))
    shown = [one for one in own if not one.quiet or count.get(one.key) or one.key == current]
    groups = [
        ("", [*todo, *(item(one) for one in shown), *mine]),
        (_("Views"), views),
        (_("Teams"), of_teams),
        (_("By channel"), channels),
        (_("Company"), company),
    ]
    return groups, bool(count["going"])


def _of_ones_own(desk: Desk) -> dict[str, lists.Count]:
    """What of one's own is counted with the lists: to-dos that are due by the end of today, notices not yet read."""
    tonight = clock.end_of_day(clock.day_in(clock.now(), desk.zone), desk.zone)
    return {
        "todo": tasks.pressing(desk.agent.id, tonight),
        "told": notices.unread(desk.agent.id, lists.MOST_COUNTED),
        "going": (going_on.IS_THERE, (going_on.name_of(desk.agent.id),)),
    }


def _waiting_for_a_word(viewer: Viewer) -> list[str]:
    """How many letters are suspected and how many are held, as badges show it."""
    fates = (Fate.SUSPECTED, Fate.HELD)
    there = any_of(*fates)
    return [
        capped_count(entries(viewer, fate=fate), MOST_COUNTED) if some else ""
        for fate, some in zip(fates, there, strict=True)
    ]


def undelivered(viewer: Viewer) -> tuple[str, str]:
    """How many letters that a colleague wrote, and that this viewer may read, did not arrive or may not have, and wait
    for a word, as a badge shows it; and which of them the page shows first. What was sent by itself holds nobody up."""
    waiting = Delivery.objects.filter(state__in=_UNDELIVERED).order_by()
    if not waiting.exists():  # as it mostly is
        return "", ""
    links = Link.objects.filter(message=OuterRef("message"), ended_act=None, ticket__in=access.tickets_for(viewer))
    waiting = waiting.filter(Exists(links), message__author=Message.Author.AGENT)
    count = capped_count(waiting, MOST_COUNTED)
    doubtful = count and waiting.filter(state=Delivery.State.DOUBTFUL).exists()
    return count, "?state=doubtful" if doubtful else "?state=failed" if count else ""


def warning() -> str:
    """What concerns the whole desk: a disk that takes nothing more, a channel that does not work."""
    free = disk.free()
    if free < disk.OUT:
        return _(
            "The disk of the server is full (%(size)s left): letters wait with their senders, and what you write may "
            "not be kept. Tell whoever looks after the server."
        ) % {"size": size_words(free)}
    for name in directory().troubled:
        return _("“%(name)s” has trouble: nothing is lost. See Channels for what to do.") % {"name": name}
    return ""
