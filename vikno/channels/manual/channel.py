"""The built-in channels: what is told in person or by telephone and entered by an agent. Nothing is sent over them:
what the agent answers, they say themselves."""

from __future__ import annotations

from django.utils.translation import gettext as _

from vikno.dialogs.channels import Kind
from vikno.people.models import Identity

IN_PERSON, PHONE = "in_person", "phone"

KINDS = (
    Kind(
        name=IN_PERSON,
        title=lambda: _("In person"),
        icon="user-round",
        ends=True,
        identity_kind=Identity.Kind.PLACE,
    ),
    Kind(
        name=PHONE,
        title=lambda: _("Phone"),
        icon="phone",
        ends=True,
        identity_kind=Identity.Kind.PHONE,
    ),
)
