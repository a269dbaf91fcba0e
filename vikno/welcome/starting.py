"""What this room does at each start of `vikno serve`: print a one-time link into the first run, or into the demo."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from vikno import terminal
from vikno.accounts import links
from vikno.accounts.actions import set_profile
from vikno.core.models import Company
from vikno.core.starting import Start
from vikno.environment import WrongSetting
from vikno.staff.models import Agent
from vikno.terminal import gettext as _


class NotADemo(WrongSetting):
    """`--demo` was asked for over a real company's data."""


def begin(start: Start) -> list[str]:
    """The lines that the command prints. Raises NotADemo."""
    company = Company.objects.first()
    if start.demo and company is None:
        _make_demo()
        company = Company.objects.get()
    if start.demo and company is not None and not company.demo:
        words = _(
            "This data folder holds a real company (%(company)s). The demo leaves it alone: name another folder with "
            "--data, or leave --demo out."
        )
        raise NotADemo(words % {"company": company.name})
    if company is None:
        address = f"{start.base_url}{reverse('welcome:link', args=[links.make('setup')])}"
        return [_("Set it up here; this link works once, for a day:"), "  " + address]
    if company.demo:
        owner = (
            Agent.objects.select_related("person__user").filter(role=Agent.Role.OWNER, active=True).order_by("id")[0]
        )
        secret = links.make("demo", owner.person.user)
        address = f"{start.base_url}{reverse('sign_in_link', args=[secret])}"
        return [
            _("The data of the demo lie in %(folder)s; name them to other commands: --data %(folder)s")
            % {"folder": settings.DATA},
            _("The demo is open here; this link works once, and sends nothing outside:"),
            "  " + address,
        ]
    return []


def _make_demo() -> None:
    """The invented shop, in the machine's language; its pages speak the browser's."""
    from vikno.welcome import demo_letters
    from vikno.welcome.demo import ADDRESS, make_demo

    language = terminal.language()
    with translation.override(language):
        owner = make_demo(language)
        demo_letters.bring(ADDRESS)
    if owner.person.user is not None:
        set_profile(owner.person.user, language="")
