from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "vikno.intake"

    def ready(self) -> None:
        from vikno.core import loops
        from vikno.intake import pipeline

        loops.register(loops.Loop("intake", step=pipeline.step, rest=0.05, alone=True, queue=True))
