from django.apps import AppConfig


class TasksConfig(AppConfig):
    name = "vikno.tasks"

    def ready(self) -> None:
        from vikno.core import loops
        from vikno.people import erasure
        from vikno.tasks import reminding
        from vikno.tasks.erasure import STEP

        erasure.register(STEP)
        loops.register(reminding.LOOP)
