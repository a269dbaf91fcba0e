"""Jinja2 as every page gets it: escaped, translated, with few helpers. `|safe` stands in one macro alone (see docs)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime, format_time, get_timezone
from django.contrib.staticfiles.storage import staticfiles_storage
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import translation
from jinja2 import Environment
from markupsafe import Markup, escape

from vikno.core import clock


def environment(**options: Any) -> Environment:
    """Made once at start by Django's Jinja2 engine."""
    env = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, **_without(options, "autoescape"))  # noqa: S701
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
    env.globals.update(static=static, url=url, icon=icon, htmx_script=_htmx_script, language=translation.get_language)
    env.filters.update(ago=ago, when=when, filesize=filesizeformat)
    return env


def _without(options: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name not in names}


def static(path: str) -> str:
    """The versioned address of a static file."""
    return staticfiles_storage.url(path)


def url(name: str, *args: Any) -> str:
    return reverse(name, args=args)


def icon(name: str) -> Markup:
    """One icon of the sprite; decoration only, so it is hidden from screen readers."""
    return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>').format(url("icons"), name)


def _htmx_script(**options: Any) -> Markup:
    from django_htmx.jinja import htmx_script

    return htmx_script(**options)


def _locale() -> Locale:
    return Locale.parse(translation.get_language() or "en")


def when(instant: datetime, zone: str = "UTC") -> str:
    """Date and time in full, as its reader's language writes them, in the zone given."""
    return format_datetime(instant, "long", tzinfo=get_timezone(zone), locale=_locale())


def short_when(instant: datetime, zone: str = "UTC", now: datetime | None = None) -> str:
    """What a list shows: the hour if it was today, the weekday and hour within a week, else the date."""
    now = now or clock.now()
    tz, locale = get_timezone(zone), _locale()
    here, today = instant.astimezone(tz), now.astimezone(tz)
    if here.date() == today.date():
        return format_time(here, "short", tzinfo=tz, locale=locale)
    days = (today.date() - here.date()).days
    if 0 < days < 7:
        return f"{format_date(here, 'EEE', locale=locale)} {format_time(here, 'short', tzinfo=tz, locale=locale)}"
    pattern = "d MMM" if here.year == today.year else "d MMM y"
    return format_date(here, pattern, locale=locale)


def ago(instant: datetime | None, zone: str = "UTC") -> Markup:
    """A <time> element: short to read, the whole in its title, the instant for the script that keeps it fresh."""
    if instant is None:
        return Markup("")
    return Markup('<time datetime="{}" title="{}" data-behaviour="local-time">{}</time>').format(
        instant.isoformat(timespec="seconds"), escape(when(instant, zone)), short_when(instant, zone)
    )
