"""What the guides and docs/pictures show: pages of the demo, each with what somebody does there. A scene leaves the
page as it is to be looked at; it may be played again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

Scene = Callable[["Page", str, str], None]  # the page, the address of the demo, the language

ANSWERED, WITH_FILES, TALKED = 1003, 1002, 1002  # numbers of the demo's requests
WORDS = {  # what an agent types
    "en": ("Thank you for writing. A courier collects it tomorrow.", "Please look at the photo @", "refund", "merge"),
    "uk": (
        "Дякуємо за лист. Кур’єр забере його завтра.",
        "Подивіться, будь ласка, на фото @",
        "повернення",
        "об’єднати",
    ),
    "ru": (
        "Спасибо за письмо. Курьер заберёт его завтра.",
        "Посмотрите, пожалуйста, на фото @",
        "возврат",
        "объединить",
    ),
}

TO_DO = {
    "en": "Ask the courier for the receipt",
    "uk": "Попросити в кур’єра квитанцію",
    "ru": "Попросить у курьера квитанцию",
}


def desk(page: Page, base: str, language: str) -> None:
    page.goto(f"{base}/tickets/{WITH_FILES}?list=open")
    page.locator("#timeline .message").first.wait_for()


def inbox(page: Page, base: str, language: str) -> None:
    page.goto(f"{base}/inbox/open")
    page.locator("#rows .ticket-row").first.wait_for()


def answer(page: Page, base: str, language: str) -> None:
    _composing(page, base, "r", WORDS[language][0])
    page.locator(".composer").scroll_into_view_if_needed()


def note(page: Page, base: str, language: str) -> None:
    _composing(page, base, "n", WORDS[language][1])
    page.locator("#mentions [role=option], .mentions [role=option]").first.wait_for()


def _composing(page: Page, base: str, key: str, words: str) -> None:
    page.goto(f"{base}/tickets/{ANSWERED}?list=open")
    page.locator("#timeline .message").first.wait_for()
    page.locator(".composer .ProseMirror").wait_for(state="attached")
    page.keyboard.press(key)
    place = page.locator(".composer .ProseMirror")
    place.click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.type(words)


def snooze(page: Page, base: str, language: str) -> None:
    desk(page, base, language)
    page.locator('[data-act="snooze"]').first.click()
    page.locator("#menu-snooze").wait_for()


def several(page: Page, base: str, language: str) -> None:
    inbox(page, base, language)
    page.locator("#rows .ticket-row").first.wait_for()
    for box in page.locator("#rows [name=ticket]").all()[:3]:
        box.check(force=True)


def merge(page: Page, base: str, language: str) -> None:
    page.goto(f"{base}/merge?ticket=1003&ticket=1005&from=1003")
    page.locator("#asking .cards").wait_for()


def split(page: Page, base: str, language: str) -> None:
    page.goto(f"{base}/tickets/{TALKED}?list=open")
    page.locator("#timeline .message").first.wait_for()
    for box in page.locator("#timeline [name=message]").all()[:2]:
        box.check(force=True)
    page.locator("#chosen").wait_for()


def look(page: Page, base: str, language: str) -> None:
    page.goto(f"{base}/tickets/{WITH_FILES}?list=open")
    page.locator(".files a.file").first.click()
    page.locator(".look__page").first.wait_for()
    page.locator(".look__page").first.evaluate("(picture) => picture.decode()")


def search(page: Page, base: str, language: str) -> None:
    page.goto(f"{base}/search?q={WORDS[language][2]}")
    page.locator("#found").wait_for()


def palette(page: Page, base: str, language: str) -> None:
    desk(page, base, language)
    page.keyboard.press("Control+k")
    page.locator("#palette[open]").wait_for()
    page.keyboard.type(WORDS[language][3])
    page.locator("#palette-list [role=option]").first.wait_for()


def keys(page: Page, base: str, language: str) -> None:
    desk(page, base, language)
    page.keyboard.press("?")
    page.locator("#shortcuts[open]").wait_for()


def table(page: Page, base: str, language: str) -> None:
    page.goto(f"{base}/inbox/open?as=table")
    page.locator("table tbody tr").first.wait_for()


def forward(page: Page, base: str, language: str) -> None:
    page.goto(f"{base}/tickets/{WITH_FILES}?list=open")
    page.locator("#timeline .message a[href*='forward']").first.click()
    page.locator(".composer--letter").wait_for()


def todo(page: Page, base: str, language: str) -> None:
    page.goto(f"{base}/todo")
    page.locator(".todo__new [name=text]").fill(TO_DO[language])
    page.locator(".todo__new [name=day]").fill("2026-12-01")


def person(page: Page, base: str, language: str) -> None:
    page.goto(f"{base}/tickets/{WITH_FILES}?list=open")
    there = page.locator(".person__name a").first.get_attribute("href")
    page.goto(f"{base}{there}")
    page.locator("main .page").wait_for()


def at(path: str) -> Scene:
    """A page as it is."""

    def shown(page: Page, base: str, language: str) -> None:
        page.goto(f"{base}{path}")
        page.locator("main").first.wait_for()

    return shown


# What agents do all day: in every language, both themes, wide and narrow.
JOBS: dict[str, Scene] = {
    "inbox": inbox, "desk": desk, "answer": answer, "note": note, "search": search, "new": at("/tickets/new"),
}  # fmt: skip
# What the guides show, in every language.
GUIDE: dict[str, Scene] = JOBS | {
    "snooze": snooze, "several": several, "merge": merge, "split": split, "look": look, "palette": palette,
    "keys": keys, "person": person, "notices": at("/settings/notices"), "held": at("/held"),
    "suspected": at("/suspected"), "ledger": at("/ledger"), "teams": at("/teams"), "staff": at("/staff"),
    "channels": at("/channels"), "categories": at("/categories"), "templates": at("/templates"),
    "next": at("/next"), "todo": todo, "table": table, "forward": forward,
    "view": at("/views/new"), "settings": at("/settings/all"),
}  # fmt: skip
