from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "vikno.staff"

    def ready(self) -> None:
        from vikno.accounts import zones
        from vikno.accounts.rights import CHECKS, Right
        from vikno.people import erasure
        from vikno.staff import queries
        from vikno.staff.erasing import INVITATIONS

        CHECKS[Right.READ_SECURITY_LOG] = queries.is_owner
        CHECKS[Right.MAKE_TOKENS] = queries.is_agent
        CHECKS[Right.LEAD] = queries.is_lead
        zones.ZONE_OF = queries.zone_of_login
        erasure.register(INVITATIONS)
