from django.apps import AppConfig


class WelcomeConfig(AppConfig):
    name = "vikno.welcome"

    def ready(self) -> None:
        from vikno.core import starting
        from vikno.welcome.starting import begin

        starting.register("welcome", begin)
