from django.apps import AppConfig


class EmailConfig(AppConfig):
    name = "vikno.channels.email"
    label = "channel_email"

    def ready(self) -> None:
        from vikno.accounts import letters
        from vikno.channels.email import channel, inbound, loops, plain
        from vikno.core import jobs
        from vikno.dialogs import channels
        from vikno.intake import pipeline

        channels.register(channel.EMAIL)
        pipeline.register(channel.EMAIL.name, inbound.DOOR)
        loops.register_all()
        jobs.register(plain.JOB, plain.send_now)
        letters.SEND = plain.send_plain
