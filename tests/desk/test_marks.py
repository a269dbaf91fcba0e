"""What the page says of a message before one believes it."""

import pytest

from tests.desk.seats import Seat
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("seal", "words"), [("signed", "signed, not checked"), ("encrypted", "encrypted: only its owner&#39;s key")]
)
def test_a_sealed_letter_says_so(world: World, seal: str, words: str) -> None:
    sealed, plain = world.ticket(trust={"seal": seal}), world.ticket()
    seat = Seat(world.iryna)
    assert words in seat.page(f"/tickets/{sealed.number}")
    assert words not in seat.page(f"/tickets/{plain.number}")
