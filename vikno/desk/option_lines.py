"""What can be chosen in a field, as it is typed: one on each line. In a tree, what belongs to another stands below it
and further in, or is written with all that it belongs to: "Printers / Ink"."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from django import forms
from django.utils.translation import gettext as _

from vikno.core.text import one_line
from vikno.tickets.actions import words
from vikno.tickets.actions.asking_fields import DEEPEST
from vikno.tickets.models import FieldOption

Path = tuple[str, ...]
MOST = 500  # at once
BETWEEN = " / "  # as pages write it
_SLASH = re.compile(r"(?:(?<=\s)|^)/(?=\s|$)")  # one that stands apart; "A/B" is a name
TAB = 4  # columns


def read(text: str, *, tree: bool) -> list[Path]:
    """Each thing to choose as the way to it from the top, what others belong to before these. Raises
    forms.ValidationError, which names the line."""
    found: dict[Path, int] = {}
    named: set[Path] = set()
    for number, path in _paths(text) if tree else _names(text):
        for name in path:
            _check(name, number)
        if path in named:
            raise _wrong(_("Line %(number)s: “%(name)s” stands there twice."), number, BETWEEN.join(path))
        if len(path) > DEEPEST:
            raise _wrong(_("Line %(number)s: a tree has at most %(count)s levels."), number, count=DEEPEST)
        named.add(path)
        for depth in range(1, len(path) + 1):
            found.setdefault(path[:depth], number)
    if len(found) > MOST:
        raise forms.ValidationError(_("At most %(count)s at once. Add the others later.") % {"count": MOST})
    return list(found)


def _names(text: str) -> Iterator[tuple[int, Path]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield number, (one_line(line.strip(), 1000),)


def _paths(text: str) -> Iterator[tuple[int, Path]]:
    above: list[tuple[int, Path]] = []  # of the line before: how far in it stands, and all that it belongs to
    for number, line in enumerate(textwrap.dedent(text.expandtabs(TAB)).splitlines(), 1):
        if not line.strip():
            continue
        indent = len(line) - len(line.lstrip())
        if above and indent < above[-1][0] and indent not in [known for known, _path in above]:
            raise _wrong(_("Line %(number)s stands as far in as no line above it: what does it belong to?"), number)
        if not above and indent:
            raise _wrong(_("Line %(number)s stands further in, and nothing above it that it could belong to."), number)
        while above and above[-1][0] >= indent:
            above.pop()
        own = tuple(one_line(part.strip(), 1000) for part in _SLASH.split(line.strip()))
        path = (above[-1][1] if above else ()) + own
        above.append((indent, path))
        yield number, path


def _check(name: str, number: int) -> None:
    longest = words.longest(FieldOption)
    if not name:
        raise _wrong(_("Line %(number)s: something is missing beside a “/”."), number)
    if len(name) > longest:
        said = _("Line %(number)s: “%(name)s…” is longer than %(count)s characters.")
        raise _wrong(said, number, name[:40], count=longest)


def _wrong(said: str, number: int, name: str = "", **more: int) -> forms.ValidationError:
    return forms.ValidationError(said % {"number": number, "name": name, **more})
