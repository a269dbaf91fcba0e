"""What the pages about keeping data say: the last runs of duties, and what erasing a person takes and leaves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from vikno.care import erasure, retention
from vikno.core.models import DutyRun
from vikno.dialogs.models import Channel

MAILBOX = "mailbox "  # with the id of its channel: how the duty of comparing a mailbox is called


def runs() -> list[dict[str, Any]]:
    """The last run of each duty: what, when, with what result, and what went wrong ("" for nothing)."""
    last = {run.name: run for run in DutyRun.objects.order_by("name")}
    found = [_run(_("Taking away what is too old"), last.get(retention.DUTY), _taken_away)]
    names = {f"{MAILBOX}{pk}": name for pk, name in Channel.objects.order_by("id").values_list("id", "name")}
    for duty, name in names.items():
        if duty in last:
            found.append(_run(_("Comparing the mailbox “%(name)s”") % {"name": name}, last[duty], _compared))
    return found


def _run(what: str, run: DutyRun | None, words: Callable[[dict[str, Any]], str]) -> dict[str, Any]:
    if run is None or run.started_at is None:
        return {"what": what, "when": None, "result": _("Not yet. It runs every night."), "error": ""}
    result = words(run.result) if run.finished_at else _("Running now, or cut off: then it runs again next night.")
    return {"what": what, "when": run.started_at, "result": result, "error": run.error}


def _taken_away(result: dict[str, Any]) -> str:
    gone = [f"{kind.title}: {result[name]}" for name, kind in retention.KINDS.items() if result.get(name)]
    return "; ".join(gone) or _("Nothing was old enough.")


def _compared(result: dict[str, Any]) -> str:
    return _("Letters in the mailbox: %(there)s; missing here: %(missing)s; fetched: %(taken)s.") % {
        "there": result.get("in_mailbox", 0), "missing": result.get("missing", 0), "taken": result.get("taken", 0),
    }  # fmt: skip


def last_erasure() -> datetime | None:
    """When somebody was erased last, as far as it is remembered; whom is told nowhere."""
    remembered = erasure.remembered().values()
    return datetime.fromisoformat(max(remembered)) if remembered else None


def preview_words(preview: dict[str, dict[str, int]]) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """What goes and what stays, each in words and how many; what there is none of is left out."""
    counts: dict[str, int] = {}
    for room in preview.values():
        for kind, count in room.items():
            counts[kind] = counts.get(kind, 0) + count
    goes = {
        "names": _("Names"), "identities": _("Addresses and phones"), "contracts": _("Contract numbers"),
        "fields": _("What custom fields say of them"),
        "tickets": _("Their requests: subject and words"), "notes": _("Notes about them and their requests"),
        "drafts": _("Drafts of answers to them"), "draft_files": _("Files that wait with these drafts"),
        "messages": _("Messages from them and to them"), "files": _("Files in these messages"),
        "deliveries": _("What mail servers said about letters to them"),
        "raw": _("Letters as they came in"), "tasks": _("To-dos of colleagues about them and their requests"),
        "own_notes": _("What colleagues noted for themselves about them"), "logins": _("Their login"),
    }  # fmt: skip
    stays = {
        "tickets_of_others": _("Requests of others in which they wrote: subject and notes stay"),
        "quoted_elsewhere": _("Answers to others that may quote them or name them"),
    }
    known = goes | stays
    more = {kind: kind for kind in counts if kind not in known}  # of a room that has no words here yet

    def listed(words: dict[str, str]) -> list[tuple[str, int]]:
        return [(word, counts[kind]) for kind, word in words.items() if counts.get(kind)]

    return listed(goes | more), listed(stays)
