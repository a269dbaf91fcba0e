"""Pages around one's own login: profile, sessions, tokens, the security log, one-time links."""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from allauth.account.views import PasswordResetDoneView, PasswordResetView
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseForbidden
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vikno.accounts import access, actions, letters, links, only_here, security
from vikno.accounts.adapter import remember_language
from vikno.accounts.devices import device
from vikno.accounts.forms import ProfileForm, TokenForm
from vikno.accounts.models import User
from vikno.accounts.rights import Right, allowed

LOG_PAGE = 100


def _user(request: HttpRequest) -> User:
    user = request.user
    if not isinstance(user, User):  # login_required has seen to it; this tells the type
        raise Http404
    return user


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    user = _user(request)
    form = ProfileForm(request.POST) if request.method == "POST" else ProfileForm.of(user)
    if request.method == "POST" and form.is_valid():
        actions.set_profile(user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        response: HttpResponse = redirect("profile")
        remember_language(response, user.language)
        return response
    rights = {"log": allowed(Right.READ_SECURITY_LOG, user.pk), "tokens": allowed(Right.MAKE_TOKENS, user.pk)}
    return render(request, "accounts/profile.html", {"form": form, "may": rights}, status=422 if form.errors else 200)


@login_required
@require_safe
def sessions(request: HttpRequest) -> HttpResponse:
    found = [(one, device(one.user_agent)) for one in access.sessions_of(_user(request))]
    context = {"sessions": found, "current": request.session.session_key}
    return render(request, "accounts/sessions.html", context)


@login_required
@require_POST
def session_end(request: HttpRequest, session_id: int) -> HttpResponse:
    user = _user(request)
    try:
        actions.end_session(access.session_of(user, session_id), by=user.pk)
    except access.NotYours:
        pass  # it is over already, which is what was wanted
    return redirect("sessions")


@login_required
@require_POST
def sessions_end_others(request: HttpRequest) -> HttpResponse:
    user = _user(request)
    only_here.end_others(request, user)
    messages.success(request, _("All other sessions have ended."))
    return redirect("sessions")


@login_required
@require_safe
def tokens(request: HttpRequest) -> HttpResponse:
    user = _user(request)
    if not allowed(Right.MAKE_TOKENS, user.pk):
        return _forbidden(request)
    return _tokens_page(request, user, TokenForm())


def _tokens_page(request: HttpRequest, user: User, form: TokenForm) -> HttpResponse:
    context = {"tokens": access.tokens_of(user), "form": form, "scopes": form.SCOPES}
    return render(request, "accounts/tokens.html", context, status=422 if form.errors else 200)


@login_required
@never_cache
@require_POST
@reauthentication_required
def token_make(request: HttpRequest) -> HttpResponse:
    user = _user(request)
    if not allowed(Right.MAKE_TOKENS, user.pk):
        return _forbidden(request)
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _tokens_page(request, user, form)
    choices = form.cleaned_data
    token, secret = actions.create_token(
        user, choices["name"], scope=choices["scope"], lifetime=form.lifetime(), by=user.pk
    )
    return render(request, "accounts/token_made.html", {"token": token, "secret": secret})


@login_required
@require_POST
def token_revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    user = _user(request)
    try:
        actions.revoke_token(access.token_of(user, token_id), by=user.pk)
    except access.NotYours:
        raise Http404 from None
    return redirect("tokens")


@login_required
@require_safe
def security_log(request: HttpRequest) -> HttpResponse:
    """Owners see everything, others what concerns themselves."""
    user = _user(request)
    before = request.GET.get("before", "")
    rows = list(access.security_log_for(user, int(before) if _is_id(before) else None)[: LOG_PAGE + 1])
    context = {
        "rows": rows[:LOG_PAGE],
        "words": security.WORDS,
        "older": rows[LOG_PAGE - 1].pk if len(rows) > LOG_PAGE else None,
        "all": allowed(Right.READ_SECURITY_LOG, user.pk),
    }
    return render(request, "accounts/security.html", context)


class _SaysWhetherLettersLeave:
    """Gives a page `letters_leave`: false where the letter would only lie in a folder of the server. The same for every
    address, so it tells nobody who has a login."""

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**more)  # type: ignore[misc]
        return context | {"letters_leave": letters.LEAVES()}


class PasswordReset(_SaysWhetherLettersLeave, PasswordResetView):
    """Where one asks for a letter with a link to a new password."""


class PasswordResetDone(_SaysWhetherLettersLeave, PasswordResetDoneView):
    """What happens after that."""


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_link(request: HttpRequest, secret: str) -> HttpResponse:
    """A one-time way in. Looking at it (a preview of the link, a scanner of letters) does not use it up: the button
    does."""
    link = links.use(secret) if request.method == "POST" else links.peek(secret)
    if link is None or link.user is None:
        return render(request, "accounts/link.html", {"link": None}, status=410)
    if request.method != "POST":
        return render(request, "accounts/link.html", {"link": link})
    security.log(security.Kind.LINK_USED, user=link.user.pk, request=request, purpose=link.purpose)
    if link.purpose == links.BY_COMMAND:  # who forgot the password could not prove once more who they are
        record_authentication(request, link.user, method="link", reauthenticated=True)
    return perform_login(request, link.user, email_verification="none")


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _forbidden(request: HttpRequest) -> HttpResponse:
    return HttpResponseForbidden(render(request, "accounts/forbidden.html").content)
