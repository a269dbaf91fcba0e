from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "vikno.accounts"

    def ready(self) -> None:
        from vikno.accounts import heard  # noqa: F401 - it begins to listen
