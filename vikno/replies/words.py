"""The words of an acknowledgement: what the owner wrote in each language, else ours; with a closed list of {names}."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from vikno.core.models import LANGUAGES

NAMES = ("number", "company", "team", "name")  # what may stand in braces
ADDRESS_HOUR, DOMAIN_HOUR = 3, 60  # acknowledgements an hour, unless the channel's settings say otherwise
MOST_WORDS = 4000  # characters


@dataclass(frozen=True, slots=True)
class Settings:
    """What a channel says of acknowledgements; see `settings_of`. `texts`: language → (subject, text)."""

    on: bool
    address_hour: int
    domain_hour: int
    texts: dict[str, tuple[str, str]]


def is_on(channel_settings: dict[str, Any]) -> bool:
    """Whether the owner of a channel switched acknowledgements on."""
    found = channel_settings.get("acknowledge")
    return isinstance(found, dict) and found.get("on") is True


def settings_of(channel_settings: dict[str, Any]) -> Settings:
    """A channel's settings of acknowledgements, whatever stands there: off unless the owner switched them on."""
    found = channel_settings.get("acknowledge")
    kept: dict[str, Any] = found if isinstance(found, dict) else {}
    texts_kept = kept.get("texts")
    written: dict[str, Any] = texts_kept if isinstance(texts_kept, dict) else {}
    texts = {code: _text(written.get(code), code) for code, _name in LANGUAGES}
    return Settings(
        is_on(channel_settings), _number(kept.get("address_hour"), ADDRESS_HOUR),
        _number(kept.get("domain_hour"), DOMAIN_HOUR), texts,
    )  # fmt: skip


def _number(value: Any, otherwise: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else otherwise


def _text(written: Any, language: str) -> tuple[str, str]:
    subject, text = ours(language)
    if not isinstance(written, dict):
        return subject, text
    return str(written.get("subject") or "").strip() or subject, str(written.get("text") or "").strip() or text


def ours(language: str) -> tuple[str, str]:
    """Subject and text that are sent if nobody wrote others."""
    with translation.override(language):
        return (
            _("We have received your request {number}"),
            _("Hello!\n\nWe have received your request. Its number is {number}. We will answer as soon as we can.\n\n")
            + "{company}",
        )
