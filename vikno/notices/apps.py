from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "vikno.notices"

    def ready(self) -> None:
        from vikno.core import loops
        from vikno.journal import readers
        from vikno.notices import deadlines, erasing, sending, ways
        from vikno.notices.kinds import PUSH
        from vikno.notices.push import way
        from vikno.notices.readers import NOTICING
        from vikno.people import erasure

        readers.register(NOTICING)
        erasure.register(erasing.STEP)
        ways.register(ways.Way(PUSH, way.send))
        loops.register(deadlines.LOOP)
        loops.register(loops.Loop("notices", step=sending.step, rest=sending.REST, alone=True))
        for name in ("devices", "more devices"):  # one goes on while the other waits for a service
            loops.register(loops.Loop(name, step=sending.step_devices, rest=sending.REST, alone=True))
