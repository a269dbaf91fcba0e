"""Words of templates: translated, escaped, with their values."""

from __future__ import annotations

from django.utils import translation

from vikno.core.pages import environment


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
