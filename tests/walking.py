"""One dialog with two requests, of which one is restricted: what tests/test_walk.py walks around in, made by a process
of its own in the database of a running installation.

Everything that is said only in the restricted request holds the word `quill`; its number and the address of somebody
who takes part in it alone are as unmistakable. A letter to the mailbox of a closed team, held back and so of no
request, holds the word `osprey`.
"""

from __future__ import annotations

from typing import Any

from tests.letters import letter, with_file
from tests.processes.scenes import breath, play, signed_in, touch  # sets Django up, so the rest comes after it
from tests.searching import index_follows
from tests.taking import arrive
from tests.world import World, standing
from vikno.accounts.actions import create_token
from vikno.accounts.models import User
from vikno.core import clock
from vikno.dialogs.actions import NewFile, Words
from vikno.dialogs.models import Attachment, Channel, ChannelAddress, Delivery, Message
from vikno.intake.models import Inbound
from vikno.journal import readers
from vikno.journal.models import Event
from vikno.notices.readers import NOTICING
from vikno.people.models import CustomOption
from vikno.staff.models import Agent, Membership
from vikno.tasks import actions as tasks
from vikno.tasks.reminding import remind_due
from vikno.tickets.actions import assigning, customer_fields, drafts, noting
from vikno.tickets.actions.answering import Answer, reply
from vikno.tickets.actions.asking_fields import add_field, add_option
from vikno.tickets.actions.drafts import Begun
from vikno.tickets.actions.fields import describe, rename, restrict, tag, tag_named
from vikno.tickets.actions.splitting import split
from vikno.tickets.models import FieldOption, NoteAttachment, SavedView, Ticket, TicketType

NUMBER = 7340029
WORD = "quill"
COPY = "heron@elsewhere.example"
CLOSED = "osprey"
ASKED = {"all": [{"field": "restricted", "op": "yes"}]}


def take(world: World, raw: bytes, channel: Channel | None = None) -> Inbound:
    return arrive(channel or world.mail, raw)


def letters() -> dict[str, Any]:
    """The world, the two requests, and for each of them the ids by which addresses of the program name its parts."""
    with standing() as world:
        notices_follow()  # what was before is no news
        Agent.objects.filter(id=world.bohdan.id).update(role="lead")
        Membership.objects.filter(agent=world.bohdan).update(lead=True)
        first = take(
            world, with_file("plain.txt", b"plain words", subject="Open request", message_id="<one@c.example>")
        )
        assert first.ticket is not None
        reply(first.ticket, world.iryna, Answer(Words("We look into it.")), by=world.act(world.iryna))
        second = take(
            world,
            with_file(
                "quillfile.txt", b"quillcontent", text="quilltext is what she wrote", subject="Re: quillsubject",
                message_id="<two@c.example>", In_Reply_To="<one@c.example>", References="<one@c.example>",
                Cc=f"Heron <{COPY}>",
            ),
        )  # fmt: skip
        assert (second.fate, second.ticket_id) == ("reply", first.ticket_id)
        hidden = hide(world, first.ticket, second)
        keep_for_oneself(world, first.ticket)
        walkers = people(world)
        index_follows()
        notices_follow()
        return {
            "open": ids_of(world, first, first.ticket),
            "secret": ids_of(world, second, hidden),
            "closed": {"entry_id": of_closed_team(world).id},
            "cookies": {name: signed_in(one) for name, one in walkers.items()},
            "tokens": {name: create_token(one.person.user, "walk")[1] for name, one in walkers.items()},
        }


def notices_follow() -> None:
    """Colleagues are to be told of what happened so far."""
    while readers.run_once(NOTICING):
        pass


def hide(world: World, ticket: Ticket, entry: Inbound) -> Ticket:
    """The second letter becomes a request of its own, which its lead takes and restricts; then work goes on in it."""
    by = world.act(world.taras)
    assert entry.message is not None
    hidden = split(ticket, [entry.message], by=by, subject="quillsubject")
    Ticket.objects.filter(id=hidden.id).update(number=NUMBER)
    hidden.refresh_from_db()
    notices_follow()  # the whole team is to be told of it, before it is restricted
    assigning.assign(hidden, world.taras, by=world.act(world.olena))
    restrict(hidden, True, by=by)
    rename(hidden, "quillsubject renamed", by=by)
    describe(hidden, "quilldescription", by=by)
    tag(hidden, [tag_named("quilltag")], by=by)
    noted = [NewFile("quillnotefile.txt", "text/plain", b"quillnotecontent")]
    noting.add_note(hidden, world.taras, "quillnote", attached=noted, by=by)
    said = [NewFile("quillanswerfile.txt", "text/plain", b"quillanswercontent")]
    message = reply(hidden, world.taras, Answer(Words("quillanswer"), said), by=by)
    Delivery.objects.filter(message=message).update(state="refused", reason="smtp:550:quillreason")
    drafts.keep(world.taras, hidden, message.dialog, Begun("quilldraft"))
    SavedView.objects.create(name="quillview", agent=world.taras, condition=ASKED)
    asked = {"field": "tag", "op": "in", "value": [tag_named("quilltag").id]}
    SavedView.objects.create(name="For all", agent=world.taras, audience="all", condition={"any": [asked]})
    waiting = [NewFile("quilldraftfile.txt", "text/plain", b"quilldraftcontent")]
    drafts.keep_files(world.taras, hidden, message.dialog, waiting)
    return hidden


