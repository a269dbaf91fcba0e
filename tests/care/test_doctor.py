"""The doctor finds nothing where nothing is wrong, and each fault that is planted, in words that help."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from tests.world import World, later
from vikno.care import doctor
from vikno.core import clock, files
from vikno.core.models import Job
from vikno.dialogs.models import Attachment, Channel, Delivery, Dialog, Message
from vikno.journal.models import Parked
from vikno.people.actions import join
from vikno.staff.models import Agent, Membership, Team
from vikno.tickets import access
from vikno.tickets.actions.assigning import follow
from vikno.tickets.actions.fields import restrict
from vikno.tickets.actions.merging import merge
from vikno.tickets.actions.opening import can_open_anyway
from vikno.tickets.models import Ticket


def found() -> dict[str, list[doctor.Finding]]:
    return {check.name: findings for check, findings in doctor.examine() if findings}


def test_a_healthy_installation_has_no_findings(world: World) -> None:
    ticket = world.ticket()
    world.answer(ticket)
    world.ticket(world.petro)
    assert found() == {}


def _missing_file(world: World) -> None:
    message = Message.objects.filter(links__ticket=world.ticket()).get()
    row = files.put(b"bytes")
    Attachment.objects.create(message=message, file=row, name="a.txt", size=5)
    files.store().delete(row.key)


def _orphan(world: World) -> None:
    key = "0" * 31 + "a"
    files.store().write(key, b"nobody's")
    old = time.time() - 2 * 24 * 3600
    os.utime(Path(settings.DATA) / "files" / key[:2] / key, (old, old))


def test_a_file_that_has_just_got_a_second_name_is_no_orphan(world: World) -> None:
    """Its row is written in a transaction that may still be open, however old the bytes are."""
    first = files.put(b"bytes")
    old = time.time() - 2 * 24 * 3600
    os.utime(Path(settings.DATA) / "files" / first.key[:2] / first.key, (old, old))
    files.store().repeat(first.key, "0" * 31 + "b")
    assert "files" not in found()


def _dead_job(world: World) -> None:
    Job.objects.create(kind="export", state=Job.State.DEAD, error="OSError: no such host")


def _parked(world: World) -> None:
    Parked.objects.create(reader="counts", event_id=1, error="KeyError: 'stage'")


def _doubtful(world: World) -> None:
    ticket = world.ticket()
    world.answer(ticket)
    Delivery.objects.update(state=Delivery.State.DOUBTFUL)


def _no_way_out(world: World) -> None:
    world.answer(world.ticket())
    Delivery.objects.update(reason="no_relay", not_before=clock.now())


def _wrong_key(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE dialogs_channel SET secret = 'gAAAAA-sealed-with-another-key' WHERE id = %s", [world.mail.id]
        )


def _mailbox(world: World) -> None:
    Channel.objects.filter(id=world.mail.id).update(
        health={"in": {"ok": False, "code": "password_refused", "since": "2026-11-22T04:05:06.123456+00:00"}}
    )


def _zone(world: World) -> None:
    Team.objects.filter(id=world.support.id).update(zone="Europe/Nowhere")


def _circle(world: World) -> None:
    one, two = world.ticket(), world.ticket(world.petro)
    Ticket.objects.filter(id=one.id).update(merged_into=two)
    Ticket.objects.filter(id=two.id).update(merged_into=one)


def _stage(world: World) -> None:
    Ticket.objects.filter(id=world.ticket().id).update(stage="waiting")


def _clock(world: World) -> None:
    ticket = world.ticket()
    world.answer(ticket)
    Ticket.objects.filter(id=ticket.id).update(first_reply_at=None)


def _unlinked(world: World) -> None:
    world.ticket()
    Dialog.objects.update(unlinked=3)


def _without_a_reader(world: World) -> None:
    ticket = world.ticket()
    restrict(ticket, True, by=world.act(world.iryna))
    Agent.objects.filter(id__in=[world.iryna.id, world.taras.id]).update(active=False)


def test_a_restricted_request_with_one_reader_left_is_no_finding(world: World) -> None:
    world.address.team = world.hr
    world.address.save()
    ticket = world.ticket()
    restrict(ticket, True, by=world.act(world.marko))
    follow(ticket, world.iryna.id, by=world.act(world.marko))  # no member: it is closed to her
    assert found() == {}
    Agent.objects.filter(id=world.marko.id).update(active=False)
    assert set(found()) == {"tickets without a reader"}
    Membership.objects.create(team=world.hr, agent=world.taras, lead=False)
    assert set(found()) == {"tickets without a reader"}
    Membership.objects.filter(team=world.hr, agent=world.taras).update(lead=True)
    assert found() == {}
    Ticket.objects.update(requester=world.taras.person)  # on one's own request one is a customer
    assert set(found()) == {"tickets without a reader"}


def test_the_requesters_other_person_is_no_reader(world: World) -> None:
    ticket = world.ticket(world.petro)
    follow(ticket, world.bohdan.id, by=world.act(world.iryna))
    restrict(ticket, True, by=world.act(world.taras))
    Agent.objects.filter(id=world.taras.id).update(active=False)
    assert found() == {}
    join(world.petro.person, world.bohdan.person, by=world.act(world.olena))  # he wrote from home
    assert set(found()) == {"tickets without a reader"}
    assert ticket.number not in {one.number for one in access.tickets_for(world.viewer(world.bohdan))}
    assert can_open_anyway(world.viewer(world.olena), ticket.number) == ticket
    follow(ticket, world.iryna.id, by=world.act(world.iryna))
    assert found() == {}


def _told_in_a_list(world: World) -> None:
    """As lists showed it before merged tickets kept their words apart."""
    survivor, absorbed = world.ticket(), world.ticket(world.petro, text="Лист про зарплату", arrived_at=later(hours=1))
    restrict(absorbed, True, by=world.act(world.taras))
    merge(absorbed, survivor, by=world.act(world.taras))
    Ticket.objects.filter(id=survivor.id).update(preview="Лист про зарплату")


def _no_default_team(world: World) -> None:
    Team.objects.update(default=False)


FAULTS: list[tuple[Callable[[World], None], str, str, bool]] = [
    (_missing_file, "files", "not on disk", False),
    (_orphan, "files", "named by no row", True),
    (_dead_job, "jobs", "no such host", False),
    (_parked, "parked events", "KeyError", False),
    (_doubtful, "deliveries", "may have gone", False),
    (_no_way_out, "deliveries", "because nobody has said how letters leave: 1", False),
    (_wrong_key, "secrets", "cannot be read with this secret key: 1, in dialogs_channel.secret", False),
    (_mailbox, "mailboxes", "since 2026-11-22 04:05 UTC: The mail server refuses", False),
    (_zone, "time zones", "Europe/Nowhere", False),
    (_circle, "merged tickets", "2 tickets are merged in a circle", True),
    (_stage, "stages", "another stage", True),
    (_clock, "clocks of tickets", "#", True),
    (_unlinked, "messages without a ticket", "1 dialogs", True),
    (_without_a_reader, "tickets without a reader", "still works here: 1 (#", False),
    (_told_in_a_list, "lines of merged tickets", "fewer people may read: 1 (#", True),
    (_no_default_team, "company", "No team is the default", True),
]


@pytest.mark.parametrize(
    ("plant", "check", "words", "mendable"), FAULTS, ids=[plant.__name__[1:] for plant, *_ in FAULTS]
)
def test_a_planted_fault_is_found_explained_and_mended_if_that_is_safe(
    world: World, plant: Callable[[World], None], check: str, words: str, mendable: bool
) -> None:
    plant(world)
    findings = found()
    assert set(findings) == {check}
    (finding,) = findings[check]
    assert words in finding.what
    assert finding.affects
    assert finding.mend
    assert (finding.safely is not None) == mendable
    if finding.safely:
        assert finding.safely()
        assert found() == {}


def test_a_check_that_fails_is_a_finding_and_the_others_go_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble() -> list[doctor.Finding]:
        raise RuntimeError("stumbled")

    monkeypatch.setitem(doctor.CHECKS, "jobs", doctor.Check("jobs", stumble))
    _parked(world)
    findings = found()
    assert set(findings) == {"jobs", "parked events"}
    assert "stumbled" in findings["jobs"][0].what


def test_the_ledger_and_late_work_are_told(world: World) -> None:
    Job.objects.create(kind="export", run_at=clock.now().replace(year=2020))
    assert set(found()) == {"jobs"}
