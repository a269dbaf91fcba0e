"""Catalogues of the words of the interface: Python and templates in one domain. Called by bin/translate and the tests.

A catalogue keeps nothing that changes by itself (no dates, no places), so a difference is always a word.
"""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent.parent
LANGUAGES = ("uk", "ru")
DOMAIN = "django"
KEYWORDS: dict[str, Any] = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
SEPARATOR = "\x04"  # between context and words, as gettext itself has it
NO_DATE = datetime(2026, 1, 1, tzinfo=UTC)  # a catalogue without dates would be compiled with today's
# What must stay as it is in every language: %(name)s, %s, {name}, and tags.
FIXED = re.compile(r"%%|%\(\w+\)[sdf]|%[sd]|\{\w*\}|</?[a-z][^>]*>")


def words(root: Path = ROOT) -> Catalog:
    """Every word that is marked in code and templates. Ours are gathered once: that takes seconds."""
    return _of_ours() if root == ROOT else _gathered(root)


@cache
def _of_ours() -> Catalog:
    return _gathered(ROOT)


def _gathered(root: Path) -> Catalog:
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    catalog = Catalog()
    found = extract_from_dir(root / "vikno", methods, options, KEYWORDS, comment_tags=("Translators:",))
    for _file, _line, words, comments, context in found:
        catalog.add(words, None, auto_comments=comments, context=context)
    return catalog


def path_of(language: str, root: Path = ROOT) -> Path:
    return root / "vikno" / "locale" / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(language: str, root: Path = ROOT) -> Catalog:
    """The catalogue as it lies there; empty if there is none yet."""
    path = path_of(language, root)
    if not path.exists():
        return Catalog(locale=language, domain=DOMAIN)
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN, ignore_obsolete=True)


def write(language: str, catalog: Catalog, root: Path = ROOT) -> None:
    """Writes catalogue and compiled catalogue."""
    path = path_of(language, root)
    path.parent.mkdir(parents=True, exist_ok=True)
    body = io.BytesIO()
    write_po(body, catalog, width=100, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True)
    head = "\n".join(
        [
            'msgid ""',
            'msgstr ""',
            '"Content-Type: text/plain; charset=utf-8\\n"',
            '"Content-Transfer-Encoding: 8bit\\n"',
            f'"Language: {language}\\n"',
            f'"Plural-Forms: {catalog.plural_forms}\\n"',
        ]
    )
    path.write_bytes(f"{head}\n\n".encode() + body.getvalue().strip() + b"\n")
    path.with_suffix(".mo").write_bytes(compiled(read(language, root)))


def compiled(catalog: Catalog) -> bytes:
    catalog.creation_date = catalog.revision_date = NO_DATE
    catalog.header_comment = ""
    body = io.BytesIO()
    write_mo(body, catalog)
    return body.getvalue()


