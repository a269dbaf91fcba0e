"""Erasing a person leaves no word of theirs anywhere, and every event."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.test import Client

from tests.world import World, make_customer
from vikno.accounts.actions import create_token
from vikno.care import erasure
from vikno.core import clock, files
from vikno.dialogs.actions import NewFile
from vikno.dialogs.models import Attachment, Message, MessageText
from vikno.intake.models import Inbound
from vikno.journal import acts
from vikno.journal.models import Event
from vikno.journal.vocabulary import Verb
from vikno.people.actions import set_value
from vikno.people.models import Contract, CustomField, Person
from vikno.tickets.actions import drafts
from vikno.tickets.actions.merging import merge
from vikno.tickets.models import Draft, Note, NoteText, Ticket

MARK = "мармулядка"  # in every word that is planted


@pytest.fixture(autouse=True)
def _nothing_from_other_tests() -> Iterator[None]:
    """What is beside the database is not rolled back with it."""

    def clear() -> None:
        (Path(settings.DATA) / "erasures.jsonl").unlink(missing_ok=True)
        for key in list(files.store().keys()):
            files.store().delete(key)

    clear()
    yield
    clear()


def everywhere(word: str) -> list[str]:
    """All places in the database and in the store of files where a word stands."""
    places = []
    for model in apps.get_models(include_auto_created=True):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(model._meta.db_table)}")
            names = [column[0] for column in cursor.description or ()]
            for row in cursor.fetchall():
                for name, value in zip(names, row, strict=True):
                    if isinstance(value, bytes | memoryview):
                        value = bytes(value)
                        value = zlib.decompress(value) if value[:1] == b"x" else value
                        hit = word.encode() in value
                    else:
                        escaped = word.encode("unicode_escape").decode()
                        hit = word in str(value).lower() or escaped in str(value)
                    if hit:
                        places.append(f"{model._meta.db_table}.{name}")
    for key in list(files.store().keys()):
        with files.store().open(key) as file:
            if word.encode() in file.read():
                places.append(f"file {key}")
    return places


def plant(world: World) -> tuple[Ticket, Person]:
    identity = make_customer(f"Ганна {MARK}", "hanna@marmuliadka.example")
    person = identity.person
    taken = world.letter(identity, f"Скарга {MARK}", text=f"Мене звати {MARK}", foreign_id=f"<1@{MARK}.example>")
    ticket = Ticket.objects.get(requester=person)
    world.answer(ticket, text=f"Вітаємо, {MARK}!")
    message = Message.objects.filter(identity=identity).get()
    Attachment.objects.create(message=message, file=files.put(f"скан {MARK}".encode()), name=f"{MARK}.pdf", size=9)
    raw = f"From: hanna@marmuliadka.example\n\n{MARK}".encode()
    for more in ({"message": message, "raw": zlib.compress(raw)}, {"file": files.put(raw), "fate": "held"}):
        Inbound.objects.create(
            channel=world.mail, source="smtp", envelope_from="hanna@marmuliadka.example", size=len(raw),
            sha256="0" * 64, sender="hanna@marmuliadka.example",
            subject=f"Re: {MARK}", state="done", detail=MARK, **more,
        )  # fmt: skip
    note = Note.objects.create(ticket=ticket, agent=world.iryna)
    NoteText.objects.create(note=note, text=f"Пані {MARK} дзвонила")
    about = Note.objects.create(person=person, agent=world.iryna)
    NoteText.objects.create(note=about, text=f"{MARK}: обережно")
    Draft.objects.create(agent=world.iryna, ticket=ticket, html=f"<p>{MARK}</p>")
    drafts.keep_files(world.taras, ticket, None, [NewFile(f"{MARK}.txt", "text/plain", f"для {MARK}".encode())])
    Contract.objects.create(number=f"К-{MARK}", person=person)
    dealer = CustomField.objects.create(key="dealer", name="Дилер", kind="text", of="person")
    for text in (f"{MARK} і сини", MARK):
        set_value(person, dealer, text, by=world.act(world.iryna))
    ticket.description = MARK
    ticket.save()
    assert taken
    return ticket, person


def test_no_word_is_left_and_every_event_is(world: World, django_capture_on_commit_callbacks: Any) -> None:
    ticket, person = plant(world)
    other = world.ticket(world.petro)
    words_of_others = list(MessageText.objects.filter(message__links__ticket=other).values_list("text", flat=True))
    before = list(Event.objects.order_by("id").values())
    assert len(everywhere(MARK)) >= 12
    told = erasure.preview(person.id)
    assert told["tickets"]["tickets"] == told["people"]["fields"] == 1
    assert (told["tickets"]["drafts"], told["tickets"]["draft_files"]) == (2, 1)
    assert told["dialogs"]["messages"] == 2
    assert told["intake"]["raw"] == 2

    with django_capture_on_commit_callbacks(execute=True):
        erasure.erase(person.id, acts.agent(world.olena.id))

    assert everywhere(MARK) == []
    assert everywhere("marmuliadka") == []
    assert list(Event.objects.order_by("id").values())[: len(before)] == before
    assert Event.objects.filter(verb=Verb.PERSON_ERASED, person_id=person.id).count() == 1
    ticket.refresh_from_db()
    assert ticket.first_reply_at is not None, "figures stay"
    assert Message.objects.filter(links__ticket=ticket).count() == 2
    assert (
        list(MessageText.objects.filter(message__links__ticket=other).values_list("text", flat=True)) == words_of_others
    )


def test_nor_where_their_words_were_shown_again(world: World, django_capture_on_commit_callbacks: Any) -> None:
    ticket, person = plant(world)
    merge(ticket, world.ticket(world.petro), by=acts.agent(world.taras.id))
    assert any(MARK in one for one in Ticket.objects.values_list("preview", flat=True))
    Client(HTTP_HOST="127.0.0.1").post("/account/login/", {"login": "hanna@marmuliadka.example", "password": "wrong"})
    _token, secret = create_token(world.iryna.person.user, "test")
    program = Client(HTTP_HOST="127.0.0.1", HTTP_AUTHORIZATION=f"Bearer {secret}")
    sent = [
        ("/people", {"email": "hanna@marmuliadka.example"}),
        ("/tickets", {"requester": {"email": "hanna@marmuliadka.example"}, "subject": f"Про {MARK}", "text": MARK}),
        (f"/tickets/{ticket.number}/messages", {"text": f"Ще раз {MARK}"}),
        (f"/tickets/{ticket.number}/messages", {"kind": "note", "text": f"Нотатка {MARK}"}),
    ]
    for n, (path, body) in enumerate(sent):
        answer = program.post(f"/api/v1{path}", body, content_type="application/json", HTTP_IDEMPOTENCY_KEY=str(n))
        assert answer.status_code == 201, answer.content
    found = {place.partition(".")[0] for place in everywhere(MARK) + everywhere("marmuliadka")}
    assert {"api_firstanswer", "accounts_securityevent"} <= found

    with django_capture_on_commit_callbacks(execute=True):
        erasure.erase(person.id, acts.agent(world.olena.id))

    assert everywhere(MARK) + everywhere("marmuliadka") == []
    path, body = sent[1]
    again = program.post(f"/api/v1{path}", body, content_type="application/json", HTTP_IDEMPOTENCY_KEY="1")
    assert (again.status_code, again.json()) == (201, {"erased": True}), "and nothing is done twice"


def test_it_bears_being_done_again_and_reaches_joined_persons(
    world: World, django_capture_on_commit_callbacks: Any
) -> None:
    _, person = plant(world)
    second = make_customer(f"Г. {MARK}", "hanna2@marmuliadka.example").person
    Person.objects.filter(id=second.id).update(joined_to=person)
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            erasure.erase(second.id, acts.system())
    assert everywhere(MARK) == []
    assert Person.objects.filter(erased_at__isnull=False).count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("committed", [True, False])
def test_an_erasure_is_on_disk_before_its_commit_and_taken_back_if_that_fails(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch, committed: bool
) -> None:
    """Whose answer is lost may have happened: then it stays remembered."""
    from tests.world import standing

    with standing() as world:
        person, real, seen = world.maria.person, connection._commit, []  # type: ignore[attr-defined]

        def commit() -> None:
            monkeypatch.undo()
            seen.append(list(erasure.remembered()))
            if committed:
                real()
            else:
                connection.rollback()
            raise OperationalError("server closed the connection unexpectedly")

        monkeypatch.setattr(connection, "_commit", commit)
        with pytest.raises(OperationalError):
            erasure.erase(person.id, acts.system())
        person.refresh_from_db()
        assert seen == [[person.id]]
        assert (person.erased_at is not None) == committed
        assert list(erasure.remembered()) == ([person.id] if committed else [])


def test_a_line_cut_short_takes_no_other_with_it(world: World) -> None:
    path = Path(settings.DATA) / "erasures.jsonl"
    path.write_text('{"person": 1, "at": "20')
    erasure.remember([7], world.company.created_at)
    assert list(erasure.remembered()) == [7]


def test_a_colleague_at_work_is_not_erased(world: World) -> None:
    with pytest.raises(erasure.NotErasable):
        erasure.erase(world.iryna.person_id, acts.system())


@pytest.mark.django_db(transaction=True)
def test_a_restored_older_backup_is_told(transactional_db: None) -> None:
    from tests.world import standing

    with standing() as world:
        with transaction.atomic():
            _, person = plant(world)
        erasure.erase(person.id, acts.system())
        assert list(erasure.remembered()) == [person.id]
        # What an older backup would bring back:
        Person.objects.filter(id=person.id).update(name=MARK, erased_at=None)
        assert erasure.reapply("2020-01-01T00:00:00+00:00") == 1
        assert everywhere(MARK) == []
        assert erasure.reapply("2020-01-01T00:00:00+00:00") == 0


@pytest.mark.django_db(transaction=True)
def test_a_backup_that_began_just_before_the_commit_is_told(transactional_db: None) -> None:
    from tests.world import standing

    with standing() as world:
        with transaction.atomic():
            _, person = plant(world)
        with transaction.atomic():
            erasure.erase(person.id, acts.system())
            made_at = clock.now()  # a backup that begins now sees nothing of the erasure
        Person.objects.filter(id=person.id).update(name=MARK, erased_at=None)
        assert erasure.reapply(made_at.isoformat()) == 1
        assert everywhere(MARK) == []
