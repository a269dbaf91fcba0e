"""Whom an agent may look up: who stands in hidden tickets alone is shown to nobody who may not see one of these."""

from __future__ import annotations

from typing import Any

import pytest

from tests.desk.seats import Seat
from tests.desk.test_people import change, names
from tests.searching import index_follows
from tests.world import World, make_customer
from vikno.care.erasure import erase
from vikno.dialogs import actions as dialogs
from vikno.dialogs.models import Channel, ChannelAddress, Participant
from vikno.people import actions as people
from vikno.people.models import CustomField, CustomValue, Former, Identity, Organisation
from vikno.people.queries import one_human
from vikno.staff.models import Team
from vikno.tickets.actions.fields import restrict
from vikno.tickets.actions.splitting import split
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db


def hidden_ticket(world: World, sender: Identity, **more: Any) -> Ticket:
    """A request that the closed team of human resources alone reads."""
    channel = Channel.objects.create(kind="email", name="Кадри", brand=world.brand, team=world.hr)
    address = ChannelAddress.objects.create(channel=channel, address="hr@kashtan.example", team=world.hr)
    return world.ticket(sender, channel=channel, address=address, **more)


def test_who_appears_only_where_one_may_not_look_is_nowhere(world: World) -> None:
    secret = make_customer("Прихована Особа", "hidden@secret.example")
    ticket = hidden_ticket(world, secret)
    act = world.act(world.marko)
    shop = Organisation.objects.get()
    people.set_organisation(secret.person, shop, by=act)
    people.rename(world.petro.person, "Прихована Особа", by=act)
    people.set_organisation(world.petro.person, shop, by=act)
    people.add_contract("HID-1", person=secret.person, by=act)
    index_follows()
    seat, number = Seat(world.iryna), ticket.number
    for address in (
        "/people", "/people?sort=name", "/people?q=hidden@secret.example", "/people?q=прихована", "/people?q=HID-1",
        "/people?q=Крамниця", "/people?q=secret", f"/organisations/{shop.id}", f"/people/{world.petro.person_id}",
        f"/people/{world.petro.person_id}?same=прихована", "/search?q=прихована", "/search?q=hidden@secret.example",
        "/search/quick?q=прихована", "/search?q=from:hidden",
    ):  # fmt: skip
        page = seat.page(address)
        assert "hidden@secret.example" not in page or "=hidden@" in address, address  # there it is what was typed
        assert f"/people/{secret.person_id}" not in page, address
        assert f"/tickets/{number}" not in page, address
    assert seat.get(f"/people/{secret.person_id}").status_code == 404
    for verb in ("change", "note"):
        assert seat.post(f"/people/{secret.person_id}/{verb}", {"name": "x", "text": "x"}).status_code == 404
    answer = seat.post(f"/people/{world.petro.person_id}/change", {"join": secret.person_id})
    assert answer.status_code == 422
    assert one_human(secret.person_id) == {secret.person_id}
    own = Seat(world.marko)
    assert "hidden@secret.example" in own.page(f"/people/{secret.person_id}")
    assert "Прихована Особа" in names(own.page("/people?q=прихована"))


def test_who_was_only_in_copy_of_a_hidden_request_is_nowhere(world: World) -> None:
    secret = make_customer("Прихована Особа", "hidden@secret.example")
    hidden_ticket(world, world.petro, participants=((secret, "cc"),))
    index_follows()
    seat = Seat(world.iryna)
    for address in ("/people", "/people?sort=name", "/people?q=прихована", "/search?q=прихована"):
        assert f"/people/{secret.person_id}" not in seat.page(address), address
    assert seat.get(f"/people/{secret.person_id}").status_code == 404
    assert "hidden@secret.example" in Seat(world.marko).page(f"/people/{secret.person_id}")
    # In copy of a request that one sees as well, they are known.
    seen = world.ticket(world.maria, participants=((world.stranger, "cc"),))
    assert seat.get(f"/people/{world.stranger.person_id}").status_code == 200
    world.letter(world.maria, answers=seen.links.get().message, participants=((secret, "to"),))
    assert seat.get(f"/people/{secret.person_id}").status_code == 200


def test_in_a_dialog_of_two_requests_who_was_in_copy_of_the_hidden_one_stays_hidden(world: World) -> None:
    secret = make_customer("Прихована Особа", "hidden@secret.example")
    first = world.letter(world.maria)
    other = make_customer("Інша Особа", "other@secret.example")
    copied = ((secret, "cc"), (other, "cc"))
    second = world.letter(world.maria, answers=first.message, participants=copied)
    assert first.message is not None and first.ticket is not None and second.message is not None
    hidden = split(first.ticket, [second.message], by=world.act(world.taras))
    restrict(hidden, True, by=world.act(world.taras))
    seat = Seat(world.iryna)
    assert seat.get(f"/people/{world.maria.person_id}").status_code == 200
    for one in (secret, other):
        assert seat.get(f"/people/{one.person_id}").status_code == 404
    # A colleague's word lets one take part in the whole dialog; the other is named in a letter of the open request.
    dialogs.add_participant(first.message.dialog, secret, Participant.Role.CC, by=world.act(world.iryna))
    world.letter(world.maria, answers=first.message, participants=((other, "to"),))
    for one in (secret, other):
        assert seat.get(f"/people/{one.person_id}").status_code == 200


