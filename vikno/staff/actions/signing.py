"""What stands under the letters of a new agent and a new team, until they write something of their own."""

from __future__ import annotations

from vikno.core.models import Company


def of_an_agent() -> dict[str, str]:
    """{language: text}: the name. The lines of the team follow it."""
    return _in_the_companys_language("{agent}")


def of_a_team() -> dict[str, str]:
    """{language: text}: the company."""
    return _in_the_companys_language("{company}")


def _in_the_companys_language(text: str) -> dict[str, str]:
    """One language is enough: where another one has no text of its own, this is shown."""
    return {Company.objects.values_list("language", flat=True).first() or "en": text}
