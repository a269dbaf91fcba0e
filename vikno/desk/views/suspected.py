"""Letters that claim a request their sender takes no part in: each waits for one click of a lead."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from vikno.core.files import MissingFile
from vikno.desk import shell, suspected_page
from vikno.desk.face import DeskRequest, desk, refuse, way_back
from vikno.desk.pages import walk
from vikno.intake import actions, queries, suspecting
from vikno.intake.access import NoSuchEntry, entry_for
from vikno.intake.models import Fate
from vikno.journal import acts
from vikno.staff.rights import Right, require


@require_safe
@desk
def show(request: DeskRequest) -> HttpResponse:
    """What waits, newest first."""
    require(request.desk.viewer, Right.LEDGER)
    rows = queries.entries(request.desk.viewer, fate=Fate.SUSPECTED)
    entries, newer, older = walk(request, rows, (), page=suspected_page.PAGE)
    context = {"entries": suspected_page.drawn(request, entries), "newer_url": newer, "older_url": older}
    return render(request, "desk/suspected.html", shell.context(request, "suspected") | context)


@require_POST
@desk
def act(request: DeskRequest, entry_id: int, verb: str) -> HttpResponse:
    """Join, make a request of its own, or put aside. Each can be undone."""
    require(request.desk.viewer, Right.LEDGER)
    verbs: dict[str, tuple[Callable[..., Any], str]] = {
        "join": (actions.let_in, _("The letter belongs to the ticket now.")),
        "apart": (partial(actions.let_in, apart=True), _("The letter is a request of its own now.")),
        "hold": (suspecting.hold_back, _("The letter is put aside among the held ones.")),
    }
    if verb not in verbs:
        return refuse(request, _("There is no such page."), 404)
    run, words = verbs[verb]
    by = acts.agent(request.desk.agent.id)
    try:
        run(entry_for(request.desk.viewer, entry_id), by)
    except NoSuchEntry:
        return refuse(request, _("There is nothing here, or nothing that you may see."), 404)
    except actions.NotPossible as reason:
        return refuse(request, str(reason), 409)
    except MissingFile:
        return refuse(request, _("The letter itself is gone, so nothing can be made of it."), 410)
    messages.success(request, words, extra_tags=reverse("desk:undo", args=[by.id]))
    return redirect(way_back(request, "desk:suspected"))
