from typing import Any

from django.apps import AppConfig


def _go_on(payload: dict[str, Any]) -> None:
    from vikno.desk.going_on import engine_goes_on  # with the pages' rooms, which an idle engine does not need

    engine_goes_on(payload)


class DeskConfig(AppConfig):
    name = "vikno.desk"

    def ready(self) -> None:
        from vikno.core import jobs

        jobs.register("desk.bulk", _go_on)
