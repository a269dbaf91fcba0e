"""What the other tests rely on: the network is closed, the database is ours, counting counts."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Permission
from django.db import connection, transaction
from django.db.models import DateTimeField
from pytest_socket import SocketConnectBlockedError

from tests import emptying
from tests.casting import rows_known_to
from tests.world import build, standing
from vikno.core import clock
from vikno.search.models import Build

HIDDEN = ("password", "secret")  # each time another, or not to be compared


def test_the_network_is_closed_except_for_this_machine() -> None:
    with socket.socket() as stranger, pytest.raises(SocketConnectBlockedError):
        stranger.connect(("192.0.2.1", 25))
    with socket.socket() as listener, socket.socket() as neighbour:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        neighbour.connect(listener.getsockname())


@pytest.mark.django_db
def test_the_database_is_the_kind_that_was_asked_for_and_knows_cyrillic(on_postgresql: bool) -> None:
    assert connection.vendor == ("postgresql" if on_postgresql else "sqlite")
    if on_postgresql:
        with connection.cursor() as cursor:
            cursor.execute("SELECT lower('КИЇВ'), 'Ґанок' ILIKE 'ґАНОК'")
            assert cursor.fetchone() == ("київ", True)


@pytest.mark.django_db
def test_counting_queries_fails_above_the_bound(queries) -> None:
    def ask(times: int) -> None:
        with connection.cursor() as cursor:
            for _ in range(times):
                cursor.execute("SELECT 1")

    with queries(at_most=2) as seen:
        ask(2)
    assert len(seen) == 2
    with pytest.raises(pytest.fail.Exception, match="3 queries, 2 allowed"), queries(at_most=2):
        ask(3)


@pytest.mark.django_db(transaction=True)
def test_after_a_test_that_commits_the_database_is_as_it_was_migrated() -> None:
    def everything() -> dict[str, list[Any]]:
        models = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
        return {model._meta.label: list(model._base_manager.order_by("pk").values_list()) for model in models}

    before = everything()
    assert before["search.Build"], "made by its migration, which the end of each test must not undo"
    assert {label for label, rows in before.items() if rows} == {
        "auth.Permission", "contenttypes.ContentType", "search.Build",
    }  # fmt: skip
    with standing() as world, transaction.atomic():
        world.answer(world.ticket())
        Permission.objects.update(name="spoilt")
        Build.objects.all().delete()
    assert everything() != before
    emptying.empty()
    assert everything() == before


@pytest.mark.django_db
def test_a_world_that_was_poured_is_the_one_that_is_built() -> None:
    def told() -> dict[str, list[Any]]:
        """All but numbers of rows, moments, and what is made by chance."""
        found = {}
        for model in apps.get_models(include_auto_created=True):
            plain = [
                field.attname
                for field in model._meta.concrete_fields
                if not (field.primary_key or field.is_relation or isinstance(field, DateTimeField))
                and field.name not in HIDDEN
            ]
            found[model._meta.label] = list(model._base_manager.order_by("pk").values_list(*plain))
        return found

    with standing() as poured:
        for row in rows_known_to(vars(poured).values()):
            there = type(row)._base_manager.get(pk=row.pk)
            names = [field.attname for field in row._meta.concrete_fields if field.name not in HIDDEN]
            assert [getattr(row, name) for name in names] == [getattr(there, name) for name in names]
            assert all(getattr(row, f.attname) <= clock.now() for f in row._meta.fields if f.name == "created_at")
        found = told()
    emptying.empty()
    build()
    assert told() == found


def test_secrets_and_files_of_the_developer_are_not_touched(data) -> None:
    assert data == settings.DATA
    assert settings.DATA.name.startswith("vikno-tests-")
