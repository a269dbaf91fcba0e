from django.apps import AppConfig


class DialogsConfig(AppConfig):
    name = "vikno.dialogs"

    def ready(self) -> None:
        from vikno.core import loops
        from vikno.dialogs import sending

        loops.register(sending.loop())
