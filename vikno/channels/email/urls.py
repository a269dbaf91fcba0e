"""Addresses that letters carry."""

from django.urls import path

from vikno.channels.email import views

app_name = "email"

urlpatterns = [
    path("f/<str:token>", views.show, name="hand_out"),
    path("c/<str:token>", views.confirm, name="confirm"),
    path("f/<str:token>/<int:attachment_id>", views.fetch, name="file"),
]
