from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "vikno.people"

    def ready(self) -> None:
        from vikno.accounts import addresses
        from vikno.core import jobs
        from vikno.people import erasure
        from vikno.people.actions.confirming import address_confirmed
        from vikno.people.actions.organisations import ADOPT
        from vikno.people.jobs import adopt_domain

        jobs.register(ADOPT, adopt_domain)
        addresses.CONFIRMED["people"] = address_confirmed
        erasure.register(erasure.Step("people", erasure.preview_people, erasure.blank_people))
