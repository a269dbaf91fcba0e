from django.apps import AppConfig


class TicketsConfig(AppConfig):
    name = "vikno.tickets"

    def ready(self) -> None:
        from vikno.core import jobs, loops
        from vikno.core.selectors.fields import register, register_made
        from vikno.dialogs import deliveries
        from vikno.journal import readers
        from vikno.staff import leaving
        from vikno.tickets import conditions, own_fields, queries, waking
        from vikno.tickets.actions import account, refiling, sorting_words
        from vikno.tickets.actions.assigning import give_back, take_back
        from vikno.tickets.readers import UNHEARD

        deliveries.TICKETS_OF = queries.tickets_of
        deliveries.KEEPS_BACK = account.keeps_back
        jobs.register(sorting_words.REFILE, refiling.refile)
        jobs.register(sorting_words.FILE_BACK, refiling.file_back)
        loops.register(waking.LOOP)
        readers.register(UNHEARD)
        register(conditions.fields())
        register_made(own_fields.PREFIX, own_fields.own_fields)
        leaving.register(leaving.Step("tickets", give_back=give_back, take_back=take_back))
