from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "vikno.notices"

    def ready(self) -> None:
        from vikno.core import loops
        from vikno.journal import readers
        from vikno.notices import deadlines, erasing, sending, side_by_side, ways
        from vikno.notices.kinds import PUSH
        from vikno.notices.push import way
        from vikno.notices.readers import NOTICING
        from vikno.people import erasure

        readers.register(NOTICING)
        erasure.register(erasing.STEP)
        ways.register(ways.Way(PUSH, way.send))
        loops.register(deadlines.LOOP)
        loops.register(loops.Loop("notices", step=sending.step, rest=sending.REST, alone=True))
        loops.register(side_by_side.LOOP)
