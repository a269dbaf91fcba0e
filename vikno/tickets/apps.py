from django.apps import AppConfig


class TicketsConfig(AppConfig):
    name = "vikno.tickets"

    def ready(self) -> None:
        from vikno.dialogs import deliveries
        from vikno.staff import leaving
        from vikno.tickets import queries
        from vikno.tickets.actions.assigning import give_back, take_back

        deliveries.TICKETS_OF = queries.tickets_of
        leaving.register(leaving.Step("tickets", give_back=give_back, take_back=take_back))
