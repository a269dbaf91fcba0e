"""docs/contracts.md, which other programs are built on, names all that there is, and nothing else."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT
from tests.databases import clean_environment
from vikno import cli
from vikno.api.once import KEPT, LONGEST_KEY
from vikno.api.paging import MOST
from vikno.api.urls import api
from vikno.commands import mail
from vikno.dialogs.models import Message
from vikno.intake.models import Fate

PAGE = (ROOT / "docs/contracts.md").read_text(encoding="utf-8")
# May end any command, and stand below the table.
ALWAYS = {os.EX_UNAVAILABLE, os.EX_SOFTWARE, os.EX_CONFIG}


def table(head: str) -> dict[str, list[str]]:
    """The rows of the table with this first cell in its head: first cell without its marks -> the other cells."""
    rows = PAGE.partition(f"| {head} |")[2].partition("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in row.strip("| ").split(" | ")] for row in rows]
    return {first: others for first, *others in cells}


def named(head: str) -> set[str]:
    """All that stands as code in the first cells of a table."""
    return {word for cell in table(head) for word in re.findall(r"`([^`]+)`", cell)}


def test_every_command_is_there_with_the_codes_that_it_ends_with() -> None:
    told = {re.findall(r"`vikno ([a-z-]+)", cell)[0]: others[-1] for cell, others in table("command").items()}
    assert set(told) == set(cli.names())
    for name, codes in told.items():
        source = (ROOT / f"vikno/commands/{name.replace('-', '_')}.py").read_text(encoding="utf-8")
        used = {getattr(os, word) for word in re.findall(r"os\.(EX_[A-Z]+)", source)} | {os.EX_OK}
        listed = {int(code) for code in codes.split(", ")}
        assert used <= listed, name
        assert listed - used <= {1}, name  # which has no name


def test_every_code_is_explained() -> None:
    listed = {int(code) for _what, codes in table("command").values() for code in codes.split(", ")}
    assert {int(code) for code in table("code")} == listed | ALWAYS | {130}


def test_a_command_that_is_used_wrongly_ends_as_the_page_says() -> None:
    command = [sys.executable, "-P", "-m", "vikno", "token"]
    done = subprocess.run(command, env=clean_environment(), cwd=ROOT, capture_output=True)
    assert done.returncode == os.EX_USAGE


def test_fates_and_kinds_are_all_there() -> None:
    assert named("fate") == set(Fate.values)
    assert named("kind") == set(Message.Kind.values)


def test_the_fields_of_mail_are_all_there() -> None:
    assert named("field") == set(mail._nothing("failed", "later")) | {"detail"}
    answered = next(
        one for one in ast.walk(ast.parse(Path(mail.__file__).read_text(encoding="utf-8")))
        if isinstance(one, ast.FunctionDef) and one.name == "_answer"
    )  # fmt: skip
    [full] = [one for one in ast.walk(answered) if isinstance(one, ast.Dict) and len(one.keys) > 5]
    keys = {ast.literal_eval(key) for key in full.keys if key is not None}
    assert keys == set(mail._nothing("failed", "later"))


@pytest.mark.parametrize("path", ["/tickets", "/tickets/{number}/messages", "/people", "/inbound"])
def test_the_key_against_repeating_is_in_the_description(path: str) -> None:
    schema = json.loads(json.dumps(api.get_openapi_schema(path_prefix="/api/v1"), default=str))
    posts = {name: one["post"] for name, one in schema["paths"].items() if "post" in one}
    assert len(posts) == 4, "say of the new one whether it may be repeated"
    [key] = [one for one in posts[f"/api/v1{path}"]["parameters"] if one["in"] == "header"]
    assert (key["name"], key["schema"]["maxLength"]) == ("Idempotency-Key", LONGEST_KEY)


def test_what_the_page_says_of_lists_and_of_the_key_is_so() -> None:
    assert f"`?limit=` is at most {MOST}." in PAGE
    words = next(line for line in PAGE.split("\n- ") if line.startswith("**`Idempotency-Key`**"))
    assert f"{KEPT.total_seconds() / 3600:g} hours" in words and f"{LONGEST_KEY} characters" in words
