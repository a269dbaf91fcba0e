"""Addresses of the first run."""

from django.urls import path

from vikno.welcome import views

app_name = "welcome"

urlpatterns = [
    path("welcome/", views.first_run, name="first_run"),
    path("welcome/next", views.next_steps, name="next"),
    path("welcome/<str:secret>/", views.first_run, name="link"),
]
