"""A browser that calls the program by a name it knows."""

from __future__ import annotations

from typing import Any

from django.test import Client

PASSWORD = "correct horse battery"


class Visitor(Client):
    def __init__(self, **defaults: Any) -> None:
        super().__init__(**({"HTTP_HOST": "127.0.0.1:8000"} | defaults))

    def sign_in(self, email: str, password: str = PASSWORD) -> Any:
        """By the form, as a person does."""
        return self.post("/account/login/", {"login": email, "password": password})

    @property
    def who(self) -> str:
        """The address of whoever is signed in here, or "nobody"."""
        return self.get("/who/").content.decode()
