"""What tests of the desk share: words of the company are read once for each."""

from __future__ import annotations

import pytest

from vikno.tickets import directory


@pytest.fixture(autouse=True)
def no_words_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "SECONDS", 600.0)  # or a slow machine reads them again while queries are counted
