from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "vikno.notices"

    def ready(self) -> None:
        from vikno.core import loops
        from vikno.journal import readers
        from vikno.notices import deadlines, erasing, sending
        from vikno.notices.readers import NOTICING
        from vikno.people import erasure

        readers.register(NOTICING)
        erasure.register(erasing.STEP)
        loops.register(deadlines.LOOP)
        loops.register(loops.Loop("notices", step=sending.step, rest=sending.REST, alone=True))
