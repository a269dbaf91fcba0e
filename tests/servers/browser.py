"""Debian's Chromium, driven by Playwright. What a page complains of fails the test that opened it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect, sync_playwright

# In each fresh profile the box for addresses draws two pages of its own, which cost more than ours, and with each page
# a process is started in advance for one that no test opens. Of several such options the last holds alone, so what
# Playwright switches off is named too.
SWITCHED_OFF = """
WebUIOmniboxPopup WebUIOmniboxAimPopup WebUIOmniboxFullPopup
AvoidUnnecessaryBeforeUnloadCheckSync DestroyProfileOnBrowserClose HttpsUpgrades HttpsFirstBalancedModeAutoEnable
LensOverlay MediaRouter PaintHolding ThirdPartyStoragePartitioning AvoidCorsURLLoaderRestartOnRedirect
OptimizationHints NetworkTimeServiceQuerying AimEnabled PreconnectToSearch
SpareRendererForSitePerProcess
"""
# No sandbox: as root there is none. The rest keeps the browser from talking to anybody but us.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--in-process-gpu",  # without a graphics card, what would stand in for it needs no process of its own
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(SWITCHED_OFF.split())}",
]
PATIENCE = 60_000  # milliseconds for what a page is to show; far above what it needs, for a busy machine
LANGUAGES = {"uk": "uk-UA", "ru": "ru-RU", "en": "en-GB"}


def program() -> str | None:
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def what_is_missing() -> str:
    """Empty if there is a browser, else one line that says what to install."""
    return "" if program() else "Chromium is missing: apt-get install chromium"


@contextmanager
def running() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, troubles: list[str], language: str = "en", **options: object) -> Iterator[Page]:
    """A page in a fresh profile. Errors of its console and scripts, and requests to elsewhere, go into `troubles`."""
    context = browser.new_context(locale=LANGUAGES[language], **options)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.on(
        "console",
        lambda said: troubles.append(f"console: {said.text} {said.location['url']}") if said.type == "error" else None,
    )
    page.on("pageerror", lambda error: troubles.append(f"script: {error}"))
    page.on("request", lambda request: _note_stranger(request.url, troubles))
    yield page
    context.close()


def _note_stranger(url: str, troubles: list[str]) -> None:
    if not url.startswith(("http://127.0.0.1", "http://localhost", "data:", "blob:", "about:")):
        troubles.append(f"asked for {url}")