def test_of_a_known_person_only_the_requests_that_one_sees_are_shown(world: World) -> None:
    seen, hidden = world.ticket(world.maria), hidden_ticket(world, world.maria, subject="Таємна скарга")
    page = Seat(world.iryna).page(f"/people/{world.maria.person_id}")
    assert f"/tickets/{seen.number}" in page
    assert "Таємна скарга" not in page and f"/tickets/{hidden.number}" not in page
    assert "Таємна скарга" in Seat(world.marko).page(f"/people/{world.maria.person_id}")


def test_an_owner_is_shown_the_person_though_not_the_request(world: World) -> None:
    secret = make_customer("Прихована Особа", "hidden@secret.example")
    ticket = hidden_ticket(world, secret)
    page = Seat(world.olena).page(f"/people/{secret.person_id}")
    assert "hidden@secret.example" in page
    assert f"/tickets/{ticket.number}" not in page


def test_beside_a_request_stands_nothing_of_who_is_joined_and_may_not_be_looked_up(world: World) -> None:
    secret = make_customer("Прихована Особа", "hidden@secret.example")
    hidden_ticket(world, secret, subject="Таємна скарга")
    settings, owner = "/settings/customer-fields", Seat(world.olena)
    owner.sends(settings, name="Взуття", kind="text", of="person")
    field = CustomField.objects.get()
    owner.sends(f"{settings}/{field.id}", name="Взуття", beside="1")
    CustomValue.objects.create(field=field, person=secret.person, text="сорок другий")
    people.join(secret.person, world.maria.person, by=world.act(world.marko))
    seen = f"/tickets/{world.ticket(world.maria).number}"
    page = Seat(world.iryna).page(seen)
    assert world.maria.shown in page
    for words in ("hidden@secret.example", "сорок другий", "Таємна скарга"):
        assert words not in page
        assert words in Seat(world.marko).page(seen)


def test_a_page_of_a_list_where_all_are_hidden_ends(world: World) -> None:
    Team.objects.filter(id=world.support.id).update(openness="closed")
    for number in range(70):
        world.ticket(make_customer(f"Чужий {number}", f"alien{number}@example.net"))
    make_customer("Видна Людина", "seen@example.net")
    page = Seat(world.marko).page("/people")
    assert "Чужий" not in page
    assert "Видна Людина" in names(page) and "Петро Лис" in names(page)


def test_an_observer_reads_and_notes_but_changes_nothing(world: World) -> None:
    seat, where = Seat(world.sofia), f"/people/{world.maria.person_id}"
    page = seat.page(where)
    assert "Марія Коваль" in page and f'action="{where}/change"' not in page and "person_add" not in page
    assert seat.post(f"{where}/change", {"name": "x"}).status_code == 403
    assert seat.post("/people/add", {"name": "x"}).status_code == 403
    assert "Бачила у суботу" in seat.sends(f"{where}/note", text="Бачила у суботу").content.decode()


def test_a_colleague_is_changed_by_owners_and_by_themselves(world: World) -> None:
    olena = world.olena.person
    assert Seat(world.iryna).post(f"/people/{olena.id}/change", {"name": "x"}).status_code == 403
    assert "Renamed." in change(Seat(world.olena), world.iryna.person, name="Ірина")


def test_a_colleague_is_not_changed_from_the_page_of_a_customer_either(world: World) -> None:
    seat, maria, olena = Seat(world.iryna), world.maria.person, world.olena.person
    where = f"/people/{maria.id}/change"
    assert seat.post(where, {"join": olena.id}).status_code == 403
    assert one_human(olena.id) == {olena.id}
    people.join(maria, olena, by=world.act(world.olena))
    address = Identity.objects.get(person=olena)
    for fields in ({"block": address.id}, {"remove": address.id}, {"block_all": "1"}, {"unjoin": maria.id},
                   {"join": world.petro.person_id}):  # fmt: skip
        assert seat.post(where, fields).status_code == 403, fields
    address.refresh_from_db()
    assert address.blocked_at is None and one_human(olena.id) == {olena.id, maria.id}
    assert seat.post(where, {"language": "ru"}).status_code == 302
    assert Seat(world.olena).post(where, {"unjoin": maria.id}).status_code == 302


def test_an_erased_address_is_forgotten_where_another_had_it_by_mistake(world: World) -> None:
    act = world.act(world.iryna)
    for value in ("maria@home.example", "petro@home.example"):
        people.remove_identity(people.add_identity(world.petro.person, "email", value, by=act), by=act)
    people.add_identity(world.maria.person, "email", "maria@home.example", by=act)
    erase(world.maria.person_id, world.act(world.olena))
    kept = [row.data.get("value") for row in Former.objects.filter(person=world.petro.person_id).order_by("id")]
    assert kept == [None, "petro@home.example"]
