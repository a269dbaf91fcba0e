from django.apps import AppConfig


class RepliesConfig(AppConfig):
    name = "vikno.replies"

    def ready(self) -> None:
        from vikno.journal import readers
        from vikno.replies.readers import ACKNOWLEDGING

        readers.register(ACKNOWLEDGING)
