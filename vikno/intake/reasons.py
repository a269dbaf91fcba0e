"""Why an entry of the ledger met its fate: codes in the row and in answers to machines, words on the pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

WORDS = {
    "": "",
    # held
    "spam": _("The mail provider marked it as spam."),
    "sender_blocked": _("Its sender is blocked."),
    "junk": _("It lay in the junk folder of the mailbox."),
    "forged": _("Its sender's domain asks to refuse letters like this one: the address is probably forged."),
    "domain_blocked": _("The domain of its sender is blocked."),
    "domain_flood": _("Too many came from this domain within a short time."),
    "flood": _("Too many came from this address within a short time."),
    "too_big": _("It is larger than this channel takes. The whole letter is still in the mailbox it came from."),
    "account_matter": _(
        "It goes on with a matter of an account, and it is not proved to come from a verified address of the customer."
    ),
    "held_by_agent": _("An agent put it aside: it claimed a request it has nothing to do with."),
    # suspected
    "not_a_participant": _("It answers a letter of this request, but its sender takes no part in it."),
    "number_of_another": _("Its subject names this request by number, but its sender takes no part in it."),
    "colleague_unproved": _(
        "A colleague seems to have answered the customer from a mailbox of their own, but it is not proved that it was "
        "they."
    ),
    # duplicate
    "same_letter": _("The same letter came before."),
    "own_letter": _("It is a copy of a letter that was sent from here."),
    "sent_elsewhere": _("It was sent from the mailbox with another program, and answers nothing that came in here."),
    # a ticket
    "not_our_address": _("It was written to none of our addresses; the channel named here took what the pipe brought."),
    # joined a ticket
    "sent_from_mailbox": _("It was sent from the mailbox with another program, and is kept as the team's answer."),
    "colleague_wrote": _("A colleague answered the customer from a mailbox of their own, with this one in copy."),
    "agent_note": _("A colleague answered a notice by letter: it is an internal note."),
    "agent_answer": _("A colleague answered a notice by letter: it went to the customer."),
    # bounce
    "delivery_failed": _("A mail server reports that a letter of ours was not delivered."),
    "delivery_delayed": _("A mail server reports that a letter of ours is delayed. Nothing needs to be done yet."),
    "delivery_report": _("A mail server reports on a letter of ours."),
    "read_receipt": _("Its recipient's mail program says that a letter of ours was opened."),
    "complaint": _("Its recipient called a letter of ours spam. Nothing automatic goes to that address any more."),
    "unknown_letter": _("A mail server reports on a letter that was not sent from here."),
    "notice_failed": _("A notice to a colleague did not arrive. Their page of notices says so; no more go there."),
    "notice_answered_by_machine": _("The mail program of a colleague answered a notice by itself, such as on leave."),
    # refused
    "blocked_by_agent": _("An agent blocked its sender."),
    "erased": _("Nobody let it in while it was kept; its words are erased, so that nothing can be decided any more."),
    # failed, or not handled yet
    "error": _("It could not be understood. Nothing is lost: the raw letter is kept, and it can be tried again."),
    "died": _("The program ended again and again while it read this letter. The raw letter is kept."),
    "no_reader": _(
        "The program ended while it had this letter, so it is read only by a process of its own, and none could be "
        "started: the machine may be short of memory. The raw letter is kept, and it can be tried again."
    ),
    "raw_missing": _("The raw bytes of this letter are not in the store any more. A backup may have them."),
    "apart": _("The program ended while it had this letter. It is read by a process of its own from now on."),
    "later": _("It is stored and will be tried again by itself."),
}


def words(code: str) -> str:
    """The reason in the reader's language; an unknown code (of a later version) as it is."""
    return str(WORDS.get(code, code))
