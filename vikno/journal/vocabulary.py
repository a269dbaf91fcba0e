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
    TICKET_CAUSE_CLOSED = "ticket.cause_closed"  # what caused these tickets was closed; delta holds that one's id
    TICKET_DUE_SOON = "ticket.due_soon"  # its deadline is near; delta holds that instant
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
    MESSAGE_CONFIRMED = "message.confirmed"  # a customer said, by the link sent to them, that it was they who asked
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
    IDENTITY_CHANGED = "identity.changed"  # it works again, was blocked or not, is preferred, is vouched for no more
    IDENTITY_REMOVED = "identity.removed"  # it was not theirs; nothing had been said by it
    PERSON_EXPORTED = "person.exported"  # somebody made a copy of all that is kept of them
    DOMAIN_CHANGED = "domain.changed"  # blocked or unblocked
    ORGANISATION_CHANGED = "organisation.changed"
    # What agents plan for themselves
    TASK_ADDED = "task.added"  # an agent put something on their own to-do list; delta holds its id
    TASK_CHANGED = "task.changed"  # its words, day or reminder were changed by its agent
    TASK_DONE = "task.done"  # its agent has done it
    TASK_REOPENED = "task.reopened"  # it was not done after all
    TASK_REMINDED = "task.reminded"  # its reminder has come; delta holds its id and its agent's
    OWN_NOTE_KEPT = "own_note.kept"  # an agent wrote, changed or emptied a note for themselves; delta holds its id
    # Staff and settings
    AGENT_INVITED = "agent.invited"
    AGENT_UNINVITED = "agent.uninvited"  # an invitation was withdrawn before it was used
    AGENT_JOINED = "agent.joined"
    AGENT_CHANGED = "agent.changed"
    AGENT_DEACTIVATED = "agent.deactivated"
    AGENT_REACTIVATED = "agent.reactivated"
    TEAM_CHANGED = "team.changed"
    CATEGORY_CHANGED = "category.changed"  # added, renamed, moved, archived, deleted, or made a matter of an account
    STATUS_CHANGED = "status.changed"  # added, renamed, moved, out of use, deleted, merged; its stage or customer word
    TYPE_CHANGED = "type.changed"  # the same of a type of requests
    PRIORITY_CHANGED = "priority.changed"  # the same of a priority
    TAG_CHANGED = "tag.changed"  # the same of a tag; its colour
    VIEW_CHANGED = "view.changed"  # a saved view was made, changed, moved or deleted; delta holds ids and codes
    FIELD_CHANGED = "field.changed"  # the same of a custom field, or an option of one; who is asked it, and when
    SETTING_CHANGED = "setting.changed"


ALL = frozenset(Verb)
# Who works here and how Vikno is set up: the owners' page tells of these, and there is a short row of each for it.
SETTINGS = frozenset({
    Verb.AGENT_INVITED, Verb.AGENT_UNINVITED, Verb.AGENT_JOINED, Verb.AGENT_CHANGED, Verb.AGENT_DEACTIVATED,
    Verb.AGENT_REACTIVATED, Verb.TEAM_CHANGED, Verb.CATEGORY_CHANGED, Verb.STATUS_CHANGED, Verb.TYPE_CHANGED,
    Verb.PRIORITY_CHANGED, Verb.TAG_CHANGED, Verb.FIELD_CHANGED, Verb.DOMAIN_CHANGED, Verb.SETTING_CHANGED,
})  # fmt: skip
