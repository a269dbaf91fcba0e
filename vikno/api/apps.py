from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "vikno.api"

    def ready(self) -> None:
        from vikno.api import erasure
        from vikno.people.erasure import register

        register(erasure.STEP)
