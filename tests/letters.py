"""Letters for tests, written as plainly as they can be."""

from __future__ import annotations

import itertools
from email.message import EmailMessage
from typing import Any

_numbers = itertools.count(1)


def letter(
    text: str = "Добрий день! Не друкує каса.",
    *,
    sender: str = "Марія Коваль <maria@kramnytsia.example>",
    to: str = "help@kashtan.example",
    subject: str = "Каса",
    message_id: str | None = "",
    **headers: str,
) -> bytes:
    """A letter as bytes. `message_id` None leaves it out, "" makes a new one; `_` in header names is `-`."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, subject
    made["Date"] = "Fri, 20 Nov 2026 10:00:00 +0200"
    if message_id is not None:
        made["Message-ID"] = message_id or f"<{next(_numbers)}@customers.example>"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made.as_bytes()


def with_file(name: str, content: bytes, **more: Any) -> bytes:
    """The same with one file."""
    import email
    import email.policy

    made = email.message_from_bytes(letter(**more), policy=email.policy.default)
    assert isinstance(made, EmailMessage)
    made.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return made.as_bytes()
