from django.apps import AppConfig


class ManualConfig(AppConfig):
    name = "vikno.channels.manual"
    label = "channel_manual"

    def ready(self) -> None:
        from vikno.channels.manual import channel
        from vikno.dialogs import channels

        for kind in channel.KINDS:
            channels.register(kind)
