"""The main jobs of an agent in the demo, in three languages, both themes, wide and narrow: as `bin/pictures` does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.pictures.scenes import GUIDE, JOBS
from tests.pictures.take import NARROW, THEMES, WIDE, Demo, demo
from tests.servers import browser as browsers

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.long]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Demo]:
    with demo(tmp_path_factory.mktemp("scenes"), browser) as one:
        yield one


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("language", browsers.LANGUAGES)
def test_the_main_jobs_are_done_and_fit(shown: Demo, language: str, theme: str, size: tuple[int, int]) -> None:
    for name, scene in JOBS.items():
        shown.show(scene, language, theme, size)
        assert shown.troubles == [], name
        assert shown.overflow <= 0, f"{name} is wider than its window"
        assert shown.language == language, name


@pytest.mark.parametrize("name", sorted(set(GUIDE) - set(JOBS)))
def test_what_the_guides_show_can_be_done(shown: Demo, name: str) -> None:
    shown.show(GUIDE[name], "uk", "light", WIDE)
    assert shown.troubles == []
