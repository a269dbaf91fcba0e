"""Words of templates: translated, escaped, with their values."""

from __future__ import annotations

import pytest
from django.test import RequestFactory
from django.utils import translation
from django.utils.translation import gettext_lazy
from jinja2 import DictLoader
from markupsafe import Markup

from vikno.core.pages import environment, token_of_forms


def drawn(source: str, language: str, **context: object) -> str:
    with translation.override(language):
        return environment().from_string(source).render(**context)


def test_each_language_has_its_own_words_however_often_they_were_asked_for() -> None:
    source = '{{ _("Close") }} {{ gettext("Close") }}'
    words = {language: {drawn(source, language) for _ in range(2)} for language in ("en", "uk", "ru")}
    assert words["en"] == {"Close Close"}
    assert all(len(said) == 1 for said in words.values())
    assert len(set.union(*words.values())) == 3


def test_values_are_escaped_and_the_words_themselves_are_not() -> None:
    assert drawn('{{ _("by %(name)s & co", name=name) }}', "en", name="<b>") == "by &lt;b&gt; & co"
    assert drawn('{{ _("100%% <i>sure</i>") }}', "en") == "100% <i>sure</i>"


class Odd:
    """What is neither words nor a number."""

    def __str__(self) -> str:
        return "<odd>"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("<b> & 'c'", "&lt;b&gt; &amp; &#39;c&#39;"),
        (Markup("<b>"), "<b>"),
        (7, "7"),
        (True, "True"),
        (None, "None"),
        (Odd(), "&lt;odd&gt;"),
        (gettext_lazy("“%s”"), "“%s”"),
    ],
)
def test_what_stands_in_a_page_is_escaped(value: object, told: str) -> None:
    macro = "{% macro made(value) %}{{ value }}{% endmacro %}{{ made(value) }}"
    assert drawn("{{ value }}", "en", value=value) == drawn(macro, "en", value=value) == told


def test_a_part_is_kept_by_its_values_its_language_and_whether_they_are_markup() -> None:
    env = environment(
        loader=DictLoader({"row.html": '{% macro part(word) %}{{ word }} {{ _("Close") }}{% endmacro %}'})
    )
    made = env.from_string('{{ part("row.html", word) }}')
    with translation.override("en"):
        assert made.render(word="<b>") == "&lt;b&gt; Close"
        assert made.render(word=Markup("<b>")) == "<b> Close"
        assert made.render(word="<b>") == "&lt;b&gt; Close"
    with translation.override("uk"):
        assert made.render(word="<b>").startswith("&lt;b&gt; ")
        assert "Close" not in made.render(word="<b>")


def test_all_forms_of_a_page_carry_one_token_and_a_page_without_one_makes_none() -> None:
    request = RequestFactory().get("/")
    context = token_of_forms(request)
    assert drawn("no form", "en", **context) == "no form"
    assert "CSRF_COOKIE" not in request.META  # so no cookie is set
    one, other = drawn("{{ csrf_token }} {{ csrf_token }}", "en", **context).split()
    assert one == other
    assert len(one) == 64
