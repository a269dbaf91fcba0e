"""The built-in channels: told in person or by phone, entered by an agent."""

from django.utils import translation

from tests.world import World
from vikno.channels.manual.actions import ensure_channels
from vikno.dialogs.channels import KINDS
from vikno.dialogs.models import Channel
from vikno.people.models import Identity


def test_both_are_made_once(world: World) -> None:
    first = ensure_channels(world.brand, world.support)
    assert [channel.kind for channel in first] == ["in_person", "phone"]
    assert ensure_channels(world.brand, world.support) == first
    assert Channel.objects.filter(kind__in=["in_person", "phone"]).count() == 2


def test_a_renamed_one_keeps_its_name(world: World) -> None:
    [in_person, _] = ensure_channels(world.brand, world.support)
    Channel.objects.filter(id=in_person.id).update(name="Рецепція")
    with translation.override("en"):
        [found, _] = ensure_channels(world.brand, world.support)
    assert found.name == "Рецепція"


def test_nothing_is_sent_over_them_and_a_talk_ends() -> None:
    for kind in ("in_person", "phone"):
        assert KINDS[kind].deliver is None and KINDS[kind].ends
    assert KINDS["phone"].identity_kind == Identity.Kind.PHONE
    assert KINDS["in_person"].identity_kind == Identity.Kind.PLACE