def keep_for_oneself(world: World, seen_by_all: Ticket) -> None:
    """What one of them keeps for themselves about a request and a person that everybody may read."""
    by = world.act(world.taras)
    plan = tasks.Plan("quilltodo", clock.now(), remind_at=clock.now())
    for about in ({"ticket": seen_by_all}, {"person": seen_by_all.requester}):
        tasks.add(world.taras, plan, **about, by=by)
        tasks.keep_note(world.taras, "quillownnote", **about, by=by)
    remind_due()


def of_closed_team(world: World) -> Inbound:
    """A letter to a closed team's own mailbox that waits for a word."""
    channel = Channel.objects.create(kind="email", name="Кадри", brand=world.brand, team=world.hr)
    ChannelAddress.objects.create(channel=channel, address="hr@kashtan.example", team=world.hr, default=True)
    raw = letter(
        "ospreytext", subject="ospreysubject", sender="osprey@kramnytsia.example", to="hr@kashtan.example",
        X_Spam_Flag="YES",
    )  # fmt: skip
    entry = take(world, raw, channel)
    assert entry.fate == "held"
    return entry


def held() -> dict[str, Any]:
    """What became of that letter."""
    return {"fate": Inbound.objects.get(subject="ospreysubject").fate}


def ids_of(world: World, entry: Inbound, ticket: Ticket) -> dict[str, Any]:
    said = Message.objects.filter(links__ticket=ticket, links__ended_act=None)
    answer = said.get(author="agent")
    noted = NoteAttachment.objects.filter(note__ticket=ticket).first()
    act = Event.objects.filter(message_id=answer.id).latest("id").act
    return {
        "number": ticket.number, "message_id": entry.message_id, "entry_id": entry.id, "dialog_id": answer.dialog_id,
        "delivery_id": Delivery.objects.filter(message=answer).order_by("id")[0].id,
        "attachment_id": Attachment.objects.get(message=entry.message_id).id,
        "note_attachment_id": noted.id if noted else 0, "act_id": act, "person_id": ticket.requester_id,
        "words": {
            "statuses": world.statuses["open"].id, "types": TicketType.objects.values_list("id", flat=True)[0],
            "priorities": world.priorities["high"].id, "tags": tag_named("open").id,
            "fields": (option := a_choice(world)).field_id,
            "customer-fields": (of_customers := a_choice_of_customers(world)).field_id,
        },
        "view_id": SavedView.objects.get(name="quillview").id,
        "option_id": option.id, "customer_option_id": of_customers.id, "channel_id": world.mail.id,
        "agent_id": world.iryna.id, "team_id": world.support.id,
    }  # fmt: skip


def a_choice(world: World) -> FieldOption:
    """An option of a custom field."""
    there = FieldOption.objects.first()
    if there is not None:
        return there
    field = add_field("Place", "choice", by=world.act(world.olena))
    return add_option(field, "Here", by=world.act(world.olena))


def a_choice_of_customers(world: World) -> CustomOption:
    """An option of a custom field of customers."""
    there = CustomOption.objects.first()
    if there is not None:
        return there
    field = customer_fields.add_field("Size", "choice", "person", by=world.act(world.olena))
    return customer_fields.add_option(field, "Large", by=world.act(world.olena))


def people(world: World) -> dict[str, Any]:
    """Who walks: agents, and a customer who may sign in but is no agent. Each has a person with a login."""
    world.maria.person.user = User.objects.create_user("maria@kramnytsia.example", "correct horse battery")
    world.maria.person.save(update_fields=["user"])
    return {name: getattr(world, name) for name in ("taras", "olena", "bohdan", "iryna", "sofia", "maria")}


def events() -> dict[str, Any]:
    """How many events there are, and how many of the restricted request."""
    hidden = Ticket.objects.get(number=NUMBER)
    return {"all": Event.objects.count(), "version": hidden.version}


if __name__ == "__main__":
    play({one.__name__: one for one in (letters, events, held, touch, breath)})