def update(language: str, root: Path = ROOT) -> Catalog:
    """Takes new words in, lets unused ones go, keeps what is translated; guesses nothing."""
    catalog = read(language, root)
    catalog.update(words(root), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    write(language, catalog, root)
    return catalog


def missing(language: str, root: Path = ROOT) -> list[dict[str, Any]]:
    """What has no translation, in the form that `fill` takes: fill in "text" (with a plural, a list of forms)."""
    there = read(language, root)
    open_words = []
    for message in words(root):
        known = there.get(message.id, context=message.context)
        if not message.id or (known is not None and is_translated(known)):
            continue
        entry: dict[str, Any] = {"id": message.id, "text": ""}
        if message.pluralizable:
            entry = {"id": message.id[0], "plural": message.id[1], "text": [""] * there.num_plurals}
        if message.context:
            entry["context"] = message.context
        if message.auto_comments:
            entry["comment"] = " ".join(message.auto_comments)
        open_words.append(entry)
    return open_words


def fill(language: str, given: list[dict[str, Any]] | dict[str, Any], root: Path = ROOT) -> list[str]:
    """Writes translations into the catalogue. Also takes {"words": "слова"}. Returns what was not taken, and why."""
    if isinstance(given, dict):
        pairs = [(key, text) for key, text in given.items()]
        given = [
            {"id": key.rpartition(SEPARATOR)[2], "context": key.rpartition(SEPARATOR)[0] or None, "text": text}
            for key, text in pairs
        ]
    catalog = update(language, root)
    refused = []
    for entry in given:
        message = catalog.get(entry["id"], context=entry.get("context"))
        if message is None:
            refused.append(f"not in the program: {entry['id']!r}")
            continue
        before, text = message.string, entry["text"]
        message.string = tuple(text) if isinstance(text, list) else text
        wrong = list(faults(message, catalog.num_plurals))
        if wrong:
            message.string = before
            refused += [f"{entry['id']!r}: {fault}" for fault in wrong]
    write(language, catalog, root)
    return refused


def is_translated(message: Message) -> bool:
    forms = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    return all(forms)


def faults(message: Message, plurals: int) -> Iterator[str]:
    """What is wrong with one translation."""
    if not is_translated(message):
        yield "not translated"
        return
    if message.fuzzy:
        yield "marked fuzzy"
    if message.pluralizable:
        if isinstance(message.string, str) or len(message.string) != plurals:
            yield f"{plurals} plural forms are needed"
            return
        # The first form also stands for 21 and 31, so it needs the number as the others do.
        expected: str = message.id[1]
        forms = tuple(message.string)
    else:
        if not isinstance(message.string, str):
            yield "has plural forms, and the words have none"
            return
        expected, forms = str(message.id), (message.string,)
    for form in forms:
        if sorted(FIXED.findall(form)) != sorted(FIXED.findall(expected)):
            yield f"placeholders or tags differ: {form!r}"


def problems(language: str, root: Path = ROOT) -> list[str]:
    """All that is wrong with a language: missing, fuzzy, wrong or unused words, a stale compiled catalogue."""
    there, wanted = read(language, root), words(root)
    found = []
    for message in wanted:
        if not message.id:
            continue
        known = there.get(message.id, context=message.context)
        if known is None or known.pluralizable != message.pluralizable:
            found.append(f"{language}: not in the catalogue: {message.id!r}")
        else:
            found += [f"{language}: {fault}: {message.id!r}" for fault in faults(known, there.num_plurals)]
    for message in there:
        if message.id and wanted.get(message.id, context=message.context) is None:
            found.append(f"{language}: no longer used: {message.id!r}")
    machine = path_of(language, root).with_suffix(".mo")
    if not machine.exists() or machine.read_bytes() != compiled(there):
        found.append(f"{language}: {machine.name} is not made from {DOMAIN}.po; run bin/translate")
    return found


def main(arguments: list[str]) -> int:
    match arguments:
        case []:
            for language in LANGUAGES:
                update(language)
                open_words = len(missing(language))
                print(f"{language}: {len(words())} words, {open_words} without translation")
            return 0
        case ["--check"]:
            found = [problem for language in LANGUAGES for problem in problems(language)]
            print("\n".join(found) or "All words are translated.")
            return 1 if found else 0
        case ["--missing"]:
            lists = {language: missing(language) for language in LANGUAGES}
            print(json.dumps(lists, ensure_ascii=False, indent=1))
            return 0
        case ["--missing", language] if language in LANGUAGES:
            print(json.dumps(missing(language), ensure_ascii=False, indent=1))
            return 0
        case ["--fill", language, file] if language in LANGUAGES:
            refused = fill(language, json.loads(Path(file).read_text()))
            print("\n".join(refused) or "All taken.", file=sys.stderr)
            print(f"{language}: {len(missing(language))} words without translation")
            return 1 if refused else 0
    print("Use: bin/translate [--check | --missing [uk|ru] | --fill uk|ru FILE.json]", file=sys.stderr)
    return 64


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
