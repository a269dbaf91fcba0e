"""Addresses of what owners do about the data kept here."""

from django.urls import path

from vikno.care import views

app_name = "care"

urlpatterns = [
    path("settings/keeping", views.keeping, name="keeping"),
    path("people/<int:person_id>/copy", views.export, name="export"),
    path("people/<int:person_id>/erase", views.erase, name="erase"),
]
