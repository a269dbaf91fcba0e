"""What stands under a letter: the agent's lines and their team's, in the language of the one who reads it."""

from __future__ import annotations

from vikno.core.models import LANGUAGES, Company
from vikno.core.text import fill_names
from vikno.staff.models import Agent, Team

NAMES = ("agent", "team", "company")  # what may stand in braces


def signature_for(agent: Agent | None, team: Team | None, language: str) -> str:
    """The signature as plain text, "" if nobody wrote one: the agent's own, then the team's.

    `{agent}`, `{team}` and `{company}` are replaced once; other braces stay as they are.
    """
    written = [in_language(owner.signature, language) for owner in (agent, team) if owner is not None]
    if not any(text.strip() for text in written):
        return ""
    values = {
        "agent": agent.person.name if agent else "",
        "team": team.name if team else "",
        "company": Company.objects.values_list("name", flat=True).first() or "",
    }
    return "\n".join(fill(text, values) for text in written if text.strip())


def fill(text: str, values: dict[str, str]) -> str:
    """The text with its `{names}` replaced, in one pass: what a value contains is not looked at again."""
    return fill_names(text, {name: values.get(name, "") for name in NAMES})


def in_language(texts: dict[str, str], language: str) -> str:
    """The text in that language, else in another one that there is."""
    order = [language, *(code for code, _ in LANGUAGES)]
    return next((str(texts[code]) for code in order if texts.get(code)), "")
