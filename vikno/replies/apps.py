from django.apps import AppConfig


class RepliesConfig(AppConfig):
    name = "vikno.replies"

    def ready(self) -> None:
        from vikno.journal import readers
        from vikno.people import erasure as people
        from vikno.replies import erasure
        from vikno.replies.actions import letters
        from vikno.replies.readers import ACKNOWLEDGING
        from vikno.tickets.actions import unsending

        readers.register(ACKNOWLEDGING)
        people.register(erasure.STEP)
        unsending.KEEPERS.append(letters.take_back)
