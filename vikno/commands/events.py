"""`vikno events`: the vocabulary of the journal as a page (docs/events.md is this, kept by a test)."""

from __future__ import annotations

import argparse
import inspect
import re

from vikno.journal import vocabulary
from vikno.terminal import N_

SUMMARY = N_("Print the vocabulary of the journal as a page.")

SETUP = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def run(args: argparse.Namespace) -> int:
    print(page(), end="")
    return 0


def page() -> str:
    """The page, from the one place where the verbs are told."""
    lines = [
        "# Events",
        "",
        "Every change writes one event. It holds ids, codes and numbers, never words; `delta` maps a field to what it",
        "was before and after. The meaning of a verb never changes. Made by `vikno events`.",
        "",
    ]
    source = inspect.getsource(vocabulary.Verb).splitlines()
    for line in source:
        heading = re.fullmatch(r"    # (.+)", line)
        verb = re.fullmatch(r'    [A-Z_]+ = "([a-z_.]+)"(?:  # (.+))?', line)
        if heading:
            lines += ["", f"## {heading[1]}", "", "| verb | what happened |", "|---|---|"]
        elif verb:
            lines.append(f"| `{verb[1]}` | {verb[2] or verb[1].replace('.', ': ').replace('_', ' ')} |")
    return "\n".join(lines).replace("\n\n\n", "\n\n") + "\n"
