from django.urls import path

from vikno.staff import views

urlpatterns = [path("invitation/<str:secret>/", views.invitation, name="invitation")]
