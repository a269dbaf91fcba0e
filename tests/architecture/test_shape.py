"""The shape of the code: what docs/architecture.md promises and no reviewer should have to look for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import files, functions, length, name, tree

# What is longer than it should be, and why.
LONG_FILES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {}
MOST_LINES = {".py": 400, ".html": 400, ".js": 150, ".css": 300}
MOST_LINES_OF_A_FUNCTION = 60
MOST_LINES_OF_A_VIEW = 30

# Where text that is not written in the code becomes markup without being escaped, and why it may.
MARKUP: dict[str, str] = {
    "vikno/desk/drawing.py": "the text of messages, on what nh3 has cleaned; the one place of its kind",
}
NAMES_OF_NOTHING = {"utils", "util", "helpers", "helper", "misc", "common", "stuff", "mixins"}


def test_no_file_is_named_after_nothing() -> None:
    assert [name(path) for path in files("") if path.stem in NAMES_OF_NOTHING] == []


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_signals_are_heard_in_one_file_and_none_is_ours() -> None:
    """Who acts on a change must be found by reading the verb, not by searching for who listens."""
    heard = {
        name(path)
        for path in files(".py", parts=("vikno",))
        for module in imported(path)
        if module.startswith("django.dispatch") or "signals" in module.split(".")
    }
    assert heard <= {"vikno/accounts/heard.py"}


def test_no_model_acts_when_it_is_saved() -> None:
    """No `save` or `delete` of our own, and no field that changes a value behind the verb's back."""
    hooks = [
        f"{name(path)}: {node.name}.{method.name}"
        for path in files(".py", parts=("vikno",))
        if "models" in path.parts or path.stem == "models"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
        for method in node.body
        if isinstance(method, ast.FunctionDef) and method.name in {"save", "delete", "full_clean", "pre_save"}
    ]
    assert hooks == []


def test_text_becomes_markup_in_named_places_only() -> None:
    found = {
        name(path) for path in files(".html", ".txt", parts=("vikno",)) if re.search(r"\|\s*safe\b", path.read_text())
    }
    for path in files(".py", parts=("vikno",)):
        for node in ast.walk(tree(path)):
            called = node.func if isinstance(node, ast.Call) else None
            called_name = getattr(called, "id", getattr(called, "attr", ""))
            written_here = isinstance(node, ast.Call) and all(isinstance(word, ast.Constant) for word in node.args)
            if called_name in {"Markup", "mark_safe"} and not written_here:
                found.add(name(path))
    assert found == set(MARKUP)


def test_templates_run_no_script_and_carry_no_style_of_their_own() -> None:
    """The page's policy would drop both without a word."""
    faults = []
    for path in files(".html", parts=("vikno",)):
        text = path.read_text()
        for pattern in (
            r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>",
            r"<style\b",
            r"\sstyle=",
            r"\son\w+=",
            r"hx-on[:=]",
        ):
            faults += [f"{name(path)}: {match.group().strip()}" for match in re.finditer(pattern, text)]
    assert faults == []


@pytest.mark.parametrize("suffix", MOST_LINES)
def test_files_are_short(suffix: str) -> None:
    sizes = sorted(((len(path.read_text().splitlines()), name(path)) for path in files(suffix)), reverse=True)
    print(*(f"{lines:5} {path}" for lines, path in sizes[:10]), sep="\n")
    too_long = [f"{path}: {lines}" for lines, path in sizes if lines > MOST_LINES[suffix] and path not in LONG_FILES]
    assert too_long == [], f"more than {MOST_LINES[suffix]} lines: split it, or give a reason in {name(Path(__file__))}"


def test_functions_are_short() -> None:
    sizes = sorted(
        ((length(one), f"{name(path)}:{one.name}") for path in files(".py") for one in functions(path)), reverse=True
    )
    print(*(f"{lines:5} {where}" for lines, where in sizes[:15]), sep="\n")
    too_long = [
        f"{where}: {lines}"
        for lines, where in sizes
        if lines > MOST_LINES_OF_A_FUNCTION and where not in LONG_FUNCTIONS
    ]
    assert too_long == [], (
        f"more than {MOST_LINES_OF_A_FUNCTION} lines: split it, or give a reason in {name(Path(__file__))}"
    )


def test_views_parse_call_and_answer() -> None:
    views = [path for path in files(".py", parts=("vikno",)) if path.stem == "views" or "views" in path.parts]
    too_long = [
        f"{name(path)}:{one.name}: {length(one)}"
        for path in views
        for one in functions(path)
        if length(one) > MOST_LINES_OF_A_VIEW
    ]
    assert too_long == [], f"more than {MOST_LINES_OF_A_VIEW} lines: what it does belongs into a verb or a query"


def _is_text(call: ast.Call) -> bool:
    return bool(call.args) and isinstance(call.args[0], ast.Constant)


def test_no_words_hide_in_an_f_string() -> None:
    """Whoever gathers the words to be translated does not look into these: such words stay English."""
    marks = {"_", "gettext", "ngettext"}
    hidden = [
        f"{name(path)}:{call.lineno}"
        for path in files(".py", parts=("vikno",))
        for node in ast.walk(tree(path))
        if isinstance(node, ast.JoinedStr)
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in marks and _is_text(call)
    ]
    assert hidden == []
