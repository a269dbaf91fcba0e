"""The data themselves: files and their rows, and what columns say against what they were worked out from."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from vikno.care import erasure
from vikno.care.doctor import Check, Finding, some
from vikno.core import clock
from vikno.core.files import store
from vikno.core.models import Company, StoredFile
from vikno.dialogs.models import Dialog, Message
from vikno.people.models import Person
from vikno.staff.models import Agent, Team
from vikno.terminal import N_
from vikno.terminal import gettext as _
from vikno.tickets.actions.changing import lock_dialog, lock_with_survivors
from vikno.tickets.actions.creating import FIRST_NUMBER
from vikno.tickets.actions.linking import by_the_team, previews_anew, shows_too_much, shows_words_of, summary_of
from vikno.tickets.models import Link, Priority, Stage, Status, Ticket, TicketNumber

ORPHAN_AGE = 24 * 3600  # seconds; a younger file may belong to a transaction that is just ending
PART_AGE = 3600  # seconds; no file takes that long to be written
BATCH = 500


# ---- the company's words --------------------------------------------------------------------------------------------


def words() -> Iterator[Finding]:
    if not Company.objects.exists():
        yield Finding(
            _("There is no company yet."), _("Nobody can sign in and no letter is accepted."),
            _("Run `vikno setup`, or open the link that `vikno serve` prints."),
        )  # fmt: skip
        return
    if not Team.objects.filter(default=True, archived_at=None).exists():
        team = Team.objects.filter(archived_at=None).order_by("id").first()
        yield Finding(
            _("No team is the default one."), _("What no rule and no address places has nobody responsible."),
            _("Choose the default team in the settings."), _making_default(team) if team else None,
        )  # fmt: skip
    for stage in Stage.values:
        if not Status.objects.filter(stage=stage, archived_at=None).exists():
            yield Finding(
                _("There is no status of the stage “%(stage)s”.") % {"stage": stage},
                _("Tickets cannot come into this stage; letters may fail."), _("Make one in the settings."),
            )  # fmt: skip
    if not Priority.objects.filter(archived_at=None).exists():
        yield Finding(_("There is no priority."), _("No ticket can be made."), _("Make one in the settings."))
    if not Agent.objects.filter(role=Agent.Role.OWNER, active=True).exists():
        yield Finding(
            _("No active agent is an owner."),
            _("Nobody can change the settings."),
            _("Restore a backup, or report this."),
        )


def _making_default(team: Team) -> Callable[[], str]:
    def mend() -> str:
        Team.objects.filter(default=True).update(default=False)
        Team.objects.filter(id=team.id).update(default=True)
        return _("“%(name)s” is the default team now.") % {"name": team.name}

    return mend


# ---- files ----------------------------------------------------------------------------------------------------------


def files() -> Iterator[Finding]:
    there = set(store().keys())
    named = set()
    missing = []
    for key in StoredFile.objects.values_list("key", flat=True).iterator():
        named.add(key)
        if key not in there:
            missing.append(key)
    if missing:
        yield Finding(
            _("%(count)s files are named by rows and are not on disk: %(names)s.")
            % {"count": len(missing), "names": some(missing, len(missing))},
            _("Attachments or raw letters cannot be opened; their messages say so and still show their text."),
            _("Copy the folder %(path)s back from a backup: the names above are names of files there.")
            % {"path": settings.DATA / "files"},
        )
    orphans = sorted(key for key in there - named if _age(key) > ORPHAN_AGE)
    if orphans:
        yield Finding(
            _("%(count)s files on disk are named by no row: %(names)s.")
            % {"count": len(orphans), "names": some(orphans, len(orphans))},
            _("Only room on the disk: a transaction failed after the file was written."),
            _("They can be removed."),
            lambda: _remove(orphans),
        )


def unfinished() -> Iterator[Finding]:
    begun = list(store().unfinished(PART_AGE))
    if begun:
        yield Finding(
            _("%(count)s files were begun and never finished: %(names)s.")
            % {"count": len(begun), "names": some((one.name for one in begun), len(begun))},
            _(
                "Only room on the disk: the program was ended while it wrote them, and whoever "
                "brought them was told so."
            ),
            _("They can be removed."),
            lambda: _unlink(begun),
        )


def _unlink(paths: list[Path]) -> str:
    for path in paths:
        path.unlink(missing_ok=True)
    return _("%(count)s unfinished files were removed.") % {"count": len(paths)}


def _age(key: str) -> float:
    try:
        with store().open(key) as file:
            return time.time() - Path(file.name).stat().st_mtime
    except (OSError, LookupError, AttributeError, TypeError):
        return 0.0


def _remove(keys: Iterable[str]) -> str:
    count = 0
    for key in keys:
        if not StoredFile.objects.filter(key=key).exists():
            store().delete(key)
            count += 1
    return _("%(count)s files were removed.") % {"count": count}


# ---- tickets --------------------------------------------------------------------------------------------------------


def merge_cycles() -> Iterator[Finding]:
    """Merged tickets form trees. A circle would be read without end."""
    into: dict[int, int | None] = dict(
        Ticket.objects.filter(merged_into__isnull=False).values_list("id", "merged_into_id").iterator()
    )
    bad: set[int] = set()
    good: set[int] = set()
    for start in into:
        way: list[int] = []
        here: int | None = start
        while here in into and here not in good and here not in way:
            way.append(here)
            here = into[here]
        (bad if here in way or here in bad else good).update(way)
    if bad:
        numbers = Ticket.objects.filter(id__in=list(bad)[:100]).values_list("number", flat=True)
        yield Finding(
            _("%(count)s tickets are merged in a circle: %(names)s.")
            % {"count": len(bad), "names": some(numbers, len(bad))},
            _("They are in no list, and their pages may hang."),
            _("One link of each circle is taken out; the newest ticket of it stands by itself again."),
            lambda: _open_circles(into, bad),
        )


def _open_circles(into: dict[int, int | None], bad: set[int]) -> str:
    count = 0
    left = set(bad)
    while left:
        start = left.pop()
        way = [start]
        while (following := into.get(way[-1])) is not None and following not in way:
            way.append(following)
        circle = way[way.index(following) :] if following in way else []
        left -= set(way)
        if circle:
            Ticket.objects.filter(id=max(circle)).update(merged_into=None)
            into[max(circle)] = None
            count += 1
    return _("%(count)s circles were opened.") % {"count": count}


def stages() -> Iterator[Finding]:
    wrong = Ticket.objects.exclude(stage=F("status__stage"))
    yield from _columns(
        wrong, _("Tickets with another stage than their status: %(count)s (%(names)s)."),
        _("They are in the wrong lists and figures."), _mend_stage,
    )  # fmt: skip


def _mend_stage(ticket: Ticket) -> None:
    stage = ticket.status.stage
    closed_at = (ticket.closed_at or ticket.updated_at) if stage == Stage.CLOSED else None
    waiting = None if stage == Stage.CLOSED else ticket.waiting_since
    Ticket.objects.filter(id=ticket.id).update(stage=stage, closed_at=closed_at, waiting_since=waiting)


def ticket_clocks() -> Iterator[Finding]:
    """What can be told for certain: columns of tickets that stand alone, against the messages linked to them."""
    alone = Ticket.objects.filter(merged_into=None).exclude(Exists(Ticket.objects.filter(merged_into=OuterRef("pk"))))
    answers = Link.objects.filter(
        by_the_team("message__"), ticket=OuterRef("pk"), ended_act=None, message__unsent_at=None,
        message__dialog__side=Dialog.Side.CUSTOMER,
    )  # fmt: skip
    answered, unanswered = Exists(answers), ~Exists(answers)
    later = Exists(answers.filter(arrived_at__gt=OuterRef("waiting_since")))
    wrong = alone.filter(
        Q(first_reply_at=None) & Q(answered)
        | Q(first_reply_at__isnull=False) & Q(unanswered)
        | Q(waiting_since__isnull=False) & Q(later)
        | Q(waiting_since__isnull=False, closed_at__isnull=False)
    )
    yield from _columns(
        wrong,
        _("Tickets with a first answer or a waiting customer that their messages do not show: %(count)s (%(names)s)."),
        _("Lists, deadlines and figures of answering are wrong for them."), _mend_clocks,
    )  # fmt: skip


def _mend_clocks(ticket: Ticket) -> None:
    told = summary_of(ticket)
    Ticket.objects.filter(id=ticket.id).update(
        **{name: told[name] for name in ("asked_at", "first_reply_at", "answered_at", "waiting_since")}
    )


def previews() -> Iterator[Finding]:
    """Lists show at a merged ticket nothing of what fewer people may read; older ones may still."""
    merged = Ticket.objects.filter(merged_into__isnull=False).only("id", "merged_into", "team", "restricted")
    known = {one.id: one for one in merged.iterator()}
    known |= {one.id: one for one in Ticket.objects.filter(id__in=merged.values("merged_into")).iterator()}
    apart: set[int] = set()
    for absorbed in known.values():
        way, above = [absorbed], known.get(absorbed.merged_into_id or 0)
        while above is not None and above not in way:  # a circle has its own finding
            way.append(above)
            above = known.get(above.merged_into_id or 0)
        if above is None:
            apart |= {one.id for one in way if not shows_words_of(one, absorbed)}
    wrong = {one.id: one.number for one in Ticket.objects.filter(id__in=apart).order_by("id") if shows_too_much(one)}
    if wrong:
        yield Finding(
            _("Tickets whose line in lists begins as a message of a request does that was merged into them and that "
              "fewer people may read: %(count)s (%(names)s).")
            % {"count": len(wrong), "names": some((f"#{number}" for number in wrong.values()), len(wrong))},
            _("Whoever sees the list reads some words that are not for them."),
            _("These lines can be made anew."),
            lambda: _mend_previews(wrong),
        )  # fmt: skip


def _mend_previews(ids: Iterable[int]) -> str:
    count = 0
    for one in ids:
        with transaction.atomic():
            previews_anew(one)
            count += 1
    return _("%(count)s tickets were worked out anew.") % {"count": count}


def _columns(wrong: QuerySet[Ticket], what: str, affects: str, mend_one: Callable[[Ticket], None]) -> Iterator[Finding]:
    rows = list(wrong.order_by("id").values_list("id", "number"))
    ids, numbers = [pk for pk, _number in rows], [number for _pk, number in rows]
    if not rows:
        return

    def mend() -> str:
        for start in range(0, len(ids), BATCH):
            with transaction.atomic():
                locked = lock_with_survivors(ids[start : start + BATCH])
                for ticket in list(wrong.select_related("status").filter(id__in=locked)):  # as it is by now
                    mend_one(ticket)
        return _("%(count)s tickets were worked out anew.") % {"count": len(numbers)}

    yield Finding(
        what % {"count": len(numbers), "names": some((f"#{number}" for number in numbers), len(numbers))}, affects,
        _("These columns can be worked out anew from what was said."), mend,
    )  # fmt: skip


def unlinked() -> Iterator[Finding]:
    linked = Link.objects.filter(message=OuterRef("pk"), ended_act=None)
    loose = Message.objects.filter(~Exists(linked), author=Message.Author.CUSTOMER, settled_at=None)
    counted = loose.filter(dialog=OuterRef("pk")).order_by().values("dialog").annotate(n=Count("id")).values("n")
    # Only dialogs that have such messages or say so: the others are in order by both counts being nought.
    candidates = Dialog.objects.filter(Q(id__in=loose.values("dialog")) | Q(unlinked__gt=0))
    wrong = candidates.annotate(real=Coalesce(Subquery(counted), 0)).exclude(unlinked=F("real"))
    ids = list(wrong.values_list("id", "real"))
    if ids:
        yield Finding(
            _("%(count)s dialogs count messages without a ticket wrongly: %(names)s.")
            % {"count": len(ids), "names": some((one for one, _ in ids), len(ids))},
            _("A message that nobody placed may be overlooked, or a dialog seems open that is not."),
            _("The count can be made anew."),
            lambda: _mend_unlinked([one for one, _ in ids]),
        )


def _mend_unlinked(ids: list[int]) -> str:
    linked = Link.objects.filter(message=OuterRef("pk"), ended_act=None)
    for one in ids:
        with transaction.atomic():
            dialog = lock_dialog(one)
            loose = Message.objects.filter(~Exists(linked), author=Message.Author.CUSTOMER, settled_at=None)
            real = loose.filter(dialog=dialog).count()
            Dialog.objects.filter(id=one).update(unlinked=real)
    return _("%(count)s dialogs were counted anew.") % {"count": len(ids)}


def numbers() -> Iterator[Finding]:
    highest = Ticket.objects.aggregate(top=Max("number"))["top"]
    given = TicketNumber.objects.aggregate(top=Max("id"))["top"] or 0
    if highest is not None and highest > FIRST_NUMBER + given:
        yield Finding(
            _("Ticket #%(highest)s has a number that was never given out; the next ones would collide.")
            % {"highest": highest},
            _("New tickets cannot be made once the numbers meet."),
            _("The row of numbers can go on behind the highest ticket."),
            lambda: _go_on_behind(highest),
        )


def _go_on_behind(highest: int) -> str:
    from vikno.care.restore import go_on_from

    with transaction.atomic():
        TicketNumber.objects.get_or_create(id=highest - FIRST_NUMBER)
        go_on_from(TicketNumber, highest - FIRST_NUMBER)
    return _("The next ticket will have a number above %(highest)s.") % {"highest": highest}


# ---- erasures -------------------------------------------------------------------------------------------------------


def erasures() -> Iterator[Finding]:
    known = erasure.remembered()
    unremembered = list(
        Person.objects.filter(erased_at__isnull=False).exclude(id__in=list(known)).values_list("id", flat=True)
    )
    if unremembered:
        yield Finding(
            _("%(count)s erased persons are not in %(path)s: %(names)s.")
            % {
                "count": len(unremembered),
                "path": settings.DATA / "erasures.jsonl",
                "names": some(unremembered, len(unremembered)),
            },
            _("If an older backup is restored here, their words come back."),
            _("They can be written down again."),
            lambda: _write_down(unremembered),
        )
    back = list(Person.objects.filter(id__in=list(known), erased_at=None).values_list("id", flat=True))
    if back:
        yield Finding(
            _("%(count)s persons were erased once and are here again: %(names)s.")
            % {"count": len(back), "names": some(back, len(back))},
            _(
                "Words are kept that were promised to be gone: an older database was put in place "
                "without `vikno restore`."
            ),
            _("They can be erased again."),
            lambda: _("%(count)s persons were erased again.") % {"count": erasure.reapply(erasure.EVER)},
        )


def _write_down(ids: list[int]) -> str:
    erasure.remember(ids, clock.now())
    return _("%(count)s erasures were written down.") % {"count": len(ids)}


CHECKS = (
    Check(N_("company"), words),
    Check(N_("files"), files),
    Check(N_("unfinished files"), unfinished),
    Check(N_("merged tickets"), merge_cycles),
    Check(N_("stages"), stages),
    Check(N_("clocks of tickets"), ticket_clocks),
    Check(N_("lines of merged tickets"), previews),
    Check(N_("messages without a ticket"), unlinked),
    Check(N_("ticket numbers"), numbers),
    Check(N_("erasures"), erasures),
)
