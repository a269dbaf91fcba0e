"""The addresses of the whole program and two that tests ask: who is signed in, and a first page."""

from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, path, reverse

from vikno.urls import urlpatterns as real


def who(request: HttpRequest) -> HttpResponse:
    return HttpResponse(getattr(request.user, "email", "nobody"))


def icons(request: HttpRequest, version: str) -> HttpResponse:
    return HttpResponse("<svg xmlns='http://www.w3.org/2000/svg'/>", content_type="image/svg+xml")


urlpatterns = [path("who/", who), *real]
try:
    reverse("icons", args=["1"], urlconf="vikno.urls")
except NoReverseMatch:
    urlpatterns.append(path("icons-<str:version>.svg", icons, name="icons"))
