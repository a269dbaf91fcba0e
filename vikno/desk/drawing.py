"""Words of people as markup for the page. The only place where markup that others wrote is marked as safe: cleaned by
nh3 on its way in and once more here, on its way out."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils import translation
from markupsafe import Markup, escape

from vikno.channels.email.letter.html import clean_html
from vikno.channels.email.letter.text import html_to_text

_ADDRESS = re.compile(r"https?://[^\s<>\"']{2,2000}")
_TRAILING = ".,;:!?)]»”"


@lru_cache(maxsize=8)
def shortcuts(language: str) -> Markup:
    """The registry of keys (`desk/shortcuts.html`): drawn once for all who read this language, as no words of others
    are in it."""
    with translation.override(language):
        return Markup(render_to_string("desk/shortcuts.html"))


def formatted(html: str, picture: Callable[[str], str | None], *, with_remote: bool = False) -> Markup:
    """Kept markup as it may stand in a page. `picture` gives the address of our copy of an embedded picture."""
    return Markup(clean_html(html, picture, load_remote=with_remote).html)


def quoted(html: str, picture: Callable[[str], str | None]) -> Markup:
    """Kept markup of a quote under words that stand in the page: one with a layout of its own is shown as text."""
    drawn = clean_html(html, picture)
    return Markup(drawn.html) if drawn.plain_enough else plain(html_to_text(html))


def plain(text: str) -> Markup:
    """Plain text as paragraphs, with its web addresses as links."""
    parts, at = [], 0
    for found in _ADDRESS.finditer(text):
        address = found[0].rstrip(_TRAILING)
        parts.append(escape(text[at : found.start()]))
        link = '<a href="{0}" rel="noopener noreferrer nofollow" target="_blank">{0}</a>'
        parts.append(Markup(link).format(address))
        at = found.start() + len(address)
    parts.append(escape(text[at:]))
    escaped = "".join(parts)
    paragraphs = [block.strip("\n") for block in re.split(r"\n\s*\n", escaped) if block.strip()]
    return Markup("".join(f"<p>{block}</p>" for block in paragraphs).replace("\n", "<br>"))
