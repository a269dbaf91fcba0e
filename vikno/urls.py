"""Which address belongs to which room."""

from django.urls import URLPattern, URLResolver, include, path

from vikno.api.urls import api
from vikno.desk.views.inbox import sprite

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("vikno.health.urls")),
    path("", include("vikno.accounts.urls")),
    path("", include("vikno.staff.urls")),
    path("api/v1/", api.urls),
    path("", include("vikno.welcome.urls")),
    path("icons/<str:version>.svg", sprite, name="icons"),
    path("", include("vikno.care.urls")),
    path("", include("vikno.desk.urls")),
]
