"""The API and its description at /api/v1/openapi.json."""

from ninja import NinjaAPI

from vikno import __version__
from vikno.api import errors, messages, others, people, tickets
from vikno.api.access import Bearer

api = NinjaAPI(
    title="Vikno", version=__version__, urls_namespace="api", docs_url=None, auth=Bearer(),
    description="Tickets, dialogs and people of one Vikno. Errors are problem details (RFC 9457).",
)  # fmt: skip
for router in (tickets.router, messages.router, people.router, others.router):
    api.add_router("", router)
errors.install(api)
urlpatterns = api.urls[0]  # the room is one namespace: see vikno/urls.py
