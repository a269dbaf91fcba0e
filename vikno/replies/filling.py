"""What becomes of a template's words where they are inserted: the variant that its reader understands, with the {names}
replaced once. They never meet a template engine, and are escaped as all text is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from django.utils import translation

from vikno.core.models import LANGUAGES
from vikno.core.text import fill_names, one_line
from vikno.replies.models import Template

# What may stand in braces.
NAMES = ("name", "first_name", "number", "subject", "agent", "team", "company")


@dataclass(frozen=True, slots=True)
class Filled:
    """Words to insert, plain and as markup, and the language that they are in: another than was asked for, if there is
    no such variant."""

    text: str
    html: str
    language: str


def fill(template: Template, language: str, values: Mapping[str, object]) -> Filled:
    """The template for a reader of this language. `values` by the names above; a missing one is empty, a lazy one is
    said in the language of the variant."""
    texts = {row.language: row.text for row in template.texts.all()}
    order = [language, *(code for code, _name in LANGUAGES)]
    found = next((code for code in order if texts.get(code)), language)
    with translation.override(found):
        text = filled(texts.get(found, ""), values)
    return Filled(text, markup(text), found)


def filled(text: str, values: Mapping[str, object]) -> str:
    """Plain words with their {names} replaced, each value on one line."""
    return fill_names(text.replace("\r\n", "\n"), {name: one_line(str(values.get(name, ""))) for name in NAMES})


def markup(text: str) -> str:
    """Plain words as paragraphs: parted by an empty line, with breaks between the others."""
    parts = [part for part in text.split("\n\n") if part.strip()]
    return "".join(f"<p>{escape(part.strip()).replace(chr(10), '<br>')}</p>" for part in parts)
