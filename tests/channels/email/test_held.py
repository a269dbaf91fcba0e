"""What is kept back: by the marks of mail servers, by a block, by floods. None of it is heard of until then."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.letters import letter
from tests.taking import handle_all
from tests.world import World
from vikno.dialogs.models import Message
from vikno.intake import actions, ledger
from vikno.intake.ledger import Arrival
from vikno.intake.models import Inbound
from vikno.journal import acts
from vikno.people.actions import block_domain, unblock_domain
from vikno.people.actions.persons import Refused
from vikno.people.models import Identity
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db
Take = Callable[..., Inbound]

MARKS = {
    "SpamAssassin": {"X_Spam_Flag": "YES"},
    "its status line": {"X_Spam_Status": "Yes, score=9.1 required=5.0 tests=BAYES_99"},
    "Rspamd's milter": {"X_Spamd_Result": "default: True [18.4 / 15.0]"},
    "Rspamd's action": {"X_Rspamd_Action": "add header"},
    "Microsoft's confidence": {"X_MS_Exchange_Organization_SCL": "6"},
    "Microsoft's verdict": {"X_Forefront_Antispam_Report": "CIP:1.2.3.4;SFV:SPM;CAT:SPM;SCL:5"},
    "Microsoft's class": {"X_Forefront_Antispam_Report": "CIP:1.2.3.4;SFV:NSPM;CAT:HPHISH"},
    "Yandex": {"X_Yandex_Spam": "4"},
}
CLEAN = {
    "SpamAssassin": {"X_Spam_Status": "No, score=-2.0 required=5.0"},
    "Rspamd": {"X_Spamd_Result": "default: False [2.4 / 15.0]"},
    "Microsoft": {"X_MS_Exchange_Organization_SCL": "1"},
    "Microsoft's report": {"X_Forefront_Antispam_Report": "CIP:1.2.3.4;SFV:NSPM;SCL:1"},
    "Yandex": {"X_Yandex_Spam": "1"},
}


@pytest.mark.parametrize("marks", MARKS.values(), ids=MARKS.keys())
def test_a_letter_that_its_provider_marked_is_held(take: Take, marks: dict[str, str]) -> None:
    entry = take(letter(**marks))
    assert (entry.fate, entry.reason, entry.kind) == ("held", "spam", "spam")
    assert not Ticket.objects.exists()


@pytest.mark.parametrize("marks", CLEAN.values(), ids=CLEAN.keys())
def test_one_that_passed_the_filter_comes_in(take: Take, marks: dict[str, str]) -> None:
    assert take(letter(**marks)).fate == "ticket"


def test_what_lay_in_the_junk_folder_is_held(world: World) -> None:
    entry = ledger.accept_many([Arrival(world.mail, letter(), "imap", folder=Inbound.Folder.JUNK)])[0]
    handle_all()
    entry.refresh_from_db()
    assert (entry.fate, entry.reason) == ("held", "junk")


RESULTS = {
    "rejected": ("dmarc=fail (p=REJECT sp=NONE dis=REJECT) header.from=bank.example", "held"),
    "asked to": ("dmarc=fail (p=quarantine) header.from=bank.example", "held"),
    "Microsoft's words": ("dmarc=fail action=oreject header.from=bank.example", "held"),
    "let through all the same": ("dmarc=fail (p=REJECT sp=NONE dis=NONE) header.from=bank.example", "ticket"),
    "asks for nothing": ("dmarc=fail (p=NONE dis=NONE) header.from=bank.example", "ticket"),
    "passed": ("dmarc=pass (p=REJECT) header.from=bank.example", "ticket"),
}


@pytest.mark.parametrize(("result", "fate"), RESULTS.values(), ids=RESULTS.keys())
def test_a_forged_sender_is_held_on_the_word_of_our_server(world: World, take: Take, result: str, fate: str) -> None:
    world.mail.settings["trusted_servers"] = ["mx.kashtan.example"]
    world.mail.save()
    raw = letter(sender="boss@bank.example")
    assert take(f"Authentication-Results: mx.kashtan.example; {result}\r\n".encode() + raw).fate == fate


def test_the_word_of_a_strange_server_counts_nothing(take: Take) -> None:
    raw = letter(sender="boss@bank.example")
    assert take(b"Authentication-Results: mx.evil.example; dmarc=fail (p=REJECT)\r\n" + raw).fate == "ticket"


def test_let_in_it_is_an_ordinary_letter_and_starts_the_clock(world: World, take: Take) -> None:
    entry = take(letter(X_Spam_Flag="YES"))
    outcome = actions.let_in(entry, world.act(world.taras))
    ticket, message = Ticket.objects.get(id=outcome.ticket_id), Message.objects.get(id=outcome.message_id)
    assert (message.kind, ticket.waiting_since) == ("ordinary", entry.received_at)


def test_a_domain_is_blocked_with_all_below_it_and_unblocked(world: World, take: Take) -> None:
    row = block_domain("Spammer.example", by=world.act(world.taras))
    for sender in ("a@spammer.example", "b@mail.eu.spammer.example"):
        entry = take(letter(sender=sender))
        assert (entry.fate, entry.reason) == ("held", "domain_blocked")
    assert take(letter(sender="c@notspammer.example")).fate == "ticket"
    unblock_domain(row, by=world.act(world.taras))
    assert take(letter(sender="a@spammer.example")).fate == "ticket"


@pytest.mark.parametrize(
    "domain", ["gmail.com", "ukr.net", "com", "com.ua", "укр", "", "a b.example", "x" * 300 + ".example"]
)
def test_what_is_no_ones_domain_is_not_blocked(world: World, domain: str) -> None:
    with pytest.raises(Refused):
        block_domain(domain, by=world.act(world.taras))


@pytest.mark.parametrize(
    ("typed", "sender"),
    [
        ("@Пошта.укр", "a@xn--80a1acn3a.xn--j1amh"),
        ("mail.пошта.укр.", "a@mail.xn--80a1acn3a.xn--j1amh"),
        ("a.b.c.d.bad.example", "x@a.b.c.d.bad.example"),
        ("c.d.bad.example", "x@a.b.c.d.bad.example"),
        ("bad.example", f"x@{'a.' * 30}bad.example"),
    ],
)
def test_a_domain_is_blocked_however_it_is_written_and_however_long(
    world: World, take: Take, typed: str, sender: str
) -> None:
    block_domain(typed, by=world.act(world.taras))
    assert take(letter(sender=sender)).reason == "domain_blocked"


@pytest.mark.parametrize("domain", ["kashtan.example", "Firm.example", "help.firm.example", "фірма.укр"])
def test_our_own_domain_is_not_blocked(world: World, domain: str) -> None:
    world.mail.addresses.create(address="desk@help.firm.example")
    world.mail.addresses.create(address="desk@help.фірма.укр")
    with pytest.raises(actions.NotPossible):
        actions.block_domain(domain, by=world.act(world.taras))


def test_a_flood_of_one_domain_is_held_and_other_domains_come_in(world: World, take: Take) -> None:
    world.mail.settings["flood_domain_letters"] = 3
    world.mail.save()
    fates = [take(letter(sender=f"n{number}@flood.example")).reason for number in range(5)]
    assert fates == ["", "", "", "domain_flood", "domain_flood"]
    assert take(letter(sender="maria@kramnytsia.example")).fate == "ticket"


def test_a_domain_that_everybody_shares_makes_no_flood(world: World, take: Take) -> None:
    world.mail.settings["flood_domain_letters"] = 2
    world.mail.save()
    assert {take(letter(sender=f"n{number}@ukr.net")).fate for number in range(4)} == {"ticket"}


class TestTakenBack:
    def test_a_block_is_taken_back_with_its_letter(self, world: World, take: Take) -> None:
        entry = take(letter(sender="x@spam.example", X_Spam_Flag="YES"))
        act = world.act(world.taras)
        actions.block(entry, act)
        actions.take_back(act.id, world.taras.id, world.act(world.taras))
        entry.refresh_from_db()
        assert (entry.fate, entry.reason) == ("held", "spam")
        assert Identity.objects.get(value="x@spam.example").blocked_at is None
        actions.let_in(entry, world.act(world.taras))
        assert Ticket.objects.count() == 1

    def test_who_was_blocked_before_stays_blocked(self, world: World, take: Take) -> None:
        first, second = (take(letter(sender="x@spam.example", X_Spam_Flag="YES")) for _ in range(2))
        actions.block(first, world.act(world.taras))
        act = world.act(world.taras)
        actions.block(second, act)
        actions.take_back(act.id, world.taras.id, world.act(world.taras))
        assert Identity.objects.get(value="x@spam.example").blocked_at is not None

    def test_what_was_let_in_waits_again_and_can_be_let_in_anew(self, world: World, take: Take) -> None:
        entry, act = take(letter(X_Spam_Flag="YES")), world.act(world.taras)
        actions.let_in(entry, act)
        actions.take_back(act.id, world.taras.id, world.act(world.taras))
        entry.refresh_from_db()
        assert (entry.fate, entry.reason, entry.ticket, entry.message) == ("held", "spam", None, None)
        ticket = Ticket.objects.get()
        assert ticket.spam_at is None and ticket.deleted_at is not None
        assert not Message.objects.exists()
        actions.let_in(entry, world.act(world.taras))
        assert Ticket.objects.filter(deleted_at=None).count() == 1

    def test_what_was_answered_meanwhile_stays(self, world: World, take: Take) -> None:
        entry, act = take(letter(X_Spam_Flag="YES")), world.act(world.taras)
        actions.let_in(entry, act)
        world.answer(Ticket.objects.get(), world.taras)
        with pytest.raises(actions.NotPossible):
            actions.take_back(act.id, world.taras.id, world.act(world.taras))
        entry.refresh_from_db()
        assert entry.fate == "ticket"

    def test_nobody_takes_back_what_another_did_or_decided_anew(self, world: World, take: Take) -> None:
        entry, act = take(letter(X_Spam_Flag="YES")), world.act(world.taras)
        actions.block(entry, act)
        with pytest.raises(actions.NotPossible):
            actions.take_back(act.id, world.olena.id, acts.agent(world.olena.id))
        actions.let_in(entry, world.act(world.olena))
        with pytest.raises(actions.NotPossible):
            actions.take_back(act.id, world.taras.id, world.act(world.taras))
