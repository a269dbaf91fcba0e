"""Which address belongs to which room."""

from django.urls import URLPattern, URLResolver, include, path

from vikno.desk.views import company
from vikno.desk.views.inbox import sprite

handler500 = "vikno.core.faults.server_error"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("vikno.health.urls")),
    path("", include("vikno.accounts.urls")),
    path("", include("vikno.staff.urls")),
    # By name: it is read at the first call or once the process has time, because its types take long to build.
    path("api/v1/", ("vikno.api.urls", "ninja", "api")),
    path("", include("vikno.welcome.urls")),
    path("look/<int:hue>.css", company.hue, name="hue"),
    path("look/<str:key>.png", company.logo, name="logo"),
    path("icons/<str:version>.svg", sprite, name="icons"),
    path("", include("vikno.care.urls")),
    path("", include("vikno.channels.email.urls")),
    path("", include("vikno.desk.urls")),
]
