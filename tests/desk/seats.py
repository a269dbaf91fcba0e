"""A seat at the desk: a browser in which an agent is signed in, in English."""

from __future__ import annotations

from typing import Any

from django.test import Client

from vikno.accounts.models import User
from vikno.staff.models import Agent


class Seat(Client):
    """Calls the program by a name it knows. `page` gives the text of a page that must be there."""

    def __init__(self, agent: Agent) -> None:
        super().__init__(HTTP_HOST="127.0.0.1:8000", HTTP_ACCEPT_LANGUAGE="en")
        self.force_login(User.objects.get(person__agent=agent))

    def page(self, address: str, **more: Any) -> str:
        answer = self.get(address, **more)
        assert answer.status_code == 200, f"{address}: {answer.status_code}"
        return answer.content.decode()

    def sends(self, where: str, /, **fields: Any) -> Any:
        """Post a form; answers where it leads, as a page, or the form again."""
        return self.post(where, fields, follow=True)
