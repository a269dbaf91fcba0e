"""Instants in words, on the reader's clock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from vikno.core.times import moments

NOW = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)  # in Kyiv half an hour after midnight


@pytest.mark.parametrize(
    ("instant", "language", "words"),
    [
        (datetime(2026, 11, 23, 9, 5, tzinfo=UTC), "uk", "11:05"),
        (datetime(2026, 11, 22, 21, 5, tzinfo=UTC), "uk", "23:05, 22 лист."),
        (datetime(2026, 11, 24, 9, 5, tzinfo=UTC), "en", "11:05, 24 Nov"),
        (datetime(2027, 1, 1, 9, 5, tzinfo=UTC), "ru", "11:05, 1 янв. 2027"),
    ],
)
def test_behind_an_at_stands_the_hour_and_on_another_day_the_date(instant: datetime, language: str, words: str) -> None:
    assert moments("Europe/Kyiv", language, NOW)(instant) == words
