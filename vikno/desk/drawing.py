"""Words of people as markup for the page. The only place where markup that others wrote is marked as safe: cleaned by
nh3 on its way in and once more here, on its way out."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from markupsafe import Markup, escape

from vikno.channels.email.letter.html import clean_html
from vikno.channels.email.letter.links import addresses_in, strays, with_links
from vikno.channels.email.letter.text import html_to_text

MOST_LINES, MOST_LETTERS = 400, 60_000  # of a plain text that a page shows at once


@lru_cache(maxsize=8)
def shortcuts(language: str) -> Markup:
    """The registry of keys (`desk/shortcuts.html`): drawn once for all who read this language, as no words of others
    are in it."""
    with translation.override(language):
        return Markup(render_to_string("desk/shortcuts.html"))


def formatted(html: str, picture: Callable[[str], str | None], *, with_remote: bool = False) -> Markup:
    """Kept markup as it may stand in a page. `picture` gives the address of our copy of an embedded picture."""
    return _told(clean_html(html, picture, load_remote=with_remote).html)


def _told(drawn: str) -> Markup:
    """Drawn markup, its web addresses as links; behind a link that names another place than it leads to, a warning."""
    parts, at = [], 0
    markup = with_links(drawn, ' rel="noopener noreferrer nofollow" target="_blank"')
    for end, host in strays(markup):
        words = _("leads to %(host)s") % {"host": host}
        parts += [markup[at:end], ' <span class="astray" title="{0}">⚠ {0}</span>'.replace("{0}", str(escape(words)))]
        at = end
    return Markup("".join([*parts, markup[at:]]))


def quoted(html: str, picture: Callable[[str], str | None]) -> Markup:
    """Kept markup of a quote under words that stand in the page: one with a layout of its own is shown as text."""
    drawn = clean_html(html, picture)
    return _told(drawn.html) if drawn.plain_enough else plain(html_to_text(html))


def beginning(text: str) -> str:
    """The beginning of a text that is too long to be read, or drawn quickly, in the midst of others; else all of it."""
    cut = text[:MOST_LETTERS]
    lines = cut.split("\n", MOST_LINES)
    return "\n".join(lines[:MOST_LINES]) if len(lines) > MOST_LINES else cut


def plain(text: str) -> Markup:
    """Plain text as paragraphs, with its web addresses as links."""
    parts, at = [], 0
    for start, end in addresses_in(text):
        address = text[start:end]
        parts.append(escape(text[at:start]))
        link = '<a href="{0}" rel="noopener noreferrer nofollow" target="_blank">{0}</a>'
        parts.append(Markup(link).format(address))
        at = end
    parts.append(escape(text[at:]))
    escaped = "".join(parts)
    paragraphs = [block.strip("\n") for block in re.split(r"\n\s*\n", escaped) if block.strip()]
    return Markup("".join(f"<p>{block}</p>" for block in paragraphs).replace("\n", "<br>"))
