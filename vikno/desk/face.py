"""Who is at the desk: every view of this room is wrapped by `desk` and gets the viewer with the request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from vikno.accounts.models import User
from vikno.core import clock, rows
from vikno.core.models import Company
from vikno.live import known
from vikno.staff.access import NotAllowed, Viewer, viewer_for_agent
from vikno.staff.models import Agent
from vikno.staff.queries import zone_of
from vikno.tickets.access import NoSuchMessage, NoSuchTicket
from vikno.tickets.actions.opening import can_open_anyway
from vikno.tickets.directory import directory

ANYWAY_SECONDS = 3600  # how long an owner may read what they opened anyway


@dataclass(slots=True)
class Desk:
    """The request's viewer with what pages say about them."""

    viewer: Viewer
    user: User
    agent: Agent
    company: Company
    since: int = 0  # the event up to which what is drawn is complete (vikno.live.known)

    @property
    def zone(self) -> str:
        return zone_of(self.agent, self.company)

    def days_zone(self, team: int) -> str:
        """The zone in which the days of a team's tickets are counted."""
        return directory().zones.get(team) or self.company.zone


class DeskRequest(HttpRequest):
    desk: Desk
    htmx: Any


def desk(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Lets agents in, sends others to sign in, and turns refusals into pages with words."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        companies = rows.find(Company, "id = 1")
        if not companies:
            return redirect("welcome:first_run")
        company = companies[0]
        if not request.user.is_authenticated:
            return _sign_in(request)
        try:
            here = request.desk = _desk_of(request, company)  # type: ignore[attr-defined]
            answer = view(request, *args, **kwargs)
            if here.since:
                answer["Vikno-Since"] = str(here.since)
            return answer
        except NotAllowed as refused:
            return refuse(request, str(refused), 403)
        except NoSuchTicket as missing:
            return _no_ticket(request, missing)
        except NoSuchMessage:
            return refuse(request, _("There is nothing here, or nothing that you may see."), 404)
        except Http404:
            return refuse(request, _("There is no such page."), 404)

    return guarded


def _desk_of(request: HttpRequest, company: Company) -> Desk:
    user, since = request.user, known.up_to()
    assert isinstance(user, User)
    agents = rows.find_with(Agent, ["person"], "people_person.user_id = %s ORDER BY staff_agent.id", user.id)
    if not agents or not user.is_active:
        raise NotAllowed(_("This login is not one of an agent. Ask an owner for an invitation."))
    agent = agents[0]
    viewer = viewer_for_agent(agent)
    granted = request.session.get("opened_anyway")
    if granted and viewer.is_owner:
        alive = {int(ticket) for ticket, until in granted.items() if until > clock.now().timestamp()}
        viewer = replace(viewer, anyway=frozenset(alive))
    if user.language:
        translation.activate(user.language)
        request.LANGUAGE_CODE = user.language
    return Desk(viewer, user, agent, company, since)


def _sign_in(request: HttpRequest) -> HttpResponse:
    """A page leads to the sign-in page; a fragment is told by status, so that the page can ask in place."""
    if getattr(request, "htmx", False):
        return HttpResponse(_("Your session has ended. Sign in again; what you wrote is kept."), status=401)
    return redirect_to_login(request.get_full_path())


def _no_ticket(request: HttpRequest, missing: NoSuchTicket) -> HttpResponse:
    """There is none for this viewer. An owner is told of a closed team's ticket, and of one whose readers left, and
    may open it: that is written down."""
    number = missing.args[0] if missing.args and isinstance(missing.args[0], int) else 0
    here: Desk | None = getattr(request, "desk", None)
    hidden = can_open_anyway(here.viewer, number) if here and request.method == "GET" else None
    if hidden is None:
        return refuse(request, _("There is nothing here, or nothing that you may see."), 404)
    if hidden.restricted:
        words = _("Ticket %(number)s is restricted, and nobody works here any more who may read it.")
    else:
        words = _("Ticket %(number)s belongs to a closed team, of which you are no member.")
    return render(
        request, "desk/refused.html",
        {
            "words": words % {"number": number}, "status": 404,
            "anyway_url": reverse("desk:open_anyway", args=[number]),
        },
        status=404,
    )  # fmt: skip


def refuse(request: HttpRequest, words: str, status: int) -> HttpResponse:
    """Say no in words: as a page, or as a toast where a fragment was asked for."""
    if getattr(request, "htmx", False):
        return toast(request, words, "danger", status=200)
    return render(request, "desk/refused.html", {"words": words, "status": status}, status=status)


def way_back(request: HttpRequest, otherwise: str) -> str:
    """Where a plain form leads after its act: the address that its hidden field "back" names, if that is one of ours
    (a path), else `otherwise` (the name of a page or its address)."""
    back = request.POST.get("back", "")
    ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return back if ours else otherwise


def lead_to(request: HttpRequest, number: int) -> HttpResponse:
    """On to a ticket after an act that a dialog asked about, beside the list that is shown."""
    here = reverse("desk:ticket", args=[number])
    htmx = getattr(request, "htmx", None)
    if not htmx:
        return redirect(here)
    shown = urlsplit(htmx.current_url or "")
    kept = {name: value for name, value in parse_qsl(shown.query) if name in ("list", "sort")}
    if shown.path.startswith("/inbox/"):
        kept["list"] = shown.path.removeprefix("/inbox/")
    return HttpResponse(headers={"HX-Redirect": f"{here}?{urlencode(kept)}" if kept else here})


def toast(
    request: HttpRequest,
    words: str,
    tone: str = "",
    *,
    undo_url: str = "",
    look_url: str = "",
    status: int = 200,
    place: str = "",
) -> HttpResponse:
    """A short message in the corner, alone; in the place of the one with this id. `look_url`: where one sees what it
    speaks of, in the dialog."""
    context = {"flashes": [(words, tone, undo_url, 20 if look_url else 8)], "place": place, "look_url": look_url}
    return render(request, "desk/_toast_alone.html", context, status=status)
