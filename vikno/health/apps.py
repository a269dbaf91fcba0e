from django.apps import AppConfig


class HealthConfig(AppConfig):
    name = "vikno.health"

    def ready(self) -> None:
        from vikno.health import checks

        checks.register_all()
