"""Jinja2 as every page gets it: escaped, translated, with few helpers. `|safe` stands in one macro alone (see docs)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache, partial
from typing import Any

from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils import translation
from django.utils.functional import SimpleLazyObject
from jinja2 import Environment, nodes, pass_context
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context
from markupsafe import Markup, escape

try:
    from markupsafe._speedups import _escape_inner
except ImportError:  # where markupsafe was installed without its part in C
    from markupsafe._native import _escape_inner

from vikno.core import icons
from vikno.core.look import look
from vikno.core.sizes import size_words
from vikno.core.times import full_time, short_times


class Code(CodeGenerator):
    """What Jinja2 makes of a template, but that what stands in it is escaped by `escaped`: a thousand times a page."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            return super()._output_child_pre(node, frame, finalize)
        self.write("environment.escaped(")


class Pages(Environment):
    """Jinja2's environment with code of ours."""

    code_generator_class = Code

    @staticmethod
    def escaped(value: Any) -> str:
        """As markupsafe.escape, for what is written to the page and used no more: plain words, not a Markup that is
        made for each."""
        kind = type(value)
        if kind is str:
            return _escape_inner(value)
        if kind is Markup:
            return value
        return str(value) if kind is int else escape(value)


def environment(**options: Any) -> Environment:
    """Made once at start by Django's Jinja2 engine."""
    env = Pages(autoescape=True, trim_blocks=True, lstrip_blocks=True, **_without(options, "autoescape"))
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
    env.globals["part"] = kept_parts(env)
    env.filters.update(ago=ago, filesize=size_words)
    return env


def _without(options: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name not in names}


def token_of_forms(request: HttpRequest) -> dict[str, Any]:
    """The token that each form of a page carries, made once for the page: Django's own for Jinja2 is made anew for each
    form, by 32 random choices. A page without a form makes none."""
    return {"csrf_token": SimpleLazyObject(partial(get_token, request))}


MOST_PARTS = 1_500  # that are kept; some 4 KB each
MOST_WORDS = 10_000  # that are kept; there are some two thousand in each language


def kept_parts(env: Environment) -> Callable[..., Any]:
    """The `part` of templates: what the macro `part` of a template makes of these values and of nothing else but words.
    It is made once for the same values in one language, so a list that is asked for anew makes only those of its rows
    that have changed. The values must be hashable."""

    @lru_cache(maxsize=MOST_PARTS, typed=True)  # typed: words that are markup are not those that are none
    def kept(name: str, _language: str | None, *values: Any) -> Any:
        return env.get_template(name).module.part(*values)  # type: ignore[attr-defined]

    def part(name: str, *values: Any) -> Any:
        return kept(name, translation.get_language(), *values)

    return part


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
