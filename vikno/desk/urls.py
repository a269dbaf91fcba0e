"""Addresses of the desk. The address is the state: what one sees can be sent to a colleague as a link."""

from django.urls import path

from vikno.desk.views import anyway, channels, create, files, inbox, ledger, outbox, own, staff, tags, teams, ticket, undone

app_name = "desk"

urlpatterns = [
    path("", inbox.home, name="home"),
    path("inbox/<str:key>", inbox.show, name="list"),
    path("nav", inbox.nav, name="nav"),
    path("bulk", ticket.bulk, name="bulk"),
    path("undo/<int:act_id>", ticket.undo_act, name="undo"),
    path("tags", tags.suggest, name="tags"),
    path("tickets/new", create.new_ticket, name="ticket_new"),
    path("tickets/<int:number>", ticket.show, name="ticket"),
    path("tickets/<int:number>/change", ticket.change, name="change"),
    path("tickets/<int:number>/answer", ticket.answer, name="answer"),
    path("tickets/<int:number>/draft", ticket.draft, name="draft"),
    path("tickets/<int:number>/seen", ticket.seen, name="seen"),
    path("messages/<int:message_id>/unsend", ticket.unsend_message, name="unsend"),
    path("messages/<int:message_id>/letter", files.frame, name="frame"),
    path("deliveries/<int:delivery_id>/repeat", ticket.repeat, name="delivery_repeat"),
    path("files/<int:attachment_id>", files.attachment, name="file"),
    path("files/note/<int:attachment_id>", files.note_attachment, name="note_file"),
    path("ledger", ledger.show, name="ledger"),
    path("ledger/<int:entry_id>/raw", ledger.raw, name="ledger_raw"),
    path("ledger/<int:entry_id>/<str:verb>", ledger.act, name="ledger_act"),
    path("outbox", outbox.show, name="outbox"),
    path("outbox/<int:delivery_id>/<str:verb>", outbox.act, name="delivery_act"),
    path("tickets/<int:number>/open-anyway", anyway.open_ticket, name="open_anyway"),
    path("channels", channels.show, name="channels"),
    path("channels/new", channels.add, name="mailbox_new"),
    path("channels/<int:channel_id>", channels.edit, name="channel"),
    path("channels/<int:channel_id>/test", channels.test, name="channel_test"),
    path("channels/<int:channel_id>/<str:verb>", channels.act, name="channel_act"),
    path("staff", staff.show, name="staff"),
    path("staff/invite", staff.invite, name="invite"),
    path("staff/invitations/<int:invitation_id>/withdraw", staff.withdraw, name="invitation_withdraw"),
    path("staff/<int:agent_id>", staff.edit, name="agent"),
    path("staff/<int:agent_id>/<str:verb>", staff.act, name="agent_act"),
    path("teams", teams.show, name="teams"),
    path("teams/<int:team_id>", teams.edit, name="team"),
    path("teams/<int:team_id>/<str:verb>", teams.act, name="team_act"),
    path("settings", own.show, name="settings"),
    path("settings/theme", own.theme, name="theme"),
    path("settings/sessions/<int:session_id>/end", own.session_end, name="session_end"),
    path("undone", undone.show, name="undone"),
    path("undone/jobs/<int:job_id>", undone.job, name="job_again"),
    path("undone/events/<int:parked_id>", undone.parked, name="parked_again"),
    path("design", own.design, name="design"),
]
