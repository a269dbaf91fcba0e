"""Jinja2 as every page gets it: escaped, translated, with few helpers. `|safe` stands in one macro alone (see docs)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.contrib.staticfiles.storage import staticfiles_storage
from django.urls import reverse
from django.utils import translation
from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from vikno.core import icons
from vikno.core.look import look
from vikno.core.sizes import size_words
from vikno.core.times import full_time, short_times


def environment(**options: Any) -> Environment:
    """Made once at start by Django's Jinja2 engine."""
    env = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, **_without(options, "autoescape"))
    env.add_extension("jinja2.ext.i18n")
    env.add_extension("jinja2.ext.do")
    env.policies["ext.i18n.trimmed"] = True
    env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=translation.gettext,
        ngettext=translation.ngettext,
        pgettext=translation.pgettext,
        npgettext=translation.npgettext,
        newstyle=True,
    )
    said = said_once(env.globals["gettext"])  # type: ignore[arg-type]
    env.globals.update({"gettext": said, "_": said})
    env.globals.update(
        static=static, url=url, icon=icon, look=look, htmx_script=_htmx_script, language=translation.get_language
    )
    env.filters.update(ago=ago, filesize=size_words)
    return env


def _without(options: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name not in names}


MOST_WORDS = 10_000  # that are kept; there are some two thousand in each language


def said_once(gettext: Callable[..., Any]) -> Callable[..., Any]:
    """The `gettext` of templates, which remembers what it said. Hundreds of words stand on a page; those without values
    are the same each time in one language."""
    kept: dict[tuple[str, str | None], Any] = {}

    @pass_context
    def said(context: Context, message: str, /, **values: Any) -> Any:
        if values:
            return gettext(context, message, **values)
        key = message, translation.get_language()
        found = kept.get(key)
        if found is None:
            if len(kept) >= MOST_WORDS:
                kept.clear()
            found = kept[key] = gettext(context, message)
        return found

    return said


def static(path: str) -> str:
    """The versioned address of a static file."""
    return staticfiles_storage.url(path)


def url(name: str, *args: Any) -> str:
    return reverse(name, args=args) if args else _address(name)


@lru_cache(maxsize=500)
def _address(name: str) -> str:
    return reverse(name)


@lru_cache(maxsize=1)
def _sprite_address() -> str:
    return reverse("icons", args=[icons.version()])


def icon(name: str) -> Markup:
    """One icon of the sprite. Raises KeyError for a name it does not hold."""
    return icons.use(name, _sprite_address())


def _htmx_script(**options: Any) -> str:
    from django_htmx.jinja import htmx_script

    return htmx_script(**options)


def ago(instant: datetime | None, zone: str) -> Markup:
    """A <time> element in the zone of its reader: short to read, the whole in its title, the instant for the script
    that keeps it fresh."""
    if instant is None:
        return Markup("")
    zone, language = str(zone), translation.get_language() or "en"
    return Markup('<time datetime="{}" title="{}" data-ago>{}</time>').format(
        instant.isoformat(timespec="seconds"), full_time(instant, zone, language), short_times(zone, language)(instant)
    )
