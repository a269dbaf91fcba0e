"""The page of an invitation. All other pages of staff are the desk's."""

from __future__ import annotations

from allauth.account.utils import perform_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from vikno.people.actions.persons import Refused
from vikno.staff import actions
from vikno.staff.actions.invitations import invitation_for
from vikno.staff.forms import AcceptForm


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Choose a name and a password; the button, not the look, uses the invitation up."""
    found = invitation_for(secret)
    if found is None:
        return render(request, "staff/invitation.html", {"invitation": None}, status=410)
    data = request.POST if request.method == "POST" else None
    form = AcceptForm(data, email=found.email, initial={"name": found.name})
    if form.is_valid():
        try:
            agent = actions.accept(secret, **form.cleaned_data)
        except Refused as error:
            form.add_error(None, str(error))
        else:
            return perform_login(request, agent.person.user, email_verification="none")
    context = {"invitation": found, "form": form}
    return render(request, "staff/invitation.html", context, status=422 if form.errors else 200)
