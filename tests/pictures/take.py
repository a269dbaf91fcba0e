"""Makes the pictures of the guides and of docs/pictures anew: `bin/pictures`. A demo is started for them and is gone
afterwards; what is on them is made up."""

from __future__ import annotations

import smtplib
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from tests.databases import ROOT, Sqlite
from tests.installation import Installation
from tests.pictures.scenes import GUIDE, JOBS, Scene
from tests.servers import browser as browsers

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PLACE = ROOT / "docs" / "pictures"
WIDE, NARROW = (1280, 800), (360, 740)
THEMES = ("light", "dark")
QUALITY = 78
PATIENCE = 60  # seconds
SETTLED = 400  # milliseconds until what fades in is there


class Demo:
    """A demo that runs, and a browser in which its owner is signed in."""

    def __init__(self, url: str, browser: Browser, state: Any) -> None:
        self.url, self.browser, self.state = url, browser, state
        self.troubles: list[str] = []
        self.overflow = 0  # pixels by which the page shown last is wider than its window
        self.language = ""  # that it says it is in

    def show(self, scene: Scene, language: str, theme: str, size: tuple[int, int]) -> Image.Image:
        """A scene as it is seen. What the page complains of is in `troubles`."""
        given = {"viewport": {"width": size[0], "height": size[1]}, "color_scheme": theme, "storage_state": self.state}
        with browsers.opened(self.browser, self.troubles, language, **given) as page:
            scene(page, self.url, language)
            page.wait_for_timeout(SETTLED)
            self.overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            self.language = page.locator("html").get_attribute("lang") or ""
            return Image.open(BytesIO(page.screenshot(animations="disabled")))


@contextmanager
def demo(folder: Path, browser: Browser) -> Iterator[Demo]:
    """A demo in this folder, seen in this browser: of Playwright's there can be one in a process."""
    here = Installation(folder, Sqlite())
    try:
        process = here.start("serve", "--demo", "--port", str(here.port), "--data", str(folder / "demo"))
        process.wait_for(f"{here.url}/healthz")
        words = process.wait_for_words("/enter/")
        link = next(word for word in words.split() if "/enter/" in word)
        with browsers.opened(browser, []) as page:
            page.goto(link)
            page.locator("main form button").first.click()
            page.wait_for_url("**/inbox/**")
            state = page.context.storage_state()
        _write(here)
        yield Demo(here.url, browser, state)
    finally:
        here.close()


def _write(here: Installation) -> None:
    """Letters that wait for a lead: one that a mail provider took for spam, and one that claims another's request."""
    with smtplib.SMTP("127.0.0.1", here.smtp_port, timeout=PATIENCE) as door:
        for sender, subject, more in (
            ("Prize Office <win@prizes.example>", "You have won a blender", {"X-Spam-Flag": "YES"}),
            ("Sam Turner <sam.turner@post.example>", "Re: Refund for order 48190 still missing [#1002]", {}),
        ):
            letter = EmailMessage()
            letter["From"], letter["To"], letter["Subject"] = sender, "help@kashtan.example", subject
            letter["Date"], letter["Message-ID"] = formatdate(), make_msgid(domain="post.example")
            for name, value in more.items():
                letter[name] = value
            letter.set_content("Please answer me at this address from now on.")
            door.send_message(letter)
    deadline = time.monotonic() + PATIENCE
    asked = "SELECT COUNT(*) FROM intake_inbound WHERE fate IN ('held', 'suspected')"
    with closing(sqlite3.connect(here.folder / "demo" / Sqlite.NAME, timeout=PATIENCE)) as database:
        while database.execute(asked).fetchone()[0] < 2:
            if time.monotonic() > deadline:
                raise AssertionError("the letters that wait for a lead have not come in")
            time.sleep(0.1)


def sheet(pictures: list[Image.Image]) -> Image.Image:
    """Pictures of one size beside one another, at half their size."""
    width, height = pictures[0].width // 2, pictures[0].height // 2
    across = 3 if width > height else 6
    drawn = Image.new("RGB", (across * width, -(-len(pictures) // across) * height))
    for place, picture in enumerate(pictures):
        drawn.paste(picture.convert("RGB").resize((width, height)), (place % across * width, place // across * height))
    return drawn


def keep(picture: Image.Image, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.convert("RGB").save(path, "WEBP", quality=QUALITY, method=6)


def main() -> int:
    """Makes all pictures. Answers 1 if a page complained of anything."""
    with (
        tempfile.TemporaryDirectory(prefix="vikno-pictures-") as folder,
        browsers.running() as browser,
        demo(Path(folder), browser) as shown,
    ):
        for language in browsers.LANGUAGES:
            for name, scene in GUIDE.items():
                keep(shown.show(scene, language, "light", WIDE), PLACE / language / f"{name}.webp")
                print(language, name, flush=True)
            for theme in THEMES:
                for size in (WIDE, NARROW):
                    pictures = [shown.show(scene, language, theme, size) for scene in JOBS.values()]
                    keep(sheet(pictures), PLACE / "jobs" / f"{language}-{theme}-{size[0]}.webp")
        for trouble in shown.troubles:
            print(trouble, file=sys.stderr)
        return 1 if shown.troubles else 0


if __name__ == "__main__":
    sys.exit(main())
