"""The owner's pages of the company, its appearance, and the journal of changes."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from tests.desk.seats import Seat
from tests.world import World
from vikno.core.models import Brand, Company, StoredFile
from vikno.journal.models import Event

pytestmark = pytest.mark.django_db

COMPANY = {"name": "Каштан", "language": "uk", "zone": "Europe/Kyiv"}
LOOK = {"name": "Каштан", "sender_name": "", "language": "uk", "accent_hue": "250"}


@pytest.fixture
def owner(world: World) -> Seat:
    return Seat(world.olena)


def undo(seat: Seat) -> str:
    last = Event.objects.filter(verb="setting.changed").latest("id")
    page: str = seat.sends(f"/undo/{last.act}").content.decode()
    return page


def picture(kind: str = "PNG", size: tuple[int, int] = (900, 300)) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, kind)
    return out.getvalue()


def chosen(content: bytes, name: str = "logo.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "image/png")


def test_the_company_gets_another_name_zone_and_language(world: World, owner: Seat) -> None:
    assert owner.post("/settings/company", COMPANY | {"zone": "Europe/Warsaw", "language": "en"}).status_code == 302
    assert "Undone." in undo(owner)
    row = Company.objects.get()
    assert (row.zone, row.language) == ("Europe/Kyiv", "uk")
    owner.post("/settings/company", COMPANY | {"name": "Дуб і Каштан"})
    assert "Дуб і Каштан" in owner.page("/channels")
    assert "This cannot be undone." in undo(owner)
    for wrong in ({"name": " "}, {"zone": "Mars/Base"}, {"language": "xx"}):
        assert owner.post("/settings/company", COMPANY | wrong).status_code == 422


def test_what_customers_see_is_another_thing(world: World, owner: Seat) -> None:
    form = LOOK | {"name": "Каштан Сервіс", "sender_name": "Підтримка", "language": "en"}
    assert owner.post("/settings/appearance", form).status_code == 302
    brand = Brand.objects.get()
    assert (brand.name, brand.sender_name, brand.language) == ("Каштан Сервіс", "Підтримка", "en")
    assert Company.objects.get().name == "Каштан"


def test_a_colour_is_on_every_page_also_of_signing_in_and_is_undone(world: World, owner: Seat) -> None:
    stranger = Client(HTTP_HOST="127.0.0.1:8000")
    assert "/look/" not in owner.page("/channels")
    owner.post("/settings/appearance", LOOK | {"accent_hue": "20"})
    for page in (owner.page("/channels"), stranger.get("/account/login/").content.decode()):
        assert 'href="/look/20.css"' in page
    sheet = stranger.get("/look/20.css")
    assert sheet["Content-Type"] == "text/css" and "--accent-hue: 20;" in sheet.content.decode()
    assert stranger.get("/look/360.css").status_code == 404
    assert "Undone." in undo(owner)
    assert "/look/" not in owner.page("/channels")
    assert owner.post("/settings/appearance", LOOK | {"accent_hue": "21"}).status_code == 422


def test_a_logo_is_made_anew_and_shown_to_who_signs_in(world: World, owner: Seat) -> None:
    stranger = Client(HTTP_HOST="127.0.0.1:8000")
    content = picture("JPEG") + b"<script>alert(1)</script>"
    assert owner.post("/settings/appearance", LOOK | {"logo": chosen(content)}).status_code == 302
    first = Brand.objects.get().logo
    assert first is not None
    assert f"/look/{first.key}.png" in stranger.get("/account/login/").content.decode()
    answer = stranger.get(f"/look/{first.key}.png")
    assert answer["Content-Type"] == "image/png" and b"script" not in answer.content
    with Image.open(BytesIO(answer.content)) as shown:
        assert (shown.format, shown.size) == ("PNG", (512, 171))
    owner.post("/settings/appearance", LOOK | {"logo": chosen(picture(size=(20, 20)))})
    assert not StoredFile.objects.filter(id=first.id).exists(), "the one before is gone"
    assert stranger.get(f"/look/{first.key}.png").status_code == 404
    owner.post("/settings/appearance", LOOK | {"no_logo": "1"})
    assert Brand.objects.get().logo is None
    assert "/look/" not in stranger.get("/account/login/").content.decode()


@pytest.mark.parametrize(
    "content",
    [b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", b"", b"\x89PNG\r\n\x1a\n broken", b"x" * 9],
)
def test_what_is_no_picture_is_no_logo(world: World, owner: Seat, content: bytes) -> None:
    answer = owner.post("/settings/appearance", LOOK | {"logo": chosen(content)})
    assert answer.status_code == 422
    assert Brand.objects.get().logo is None and not StoredFile.objects.exists()


def test_these_pages_are_the_owners(world: World) -> None:
    for agent in (world.taras, world.iryna):
        seat = Seat(agent)
        for page in ("company", "appearance", "journal"):
            assert seat.get(f"/settings/{page}").status_code == 403
            assert f'href="/settings/{page}"' not in seat.page("/settings/all")
        assert seat.post("/settings/company", COMPANY | {"name": "x"}).status_code == 403
        assert seat.post("/settings/appearance", LOOK | {"name": "x"}).status_code == 403
