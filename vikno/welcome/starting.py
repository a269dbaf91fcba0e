"""What this room does at each start of `vikno serve`: print a one-time link into the first run, or into the demo."""

from __future__ import annotations

import os

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from vikno.accounts import links
from vikno.accounts.actions import set_profile
from vikno.core.models import LANGUAGES, Company
from vikno.core.starting import Start
from vikno.environment import WrongSetting
from vikno.staff.models import Agent


class NotADemo(WrongSetting):
    """`--demo` was asked for over a real company's data."""


def begin(start: Start) -> list[str]:
    """The lines that the command prints. Raises NotADemo."""
    company = Company.objects.first()
    if start.demo and company is None:
        _make_demo()
        company = Company.objects.get()
    if start.demo and company is not None and not company.demo:
        raise NotADemo(
            f"This data folder holds a real company ({company.name}). The demo leaves it alone: name another folder "
            "with --data, or leave --demo out."
        )
    if company is None:
        address = f"{start.base_url}{reverse('welcome:link', args=[links.make('setup')])}"
        return ["Set it up here; this link works once, for a day:", "  " + address]
    if company.demo:
        owner = (
            Agent.objects.select_related("person__user").filter(role=Agent.Role.OWNER, active=True).order_by("id")[0]
        )
        secret = links.make("demo", owner.person.user)
        address = f"{start.base_url}{reverse('sign_in_link', args=[secret])}"
        return [
            f"The data of the demo lie in {settings.DATA}; name them to other commands: --data {settings.DATA}",
            "The demo is open here; this link works once, and sends nothing outside:",
            "  " + address,
        ]
    return []


def _make_demo() -> None:
    """The invented shop, in the machine's language; its pages speak the browser's."""
    from vikno.welcome.demo import make_demo

    language = next((os.environ[name][:2] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    language = language if language in dict(LANGUAGES) else "en"
    with translation.override(language):
        owner = make_demo(language)
    if owner.person.user is not None:
        set_profile(owner.person.user, language="")
