"""Who gets what at each address of the program (see tests/test_walk.py), and where else the walk goes."""

from __future__ import annotations

READER, STRANGER = "taras", "stranger"
# Who walks: the one who reads the request; the owner; the lead of another team; an agent and an observer of the open
# team; a customer with a login who is no agent; and who is not signed in.
WALKERS = ("taras", "olena", "bohdan", "iryna", "sofia", "maria", STRANGER)

# What a GET answers with the ids of the restricted request, in the order of WALKERS.
EVERYBODY = "200 200 200 200 200 200 200"
NOBODY = "302 302 302 302 302 302 302"  # leads elsewhere, to a part of signing in that comes before
SIGNED_IN = "200 200 200 200 200 200 302"
NOT_BY_GET = "405 405 405 405 405 405 405"
NOT_BY_GET_BEFORE_ALL = "405 405 405 405 405 405 302"
DESK = "200 200 200 200 200 403 302"
LEADS = "200 200 200 403 403 403 302"
OWNER = "403 200 403 403 403 403 302"
READERS = "200 404 404 404 404 403 302"
API, API_READERS, API_LEADS = (
    "200 200 200 200 200 403 401",
    "200 404 404 404 404 403 401",
    "200 200 200 403 403 403 401",
)
MISSING = "404 404 404 404 404 404 404"
USED_UP = "410 410 410 410 410 410 410"
TABLE = {
    "": "302 302 302 302 302 403 302",
    r"account/^confirm-email/(?P<key>[-:\w]+)/$": EVERYBODY,
    "account/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": EVERYBODY,
    "account/confirm-email/": EVERYBODY,
    "account/email/": SIGNED_IN,
    "account/inactive/": EVERYBODY,
    "account/login/": "302 302 302 302 302 302 200",
    "account/login/code/confirm/": NOBODY,
    "account/logout/": SIGNED_IN,
    "account/password/change/": SIGNED_IN,
    "account/password/reset/": EVERYBODY,
    "account/password/reset/done/": EVERYBODY,
    "account/password/reset/key/done/": EVERYBODY,
    "account/password/set/": NOBODY,
    "account/profile/": SIGNED_IN,
    "account/reauthenticate/": SIGNED_IN,
    "account/security/": SIGNED_IN,
    "account/sessions/": SIGNED_IN,
    "account/sessions/<int:session_id>/end/": NOT_BY_GET_BEFORE_ALL,
    "account/sessions/end-others/": NOT_BY_GET_BEFORE_ALL,
    "account/signup/": "302 302 302 302 302 302 200",  # it says that one needs an invitation
    "account/tokens/": "200 200 200 200 200 403 302",
    "account/tokens/<int:token_id>/revoke/": NOT_BY_GET_BEFORE_ALL,
    "account/tokens/make/": NOT_BY_GET_BEFORE_ALL,
    "account/two-factor/": SIGNED_IN,
    "account/two-factor/authenticate/": NOBODY,
    "account/two-factor/reauthenticate/": NOBODY,
    "account/two-factor/recovery-codes/": "404 404 404 404 404 404 302",
    "account/two-factor/recovery-codes/download/": "404 404 404 404 404 404 302",
    "account/two-factor/recovery-codes/generate/": NOBODY,
    "account/two-factor/totp/activate/": NOBODY,
    "account/two-factor/totp/deactivate/": "404 404 404 404 404 404 302",
    "account/two-factor/webauthn/": SIGNED_IN,
    "account/two-factor/webauthn/add/": NOBODY,
    "account/two-factor/webauthn/keys/<int:pk>/edit/": NOBODY,
    "account/two-factor/webauthn/keys/<int:pk>/remove/": NOBODY,
    "account/two-factor/webauthn/login/": NOBODY,
    "account/two-factor/webauthn/reauthenticate/": NOBODY,
    "api/v1/": MISSING,
    "api/v1/deliveries": API,
    "api/v1/dialogs/<int:dialog_id>": API,  # its other request is open to them
    "api/v1/events": API,
    "api/v1/files/<int:attachment_id>": API_READERS,
    "api/v1/files/note/<int:attachment_id>": API_READERS,
    "api/v1/inbound": API_LEADS,
    "api/v1/openapi.json": EVERYBODY,
    "api/v1/organisations": API,
    "api/v1/people": API,
    "api/v1/people/<int:person_id>": API,
    "api/v1/statuses": API,
    "api/v1/teams": API,
    "api/v1/tickets": API,
    "api/v1/tickets/<int:number>": API_READERS,
    "api/v1/tickets/<int:number>/messages": API_READERS,
    "bulk": NOT_BY_GET,
    "categories": OWNER,
    "categories/<int:category_id>": OWNER,
    "categories/<int:category_id>/<str:verb>": NOT_BY_GET,
    "channels": DESK,
    "channels/<int:channel_id>": OWNER,
    "channels/<int:channel_id>/<str:verb>": NOT_BY_GET,
    "channels/<int:channel_id>/automatic": OWNER,
    "channels/<int:channel_id>/believing": OWNER,
    "channels/<int:channel_id>/connect": OWNER,
    "channels/<int:channel_id>/files": OWNER,
    "channels/<int:channel_id>/letters": OWNER,
    "channels/<int:channel_id>/signing": OWNER,
    "channels/<int:channel_id>/test": OWNER,
    "channels/connected": "403 302 403 403 403 403 302",  # the owner is led back: nothing was begun
    "channels/new": OWNER,
    "deliveries/<int:delivery_id>/arrived": NOT_BY_GET,
    "deliveries/<int:delivery_id>/repeat": NOT_BY_GET,
    "design": DESK,
    "enter/<str:secret>/": USED_UP,
    "f/<str:token>": MISSING,
    "f/<str:token>/<int:attachment_id>": MISSING,
    "files/<int:attachment_id>": READERS,
    "files/<int:attachment_id>/letter": "404 404 404 404 404 403 302",  # the file is no letter
    "files/draft/<int:file_id>": "200 404 404 404 404 403 302",  # its author
    "files/note/<int:attachment_id>": READERS,
    "held": LEADS,
    "held/act": NOT_BY_GET,
    "held/senders": LEADS,
    "held/senders/act": NOT_BY_GET,
    "held/tickets": LEADS,
    "held/undo/<int:act_id>": NOT_BY_GET,
    "icons/<str:version>.svg": EVERYBODY,
    "inbox/<str:key>": DESK,
    "invitation/<str:secret>/": USED_UP,
    "ledger": LEADS,
    "ledger/<int:entry_id>/<str:verb>": NOT_BY_GET,
    "ledger/<int:entry_id>/raw": "200 404 404 403 403 403 302",
    "messages/<int:message_id>/hide": NOT_BY_GET,
    "messages/<int:message_id>/show": NOT_BY_GET,
    "messages/<int:message_id>/letter": READERS,
    "messages/<int:message_id>/not-thanks": NOT_BY_GET,
    "messages/<int:message_id>/place": "200 404 404 404 403 403 302",
    "messages/<int:message_id>/unsend": NOT_BY_GET,
    "metrics": EVERYBODY,  # of this machine and its private network
    "nav": DESK,
    "outbox": LEADS,
    "outbox/<int:delivery_id>/<str:verb>": NOT_BY_GET,
    "people/<int:person_id>/erase": OWNER,
    "readyz": EVERYBODY,
    "search": DESK,
    "search/quick": DESK,
    "search/recent": NOT_BY_GET,
    "settings": DESK,
    "settings/keeping": OWNER,
    "settings/notices": DESK,
    "settings/notices/rules": NOT_BY_GET,
    "settings/sessions/<int:session_id>/end": NOT_BY_GET,
    "settings/theme": NOT_BY_GET,
    "staff": LEADS,
    "staff/<int:agent_id>": LEADS,
    "staff/<int:agent_id>/<str:verb>": NOT_BY_GET,
    "staff/invitations/<int:invitation_id>/withdraw": NOT_BY_GET,
    "staff/invite": NOT_BY_GET,
    "suspected": LEADS,
    "suspected/<int:entry_id>/<str:verb>": NOT_BY_GET,
    "tags": DESK,
    "teams": LEADS,
    "teams/<int:team_id>": "200 200 403 403 403 403 302",  # the owner, and its own lead
    "teams/<int:team_id>/<str:verb>": NOT_BY_GET,
    "tickets/<int:number>": READERS,
    "tickets/<int:number>/answer": NOT_BY_GET,
    "tickets/<int:number>/change": NOT_BY_GET,
    "tickets/<int:number>/draft": NOT_BY_GET,
    "tickets/<int:number>/open-anyway": NOT_BY_GET,
    "tickets/<int:number>/quotation": READERS,
    "tickets/<int:number>/seen": NOT_BY_GET,
    "tickets/new": "200 200 200 200 403 403 302",
    "undo/<int:act_id>": NOT_BY_GET,
    "undone": OWNER,
    "undone/events/<int:parked_id>": NOT_BY_GET,
    "undone/index": NOT_BY_GET,
    "undone/index/<int:due_id>": NOT_BY_GET,
    "undone/jobs/<int:job_id>": NOT_BY_GET,
    "welcome/": NOBODY,  # everything is set up
    "welcome/<str:secret>/": NOBODY,
    "welcome/next": OWNER,
}
# Addresses with questions, which patterns do not name.
QUESTIONS = [
    *(f"/inbox/{key}" for key in ("mine", "unassigned", "unopened", "waiting", "open")),
    *(f"/inbox/all?sort={sort}" for sort in ("newest", "waiting", "due")),
    "/inbox/mine?sort=newest",
    *(f"/ledger?fate={fate}" for fate in ("waiting", "held", "suspected", "failed", "refused", "bounce", "duplicate")),
    *(f"/outbox?state={state}" for state in ("doubtful", "failed", "sent", "cancelled")),
    "/api/v1/deliveries?state=refused", "/api/v1/inbound?fate=reply", "/api/v1/events?limit=200",
    "/api/v1/tickets?limit=200", "/api/v1/people?q=hero"]  # fmt: skip
# Where one asks by words. Whether they are those of the restricted request or nobody's, the answer is the same.
SEARCHES = [
    "/search?q={}", "/search?q={}&t=1", "/search?q=tag%3A{}", "/search?q=from%3A{}", "/search/quick?q={}",
    "/search?q=tag%3A{}&t=1", "/ledger?q={}", "/held?sender={}", "/api/v1/tickets?q={}"]  # fmt: skip
