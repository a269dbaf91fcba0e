from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "vikno.search"

    def ready(self) -> None:
        from vikno.core import loops
        from vikno.journal import readers
        from vikno.people import erasure as people
        from vikno.search import attached, erasure, filling, rebuild
        from vikno.search.readers import READER

        attached.register_all()
        readers.register(READER)
        people.register(erasure.STEP)
        loops.register(loops.Loop("search", step=filling.step, rest=filling.REST, alone=True, queue=True, gathers=True))
        loops.register(loops.Loop("search index", step=rebuild.turn, rest=5.0, alone=True))
