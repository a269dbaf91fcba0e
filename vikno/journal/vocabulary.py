"""All verbs that an event can have, each with its meaning. A meaning never changes: a new kind is made instead.

docs/events.md is made from this file (`vikno events`), and so are the words of the time line.
"""

from enum import StrEnum


class Verb(StrEnum):
    """The verbs, by what they speak of. The comment behind each is its documentation."""

    # Tickets
    TICKET_CREATED = "ticket.created"  # a ticket came into being; delta holds its first fields
    TICKET_CHANGED = "ticket.changed"  # fields were set: priority, type, category, due date, restriction, custom fields
    TICKET_ASSIGNED = "ticket.assigned"  # the responsible agent or team changed
    TICKET_STATUS = "ticket.status"  # the status changed and, with it perhaps, the stage; delta holds both
    TICKET_REOPENED = "ticket.reopened"  # a closed ticket was opened again, by an agent or by an answer
    TICKET_RENAMED = "ticket.renamed"  # the subject or description changed; delta holds ids of wordings
    TICKET_TAGGED = "ticket.tagged"  # tags were added or removed; delta holds ids
    TICKET_MERGED = "ticket.merged"  # one ticket was absorbed by another
    TICKET_UNMERGED = "ticket.unmerged"  # a merge was undone
    TICKET_SPLIT = "ticket.split"  # messages were taken out into another ticket
    TICKET_RELATED = "ticket.related"  # two tickets were linked (follows, child, duplicate, related, caused by)
    TICKET_UNRELATED = "ticket.unrelated"  # such a link was ended
    TICKET_FOLLOWED = "ticket.followed"  # an agent began to follow
    TICKET_UNFOLLOWED = "ticket.unfollowed"  # an agent stopped following
    TICKET_SNOOZED = "ticket.snoozed"  # put aside until a time or an answer; null means woken
    TICKET_OPENED_ANYWAY = "ticket.opened_anyway"  # the owner read one of a closed team, or without a reader; logged
    TICKET_ACCOUNT_LET_PASS = "ticket.account_let_pass"  # a lead has an account matter handled without a proof; logged
    TICKET_DELETED = "ticket.deleted"  # put into the bin
    TICKET_RESTORED = "ticket.restored"  # taken out of the bin
    TICKET_SPAM = "ticket.spam"  # marked as spam: out of lists and figures
    TICKET_NOT_SPAM = "ticket.not_spam"  # no spam after all
    # Messages and notes
    MESSAGE_RECEIVED = "message.received"  # somebody outside the desk said something
    MESSAGE_SENT = "message.sent"  # an agent or the system said something to the outside
    MESSAGE_UNSENT = "message.unsent"  # taken back within the undo window; nothing had left
    MESSAGE_EDITED = "message.edited"  # its author changed it; a new version
    MESSAGE_JUDGED = "message.judged"  # what kind of message it is was decided anew by a person; delta holds both
    MESSAGE_HIDDEN = "message.hidden"  # its author deleted it at the platform, or had us hide it
    MESSAGE_SHOWN = "message.shown"  # it is hidden no longer
    MESSAGE_LINKED = "message.linked"  # linked to a ticket
    MESSAGE_UNLINKED = "message.unlinked"  # a link was ended
    NOTE_ADDED = "note.added"  # an internal note
    NOTE_EDITED = "note.edited"
    DELIVERY_SENT = "delivery.sent"  # handed over to the other side
    DELIVERY_REFUSED = "delivery.refused"  # the other side refused for good
    DELIVERY_BOUNCED = "delivery.bounced"  # came back later
    DELIVERY_DOUBTFUL = "delivery.doubtful"  # may have gone; waits for a person's word
    DELIVERY_REPEATED = "delivery.repeated"  # a person had it sent again
    DELIVERY_GIVEN_UP = "delivery.given_up"  # a person decided not to send it (again)
    # Dialogs
    DIALOG_OPENED = "dialog.opened"
    PARTICIPANT_ADDED = "participant.added"
    PARTICIPANT_REMOVED = "participant.removed"
    # The ledger
    INBOUND_HELD = "inbound.held"  # kept back for a person's word
    INBOUND_LET_IN = "inbound.let_in"
    INBOUND_RETRIED = "inbound.retried"  # it had failed, and a person had it tried again
    INBOUND_BLOCKED = "inbound.blocked"
    INBOUND_PUT_BACK = "inbound.put_back"  # a blocked entry is held again: the block was taken back
    # People
    PERSON_CREATED = "person.created"
    PERSON_CHANGED = "person.changed"
    PERSON_JOINED = "person.joined"  # shown as one with another person
    PERSON_UNJOINED = "person.unjoined"
    PERSON_ERASED = "person.erased"
    IDENTITY_ADDED = "identity.added"
    IDENTITY_VERIFIED = "identity.verified"
    IDENTITY_FAILED = "identity.failed"  # the address does not work
    IDENTITY_CHANGED = "identity.changed"  # it works again, was blocked or unblocked, became the preferred one
    DOMAIN_CHANGED = "domain.changed"  # blocked or unblocked
    ORGANISATION_CHANGED = "organisation.changed"
    # Staff and settings
    AGENT_INVITED = "agent.invited"
    AGENT_UNINVITED = "agent.uninvited"  # an invitation was withdrawn before it was used
    AGENT_JOINED = "agent.joined"
    AGENT_CHANGED = "agent.changed"
    AGENT_DEACTIVATED = "agent.deactivated"
    AGENT_REACTIVATED = "agent.reactivated"
    TEAM_CHANGED = "team.changed"
    CATEGORY_CHANGED = "category.changed"  # added, renamed, moved, archived, deleted, or made a matter of an account
    SETTING_CHANGED = "setting.changed"


ALL = frozenset(Verb)
