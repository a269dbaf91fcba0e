from django.apps import AppConfig


class LiveConfig(AppConfig):
    name = "vikno.live"

    def ready(self) -> None:
        from vikno.core import loops
        from vikno.live import actions
        from vikno.notices import ringing

        ringing.RING = actions.ring
        loops.register(loops.Loop("breath", step=actions.sweep, rest=60.0))
