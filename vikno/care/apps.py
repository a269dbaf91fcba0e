from django.apps import AppConfig


class CareConfig(AppConfig):
    name = "vikno.care"

    def ready(self) -> None:
        import vikno.dialogs.erasure
        import vikno.intake.erasure
        import vikno.tickets.erasure
        from vikno.care import doctor, erasure, retention
        from vikno.core import jobs, loops
        from vikno.desk.kept_words import KEPT
        from vikno.people.erasure import register

        for step in (
            vikno.tickets.erasure.STEP,
            vikno.dialogs.erasure.STEP,
            vikno.intake.erasure.STEP,
            erasure.OUTBOX,
            erasure.LOGIN,
        ):
            register(step)
        jobs.register(retention.JOB, retention.handle)
        loops.register(loops.Loop("daily duties", step=retention.ask_once_a_night, rest=300))
        KEPT.update({kind.name: kind.title for kind in retention.KINDS.values()})
        doctor.register_all()
