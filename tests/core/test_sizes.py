"""Sizes of files are told in the reader's language."""

from __future__ import annotations

import pytest
from django.utils import translation

from vikno.core.sizes import size_words


@pytest.mark.parametrize(
    ("language", "size", "words"),
    [
        ("en", 812, "812 bytes"), ("en", 1_200_000, "1.1 MB"), ("en", 180_000, "175.8 kB"),
        ("uk", 1_200_000, "1,1 МБ"), ("uk", 180_000, "175,8 кБ"), ("uk", 3 * 1024**3, "3 ГБ"),
        ("ru", 1_200_000, "1,1 МБ"), ("ru", 1, "1 байт"), ("ru", 0, "0 байт"), ("en", 5 * 1024**4, "5,120 GB"),
    ],
)  # fmt: skip
def test_the_unit_fits_the_size_and_the_language(language: str, size: int, words: str) -> None:
    with translation.override(language):
        assert size_words(size).replace("\xa0", " ") == words
