"""The ledger: what came in, what became of it, and what can be done; for leads, as far as they see."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps

from tests.desk.seats import Seat
from tests.letters import letter
from tests.taking import arrive
from tests.world import World
from vikno.channels.email import own
from vikno.core import files, jobs
from vikno.core.models import Job
from vikno.desk import pages
from vikno.dialogs.models import Channel, ChannelAddress
from vikno.intake import erasure, ledger, names, pipeline
from vikno.intake.models import Inbound
from vikno.journal.models import Event
from vikno.staff.models import Agent
from vikno.tickets.actions import assigning, placing
from vikno.tickets.actions.fields import restrict
from vikno.tickets.actions.splitting import split
from vikno.tickets.models import Ticket

Take = Callable[..., Inbound]


@pytest.fixture
def take(world: World) -> Take:
    def taken(raw: bytes) -> Inbound:
        return arrive(world.mail, raw)

    return taken


def test_every_letter_is_there_with_its_fate(world: World, take: Take) -> None:
    seat = Seat(world.taras)
    assert "<table" not in seat.page("/ledger")
    entry = take(letter(subject="Каса"))
    take(letter(subject="Виграш", X_Spam_Flag="YES"))
    ledger.accept(world.mail, letter(subject="Ще не читали"), source="smtp")
    page = seat.page("/ledger")
    assert entry.ticket is not None
    for words in (
        "Каса",
        "Виграш",
        f"#{entry.ticket.number}",
        "new ticket",
        "held",
        "waits",
        "maria@kramnytsia.example",
    ):
        assert words in page
    assert "Виграш" not in seat.page("/ledger?fate=waiting")
    held = seat.page("/ledger?fate=held")
    assert "Виграш" in held
    assert "Каса" not in held


@pytest.mark.parametrize(
    "query", ["fate=explode", "before=²", "after=x", f"before={'9' * 40}", "q=%00", "q=%25", "after=0"]
)
def test_odd_questions_are_answered(world: World, take: Take, query: str) -> None:
    take(letter())
    Seat(world.taras).page(f"/ledger?{query}")


def test_words_are_looked_for_in_sender_and_subject(world: World, take: Take) -> None:
    take(letter(subject="Invoice seven"))
    take(letter(subject="Other", sender="petro@example.net", message_id="<that@x.example>"))
    seat = Seat(world.taras)
    assert "Invoice seven" in seat.page("/ledger?q=invoice")
    assert "Other" not in seat.page("/ledger?q=invoice")
    assert "Other" in seat.page("/ledger?q=petro")
    assert "Other" in seat.page("/ledger?q=<that@x.example>")


def test_the_pages_of_the_ledger_hold_each_entry_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGE", 2)
    entries = [ledger.accept(world.mail, letter(subject=f"n{n}."), source="smtp").id for n in range(5)]
    seat, found, address = Seat(world.taras), [], "/ledger"
    for _ in range(5):
        page = seat.page(address)
        found += [int(pk) for pk in re.findall(r'href="/ledger/(\d+)/raw"', page)]
        older = re.search(r'href="(\?before=\d+)"', page)
        if older is None:
            break
        address = f"/ledger{older[1]}"
    assert found == entries[::-1]
    newer = re.search(r'href="(\?after=\d+)"', page)
    assert newer is not None
    assert [int(pk) for pk in re.findall(r'href="/ledger/(\d+)/raw"', seat.page(f"/ledger{newer[1]}"))] == found[2:4]


def test_it_costs_the_same_however_long_it_is(world: World, take: Take, queries: Any) -> None:
    seat = Seat(world.taras)
    for number in range(3):
        take(letter(subject=f"n{number}"))
    seat.page("/ledger")
    with queries(at_most=24) as few:
        seat.page("/ledger")
    for number in range(20):
        take(letter(subject=f"m{number}"))
    with queries(at_most=24) as many:
        seat.page("/ledger")
    assert len(few) == len(many)


def test_a_held_letter_is_let_in_or_its_sender_blocked(world: World, take: Take) -> None:
    seat = Seat(world.taras)
    entry = take(letter(subject="Виграш", X_Spam_Flag="YES"))
    assert f'action="/ledger/{entry.id}/let-in"' in seat.page("/ledger")
    page = seat.sends(f"/ledger/{entry.id}/let-in", back="/ledger?fate=held").content.decode()
    entry.refresh_from_db()
    assert (entry.fate, Ticket.objects.count()) == ("ticket", 1)
    undo = re.search(r'action="(/held/undo/\d+)"', page)
    assert "1 letter let in." in page and undo is not None
    seat.sends(undo[1], back="/ledger")
    entry.refresh_from_db()
    assert entry.fate == "held"
    seat.sends(f"/ledger/{entry.id}/let-in")
    assert seat.post(f"/ledger/{entry.id}/let-in").status_code == 409
    other = take(letter(sender="evil@example.com", X_Spam_Flag="YES"))
    seat.post(f"/ledger/{other.id}/block")
    assert take(letter(sender="evil@example.com", subject="Знову")).fate in ("refused", "held")
    assert seat.post(f"/ledger/{other.id}/explode").status_code == 404
    assert seat.post("/ledger/999999/let-in").status_code == 404


def test_the_raw_letter_is_a_download_byte_for_byte(world: World, take: Take) -> None:
    raw = letter(subject="<script>alert(1)</script>")
    entry = take(raw)
    answer = Seat(world.taras).get(f"/ledger/{entry.id}/raw")
    assert answer.content == raw
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    page = Seat(world.taras).page("/ledger")
    assert "<script>alert" not in page


def test_it_is_for_leads(world: World, take: Take) -> None:
    entry = take(letter(X_Spam_Flag="YES"))
    for agent in (world.iryna, world.sofia):
        seat = Seat(agent)
        assert seat.get("/ledger").status_code == seat.get(f"/ledger/{entry.id}/raw").status_code == 403
        assert seat.post(f"/ledger/{entry.id}/let-in").status_code == 403
    entry.refresh_from_db()
    assert entry.fate == "held"


def test_a_letter_is_seen_by_the_ticket_it_belongs_to_now(world: World, take: Take) -> None:
    """Also when it came to an open one and was split off since: neither its words nor its raw text are a way around."""
    first = take(letter(subject="Каса", message_id="<one@x.example>"))
    second = take(letter("Про зарплату", subject="Re: Зарплата", References="<one@x.example>"))
    assert first.ticket is not None
    assert second.message is not None
    hidden = split(first.ticket, [second.message], by=world.act(world.taras))
    restrict(hidden, True, by=world.act(world.taras))
    owner, lead = Seat(world.olena), Seat(world.taras)
    assert "Зарплата" in lead.page("/ledger")
    assert "Зарплата" in lead.page("/ledger?q=Зарплата")
    page = owner.page("/ledger")
    assert "Зарплата" not in page
    assert f'id="entry-{second.id}"' not in page
    assert (lead.get(f"/ledger/{second.id}/raw").status_code, owner.get(f"/ledger/{second.id}/raw").status_code) == (
        200,
        404,
    )


def test_letters_of_a_closed_team_are_for_its_own(world: World) -> None:
    """Also those that came to no ticket: neither words nor raw text nor a word about them, and no number of a tab."""
    closed = Channel.objects.create(kind="email", name="Кадри", brand=world.brand, team=world.hr)
    ChannelAddress.objects.create(channel=closed, address="hr@kashtan.example", team=world.hr, default=True)
    entry = ledger.accept(closed, letter("Про зарплату", subject="Зарплата", X_Spam_Flag="YES"), source="smtp")
    assert pipeline.run_due() == 1
    Agent.objects.filter(id=world.marko.id).update(role="lead")
    lead, own_lead, owner = Seat(world.taras), Seat(world.marko), Seat(world.olena)
    for seat in (own_lead, owner):
        assert "Зарплата" in seat.page("/ledger?fate=held")
        assert 'Held <span class="badge">1</span>' in seat.page("/ledger")
        assert b"X-Spam-Flag: YES" in seat.get(f"/ledger/{entry.id}/raw").content
    page = lead.page("/ledger") + lead.page("/ledger?fate=held") + lead.page("/ledger?q=Зарплата")
    assert f'id="entry-{entry.id}"' not in page
    assert 'class="badge">1<' not in page
    assert lead.get(f"/ledger/{entry.id}/raw").status_code == 404
    for verb in ("let-in", "block", "retry"):
        assert lead.post(f"/ledger/{entry.id}/{verb}").status_code == 404
    entry.refresh_from_db()
    assert entry.fate == "held"
    own_lead.post(f"/ledger/{entry.id}/let-in")
    entry.refresh_from_db()
    assert entry.fate == "ticket"


def test_what_belongs_to_no_request_leads_to_its_place_only_for_who_may_read_it(world: World) -> None:
    """A closed team's letter was handed to an open one and taken off there: the entry is seen by that ticket, the
    message by the closed team alone."""
    closed = Channel.objects.create(kind="email", name="Кадри", brand=world.brand, team=world.hr)
    ChannelAddress.objects.create(channel=closed, address="hr@kashtan.example", team=world.hr, default=True)
    ledger.accept(closed, letter("Про зарплату", subject="Зарплата"), source="smtp")
    assert pipeline.run_due() == 1
    entry = Inbound.objects.get()
    assert entry.ticket is not None and entry.message is not None
    assigning.hand_over(entry.ticket, world.support, by=world.act(world.marko))
    placing.take_off(entry.message, entry.ticket, by=world.act(world.marko), was=placing.Was.NOTHING)
    place = f"/messages/{entry.message_id}/place"
    page = Seat(world.taras).page("/ledger")
    assert "belongs to no request now" in page and place not in page
    assert Seat(world.taras).get(place).status_code == 404
    Agent.objects.filter(id=world.marko.id).update(role="lead")
    assert f'href="{place}"' in Seat(world.marko).page("/ledger")


def test_what_lets_an_answer_in_is_not_shown(world: World) -> None:
    token = f"help+t.1.0{'a' * 26}@kashtan.example"
    ledger.accept(world.mail, letter(to=token), source="smtp", envelope_to=[token, "help+x@kashtan.example"])
    page = Seat(world.taras).page("/ledger")
    assert "aaaaaa" not in page
    assert "help+…@kashtan.example" in page.replace("&#43;", "+")
    assert "help+x@kashtan.example" in page.replace("&#43;", "+")


def test_a_letter_whose_bytes_are_gone_says_so_and_waits_no_longer(world: World, take: Take) -> None:
    """Its time was over, its sender was erased, or its file is lost: a page in words, and a fate that one sees."""
    seat = Seat(world.taras)
    erased, lost = take(letter(X_Spam_Flag="YES")), take(letter("x" * 100_000, X_Spam_Flag="YES"))
    erasure.blank_entries(Inbound.objects.filter(id=erased.id))
    assert lost.file is not None
    files.store().delete(lost.file.key)
    for entry, words in ((erased, "was kept as long as"), (lost, "from a backup")):
        for answer in (seat.get(f"/ledger/{entry.id}/raw"), seat.post(f"/ledger/{entry.id}/let-in")):
            assert answer.status_code == 410
            assert words in answer.content.decode()
    erased.refresh_from_db()
    lost.refresh_from_db()
    assert (erased.fate, erased.reason) == ("refused", "erased")
    assert (lost.fate, lost.reason) == ("failed", "raw_missing")
    assert "<table" not in seat.page("/ledger?fate=held")
    assert f"/ledger/{lost.id}/retry" in seat.page("/ledger?fate=failed")


def test_reading_it_writes_nothing(world: World, take: Take) -> None:
    entry = take(letter())
    seat, before = Seat(world.taras), Event.objects.count()
    for address in ("/ledger", f"/ledger/{entry.id}/raw"):
        assert seat.get(address).status_code == seat.head(address).status_code == 200
    assert Event.objects.count() == before


def test_its_counts_stop_at_their_bound(world: World) -> None:
    for number in range(4):
        ledger.accept(world.mail, letter(subject=f"n{number}"), source="smtp")
    rows = Inbound.objects.filter(fate="")
    assert pages.capped_count(rows, 3) == "3+"
    assert pages.capped_count(rows, 4) == "4"
    assert pages.capped_count(rows.filter(id=0), 3) == ""


def test_a_ticket_that_moved_out_of_sight_takes_its_letter_along(world: World, take: Take) -> None:
    entry = take(letter(subject="Каса друкує"))
    assert entry.ticket is not None
    assigning.hand_over(entry.ticket, world.hr, by=world.act(world.taras))
    page = Seat(world.taras).page("/ledger")
    assert "Каса друкує" not in page
    assert f"#{entry.ticket.number}" not in page


@pytest.mark.parametrize(
    "query", ["Марія", "МАРІЯ", "марія коваль", "коваль марія", "рахунок", "Рахунки", "рахунків марія", "to:help@"]
)
def test_words_are_looked_for_in_names_recipients_and_other_forms(world: World, take: Take, query: str) -> None:
    take(letter(subject="Два рахунки"))
    take(letter(subject="Other", sender="petro@example.net", to="sales@kashtan.example"))
    seat = Seat(world.taras)
    assert "Два рахунки" in seat.page(f"/ledger?q={query}")
    assert "Два рахунки" not in seat.page(f"/ledger?q={query} петро")


def test_a_recipient_is_found_and_shown_whatever_way_the_letter_came(world: World, take: Take) -> None:
    ChannelAddress.objects.create(channel=world.mail, address="sales@kashtan.example")
    own.forget()
    take(letter(subject="Каса", to="sales@kashtan.example"))
    ledger.accept(world.mail, letter(subject="Чайник"), source="smtp", envelope_to=["chief@kashtan.example"])
    pipeline.run_due()
    seat, one, other = Seat(world.taras), "Каса", "Чайник"
    for query, there, missing in (("sales@", one, other), ("to:SALES@", one, other),
                                  ("chief@", other, one), ("to:chief@kashtan.example", other, one)):  # fmt: skip
        page = seat.page(f"/ledger?q={query}")
        assert there in page
        assert missing not in page
    assert "→ sales@kashtan.example" in seat.page("/ledger?q=to:sales")


def test_a_held_forward_is_found_by_the_colleague_whose_envelope_it_came_in(world: World) -> None:
    address = world.iryna.person.identities.get(kind="email").value
    text = (
        "Гляньте.\n\n---------- Forwarded message ---------\nFrom: Taras Shop <taras@shop.example>\n"
        "Date: Fri, 20 Nov 2026 09:00:00 +0200\nSubject: Каса\nTo: <iryna@kashtan.example>\n\nНе працює каса.\n"
    )
    raw = letter(text, subject="Fwd: Каса", sender=f"Ірина <{address}>", X_Spam_Flag="YES")
    entry = arrive(world.mail, raw, envelope_from=address)
    assert (entry.fate, entry.sender) == ("held", "taras@shop.example")
    arrive(world.mail, letter(subject="Other", X_Spam_Flag="YES"), envelope_from="maria@kramnytsia.example")
    seat = Seat(world.taras)
    for query in (address, world.iryna.person.name.lower(), "taras@shop"):
        page = seat.page(f"/ledger?q={query}")
        assert f"{address} → taras@shop.example" in page
        assert "Other" not in page
    assert " → " not in seat.page("/ledger?q=Other")


def forwarded(world: World, address: str) -> bytes:
    """A letter that Iryna forwards from this address, and that is held."""
    text = (
        "Гляньте.\n\n---------- Forwarded message ---------\nFrom: Тарас Крамар <taras@shop.example>\n"
        "Date: Fri, 20 Nov 2026 09:00:00 +0200\nSubject: Каса\nTo: <iryna@kashtan.example>\n\nНе працює каса.\n"
    )
    return letter(text, subject="Fwd: Каса", sender=f"Ірина <{address}>", X_Spam_Flag="YES")


def test_a_held_forward_from_a_mailbox_is_found_by_the_colleague_of_its_own_from_line(world: World) -> None:
    address = world.iryna.person.identities.get(kind="email").value
    entry = arrive(world.mail, forwarded(world, address), source="imap")
    assert (entry.fate, entry.sender, entry.envelope_from) == ("held", "taras@shop.example", None)
    arrive(world.mail, letter(subject="Other", X_Spam_Flag="YES"), source="imap")
    seat = Seat(world.taras)
    for query in (address, world.iryna.person.name.lower(), "taras@shop", "крамар"):
        page = seat.page(f"/ledger?q={query}")
        assert f"{address} → taras@shop.example" in page, query
        assert "Other" not in page
    erasure.blank_entries(Inbound.objects.filter(id=entry.id))
    assert "taras@shop" not in seat.page("/ledger") and address not in seat.page("/ledger")


def test_names_that_were_not_kept_once_are_filled(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was handled before the ledger kept names: the migration asks for jobs, which end by themselves."""
    monkeypatch.setattr(names, "AT_ONCE", 2)
    monkeypatch.setattr(names, "REST", timedelta(0))
    address = world.iryna.person.identities.get(kind="email").value
    large = letter("ї" * 80_000, sender="Лариса Велика <larysa@shop.example>", X_Spam_Flag="YES")
    raws = [
        letter(sender="Остап Вишня <ostap@shop.example>", X_Spam_Flag="YES"), forwarded(world, address), large,
        letter(sender="form@shop.example", Reply_To="Орися <orysia@shop.example>", X_Spam_Flag="YES"),
        letter(sender="Спритний <gone@shop.example>", X_Spam_Flag="YES"), b"\xff\x00 no letter", letter(),
    ]  # fmt: skip
    entries = [arrive(world.mail, raw, source="imap") for raw in raws]
    erasure.blank_entries(Inbound.objects.filter(id=entries[4].id))
    before = list(Inbound.objects.order_by("id").values_list("name", "forwarder"))
    assert [name for name, _forwarder in before[:4]] == ["Остап Вишня", "Тарас Крамар", "Лариса Велика", "Орися"]
    Inbound.objects.update(name="", forwarder=None)
    seat = Seat(world.taras)
    assert "ostap@shop" not in seat.page("/ledger?q=вишня")
    import_module("vikno.intake.migrations.0005_who_forwards").ask_for_names(apps, None)
    for _ in range(2):  # and once more changes nothing
        while jobs.run_due():
            pass
        assert not Job.objects.filter(kind=names.JOB).exists()
        assert list(Inbound.objects.order_by("id").values_list("name", "forwarder"))[:6] == before[:6]
        names.work({"below": entries[-1].id + 1, "from": 0})
    for query, sender in (("вишня", "ostap@"), ("крамар", "taras@"), (world.iryna.person.name, f"{address} → taras@"),
                          ("велика", "larysa@"), ("орися", "orysia@")):  # fmt: skip
        assert sender in seat.page(f"/ledger?q={query}"), query


def test_what_a_colleague_forwarded_is_found_by_them(world: World, take: Take) -> None:
    address = world.iryna.person.identities.get(kind="email").value
    text = (
        "Подивіться, будь ласка.\n\n---------- Forwarded message ---------\nFrom: Taras Shop <taras@shop.example>\n"
        "Date: Fri, 20 Nov 2026 09:00:00 +0200\nSubject: Каса\nTo: <iryna@kashtan.example>\n\nНе працює каса.\n"
    )
    take(letter(text, subject="Fwd: Каса", sender=f"Ірина <{address}>"))
    take(letter(subject="Other"))
    seat = Seat(world.taras)
    for query in (address.partition("@")[0], address, world.iryna.person.name.lower(), "taras@shop"):
        page = seat.page(f"/ledger?q={query}")
        assert f"{address} → taras@shop.example" in page
        assert "Other" not in page
