from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "vikno.intake"

    def ready(self) -> None:
        from vikno.core import jobs, loops
        from vikno.intake import names, pipeline, suspecting, thanks
        from vikno.journal.vocabulary import Verb
        from vikno.tickets.actions import undoing

        # The first letter must not wait until all words of thanks are known.
        loops.register(loops.Loop("intake", step=pipeline.step, rest=0.05, alone=True, queue=True, start=thanks.learn))
        jobs.register(names.JOB, names.work)
        undoing.INVERSES[Verb.INBOUND_LET_IN] = suspecting.waits_again
        undoing.INVERSES[Verb.INBOUND_HELD] = suspecting.waits_again
