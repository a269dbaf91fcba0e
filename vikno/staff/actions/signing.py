"""What stands under the letters of a new agent, until they write something of their own."""

from __future__ import annotations

from vikno.core.models import Company


def first_signature() -> dict[str, str]:
    """{language: text}: name and company, in the company's language. One is enough: where another language has no text
    of its own, this is shown."""
    return {Company.objects.values_list("language", flat=True).first() or "en": "{agent}\n{company}"}
