"""The addresses of these rooms, the sprite of every page, one that says who is signed in, and one that fails."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def who(request: HttpRequest) -> HttpResponse:
    return HttpResponse(getattr(request.user, "email", "nobody"))


def icons(request: HttpRequest, version: str) -> HttpResponse:
    return HttpResponse("<svg xmlns='http://www.w3.org/2000/svg'/>", content_type="image/svg+xml")


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a fault of ours")


urlpatterns = [
    path("broken/", broken),
    path("who/", who),
    path("icons-<str:version>.svg", icons, name="icons"),
    path("", include("vikno.accounts.urls")),
    path("", include("vikno.staff.urls")),
]
