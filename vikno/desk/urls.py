"""Addresses of the desk. The address is the state: what one sees can be sent to a colleague as a link."""

from django.urls import path

from vikno.desk.views import create, files, inbox, ledger, outbox, ticket

app_name = "desk"

urlpatterns = [
    path("", inbox.home, name="home"),
    path("inbox/<str:key>", inbox.show, name="list"),
    path("nav", inbox.nav, name="nav"),
    path("bulk", ticket.bulk, name="bulk"),
    path("undo/<int:act_id>", ticket.undo_act, name="undo"),
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
]
for _name in ("settings", "theme", "channels", "staff"):  # being written
    urlpatterns.append(path(f"{_name}", inbox.home, name=_name))
