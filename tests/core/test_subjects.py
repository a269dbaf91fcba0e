"""What a subject names, and the subject of an answer to it."""

from __future__ import annotations

import pytest

from vikno.core.subjects import answer_to, bare


@pytest.mark.parametrize(
    "subject",
    ["Каса", "Re: Каса", "RE[2]: Каса", "Fwd: Каса", "FW: RE: Каса", "Re: Fwd: Каса", "WG: AW: Каса", "Пересл: Каса",
     "Переслано: Відп: Каса", "[EXT] FW: [External] Re: Каса", "НА: Каса", "fwd : Каса"],
)  # fmt: skip
def test_prefixes_are_no_part_of_a_name(subject: str) -> None:
    assert bare(subject) == "Каса"


@pytest.mark.parametrize(
    "subject", ["Рахунок: Каса", "Refund: 5", "Forward movement", "[#1042] Каса", "Regarding: x", ""]
)
def test_other_words_are(subject: str) -> None:
    assert bare(subject) == subject


def test_a_subject_of_prefixes_alone_names_nothing() -> None:
    assert bare("Re: Fwd:") == ""
    assert bare("Re: " * 10_000)[:4] == "Re: "  # made up: nobody waits for it


@pytest.mark.parametrize(
    ("subject", "answer"),
    [("Каса", "Re: Каса"), ("Fwd: Каса", "Re: Каса"), ("Re: Fwd: Каса", "Re: Каса"), ("FW: RE: Каса", "Re: Каса"),
     ("Відп: Каса", "Відп: Каса"), ("RE: RE: Каса", "RE: RE: Каса")],
)  # fmt: skip
def test_an_answer_is_one_to_the_name(subject: str, answer: str) -> None:
    assert answer_to(subject) == answer
