"""Addresses around signing in. allauth's keep the names that it calls them by."""

from django.urls import include, path

from vikno.accounts import views

urlpatterns = [
    path("account/profile/", views.profile, name="profile"),
    path("account/sessions/", views.sessions, name="sessions"),
    path("account/sessions/end-others/", views.sessions_end_others, name="sessions_end_others"),
    path("account/sessions/<int:session_id>/end/", views.session_end, name="session_end"),
    path("account/tokens/", views.tokens, name="tokens"),
    path("account/tokens/make/", views.token_make, name="token_make"),
    path("account/tokens/<int:token_id>/revoke/", views.token_revoke, name="token_revoke"),
    path("account/security/", views.security_log, name="security_log"),
    path("account/two-factor/", include("allauth.mfa.urls")),
    path("account/password/reset/", views.PasswordReset.as_view(), name="account_reset_password"),
    path("account/password/reset/done/", views.PasswordResetDone.as_view(), name="account_reset_password_done"),
    path("account/", include("allauth.account.urls")),
    path("enter/<str:secret>/", views.sign_in_link, name="sign_in_link"),
]
