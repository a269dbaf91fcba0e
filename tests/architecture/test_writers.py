"""Who may write: verbs, in `actions`. What else writes does so for a reason that stands here.

A file that begins to write, and one that has stopped, fail here until this list says so. What a file calls is read from
its source: a verb that is called writes where the verb is.
"""

from __future__ import annotations

import ast
from pathlib import Path

from tests.architecture.source import ROOT, tree

CALLS = {
    "save", "create", "bulk_create", "get_or_create", "update_or_create", "bulk_update", "update", "delete",
}  # fmt: skip
ROWS = {"add", "put", "add_both", "change", "change_one", "changed"}  # of vikno.core.rows
# What has methods of these names and is no row.
NO_ROWS = {"names", "state", "image", "turned", "env.globals", "env.filters", "store()", "files.store()"}

# Rows of the machinery itself, of which no event tells: what waits, what is leased, how far somebody has come.
MACHINERY = """
core/files.py core/jobs.py core/own_jobs.py health/loops.py dialogs/claiming.py dialogs/deliveries.py
dialogs/switching.py dialogs/throttle.py intake/claiming.py intake/ledger.py intake/leftovers.py intake/pipeline.py
intake/names.py intake/suspecting.py intake/tries.py api/once.py care/restore.py
"""
# The journal, and its readers: each writes tables of its own.
READERS = """
journal/readers.py journal/record.py notices/readers.py notices/sending.py replies/readers.py search/filling.py
search/rebuild.py search/recent.py people/jobs.py
"""
# Signing in: sessions, links and the log of security have no ticket and no event.
SIGNING_IN = """
accounts/access.py accounts/links.py accounts/middleware.py accounts/models.py accounts/security.py
accounts/session_store.py
"""
# What a mailbox or a server told: positions, grants, keys, health, ids that were met.
POST = """
channels/email/aliases.py channels/email/believing.py channels/email/checking.py channels/email/claims.py
channels/email/compose.py
channels/email/confirming.py channels/email/forms.py channels/email/grants.py channels/email/hand_outs.py
channels/email/mailbox.py channels/email/mailbox_health.py channels/email/mailboxes.py channels/email/past.py
channels/email/past_work.py channels/email/pop3.py channels/email/positions.py channels/email/signing.py
channels/email/understood.py
"""
# Erasing, keeping and mending: they blank rows of any room and record that they did.
ERASING = """
api/erasure.py care/checks/data.py care/erasure.py care/retention.py channels/email/erasure.py dialogs/erasure.py
intake/erasure.py notices/erasing.py people/erasure.py replies/erasure.py search/erasure.py staff/erasing.py
tasks/erasure.py tickets/erasure.py
"""
# Invented history, written with its events and marked as imported.
INVENTING = """
welcome/demo.py welcome/seed.py
"""
ALLOWED = {file for group in (MACHINERY, READERS, SIGNING_IN, POST, ERASING, INVENTING) for file in group.split()}


def writes(module: ast.Module) -> bool:
    """Whether this file changes rows by itself."""
    for one in ast.walk(module):
        if not isinstance(one, ast.Call) or not isinstance(one.func, ast.Attribute):
            continue
        of = ast.unparse(one.func.value)
        if of == "rows" and one.func.attr in ROWS:
            return True
        if one.func.attr not in CALLS or of in NO_ROWS:
            continue
        # A dict or a set is updated and a digest too, but neither by names: rows are.
        if one.func.attr in ("save", "delete") or ".objects" in of or one.keywords:
            return True
    return False


def is_verb(path: Path) -> bool:
    return path.stem == "actions" or "actions" in path.parts


def test_only_verbs_write_and_whoever_is_named_here() -> None:
    files = [path for path in (ROOT / "vikno").rglob("*.py") if "migrations" not in path.parts and not is_verb(path)]
    assert {path.relative_to(ROOT / "vikno").as_posix() for path in files if writes(tree(path))} == ALLOWED


def test_no_page_and_no_answer_of_the_api_is_among_them() -> None:
    """`once` keeps first answers; besides these the faces call verbs."""
    faces = {file for file in ALLOWED if file.startswith(("desk/", "api/", "live/")) or "/views" in file}
    assert faces == {"api/once.py", "api/erasure.py"}


def test_it_would_find_a_writer() -> None:
    for line in ("Ticket.objects.filter(id=1).update(stage='x')", "ticket.save()", "Link.objects.create(a=1)",
                 "rows.add(Ticket())", "found.update(stage='x')"):  # fmt: skip
        assert writes(ast.parse(line)), line
    for line in ("digest.update(b'x')", "words.update({})", "rows.run('SELECT 1')", "close(ticket, by=act)"):
        assert not writes(ast.parse(line)), line
