"""What a PDF says is found; and whatever a stranger puts into one costs little, and takes no other file with it."""

from __future__ import annotations

import os
import signal
import zlib
from collections.abc import Iterator

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from tests.databases import ROOT
from tests.pdfs import CATALOG, environments_given, file, packed, pdf, stream
from tests.searching import found, index_follows, look
from tests.world import World
from vikno.core import pdf_pages, pdf_words
from vikno.core.pdf_words import BROKEN, Lost, NotThere, Reader
from vikno.dialogs.actions import NewFile
from vikno.dialogs.models import Message
from vikno.search import snippets
from vikno.search.hyphens import mended

PDF = "application/pdf"
OWL = pdf(["сова"])


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """One of its own."""
    made = Reader()
    monkeypatch.setattr(pdf_words, "READER", made)
    yield made
    made.end()


@pytest.fixture
def trap(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """The same, to which some files do harm: see tests/search/pdf_trap.py."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setattr(pdf_words, "MODULE", "tests.search.pdf_trap")
    return reader


@pytest.fixture(scope="module")
def shared() -> Iterator[Reader]:
    """One for all that nothing is told of."""
    made = Reader()
    yield made
    made.end()


def bomb() -> bytes:
    """A page of 600 MB, in one that has 600 KB."""
    packer = zlib.compressobj(9)
    begun = packer.compress(b"q ") + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b"q " * 500_000) + packer.flush(zlib.Z_FULL_FLUSH)
    return stream(begun + block * 600 + packer.flush(), b"/Filter/FlateDecode")


# ---- what is found ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("media_type", [PDF, "application/octet-stream"])
def test_what_a_pdf_says_is_found(world: World, media_type: str) -> None:
    first = ["Договір про поста-", "чання обладнання", "м. Івано-", "Франківськ", "код QX-", "4418"]
    content = pdf(first, ["Украі\u0308на, of\ufb01ce", "тел. 044-", "1234567", "інтернет-", "магазин"])
    files = NewFile("перший.pdf", PDF, OWL), NewFile("скан.PDF", media_type, content)
    ticket = world.ticket(text="Дивіться, будь ласка.", files=files)
    index_follows()
    for words in (
        "договору", "постачання обладнання", '"про постачання обладнання"', "Івано-Франківськ", "QX-4418", "україна",
        "office", "044-1234567", "інтернет-магазин", "сова",
    ):  # fmt: skip
        assert found(world, words, exactly=True) == [ticket.number], words
    hits = look(world, "обладнання").hits
    [named] = [said.files for said in snippets.said(hits).values()]
    assert ["".join(text for text, *_ in pieces) for pieces in named] == ["скан.PDF"]


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        (f"про поста{BROKEN}чання", "про постачання"), (f"при{BROKEN}го{BROKEN}тування.", "приготування."),
        (f"ДОГО{BROKEN}ВІР", "ДОГОВІР"), (f"зобов’я{BROKEN}зання", "зобов’язання"),
        (f"м. Івано{BROKEN}Франківськ", "м. Івано-Франківськ"), (f"QX{BROKEN}44{BROKEN}18", "QX-44-18"),
        (f"інтернет{BROKEN}магазин", "інтернет-магазин інтернетмагазин"),
        (f"inter{BROKEN}national", "inter-national international"),
        (f"{BROKEN}кінець{BROKEN}", " кінець "), ("по-перше\nнове", "по-перше\nнове"),
    ],
)  # fmt: skip
def test_broken_words_are_put_together(text: str, whole: str) -> None:
    assert mended(text) == whole


@settings(deadline=None)  # dictionaries are loaded
@given(pieces=st.lists(st.sampled_from(["а", "Б", "7", "'", "-", " ", "\n", BROKEN]), max_size=60))
def test_nothing_is_lost_by_it(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert BROKEN not in mended(text)
    assert set("аБ7") & set(text) == set("аБ7") & set(mended(text))
    assert BROKEN in text or mended(text) == text


def test_a_very_long_word_is_put_together_quickly() -> None:
    """In a time that grows as the word does."""
    assert len(mended("а" * 60_000)) == 60_000
    assert len(mended(f"а{BROKEN}" * 20_000 + "а")) == 60_003


def test_a_word_goes_on_over_the_end_of_a_page(shared: Reader) -> None:
    said = shared.words(pdf(["обладнан\u2010"], ["ня та зобов’язан\u2010", "ня, 044-"], ["1234567"]), 1_000)
    assert mended(said).split() == ["обладнання", "та", "зобов’язання,", "044-1234567"]


def test_no_more_is_read_than_asked_for(shared: Reader) -> None:
    assert len(shared.words(pdf([f"сова {n}" for n in range(50)], ["сова"]), 100)) == 100


def test_only_so_many_pages_are_read(shared: Reader) -> None:
    words = shared.words(pdf(*([f"аркуш {n}"] for n in range(pdf_words.MOST_PAGES + 1))), 60_000)
    assert words.endswith(f"аркуш {pdf_words.MOST_PAGES - 1}")


def test_a_file_that_was_cut_off_is_not_opened(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_words, "MOST_BYTES", 100)
    assert pdf_words.words(OWL, 100) == ""
    assert reader.pid is None


# ---- what strangers put into one -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (OWL[:-200], ""), (OWL[: len(OWL) // 2], ""), (b"%PDF-1.7", ""), (b"", ""), (b"PK\x03\x04", ""),
        (pdf(["сова"], count=2**31 - 1), "сова"), (pdf(["сова"], count=-5), "сова"), (pdf(), ""),
        (file([CATALOG, b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 100000>>"]), ""),
        (file([CATALOG, b"<</Type/Pages/Kids" + b"[" * 200_000]), ""),
        (file([CATALOG, *(b"<</Type/Pages/Kids[%d 0 R]/Count 1>>" % n for n in range(3, 20_000))]), ""),
        (file([CATALOG, b"null"], b"/Encrypt<</Filter/Standard/V 2/R 3/O(%s)/U(%s)/P -1/Length 128>>/ID[(a)(b)]"
              % (b"a" * 32, b"b" * 32)), ""),
        (pdf(["сова"], contents=[b"<</Length 9>>stream\nBT ( Tj <<"]), "сова"),
    ],
)  # fmt: skip
def test_what_is_damaged_or_locked_says_what_it_can(
    shared: Reader, monkeypatch: pytest.MonkeyPatch, content: bytes, words: str
) -> None:
    monkeypatch.setattr(pdf_words, "READER", shared)
    assert pdf_words.words(content, 1_000).strip() == words


def test_what_unfolds_without_end_is_lost_alone(reader: Reader) -> None:
    with pytest.raises(Lost):
        pdf_words.words(pdf(["сова"], contents=[bomb()]), 1_000)
    assert pdf_words.words(OWL, 1_000) == "сова"


@settings(deadline=None)  # a process is started
@given(content=st.binary(max_size=300), at=st.integers(0, 2_000), few=st.binary(min_size=1, max_size=8))
def test_any_bytes_are_borne(shared: Reader, content: bytes, at: int, few: bytes) -> None:
    whole = pdf(["Сова й сич"], contents=[packed(b"BT /F 12 Tf <0441> Tj ET")])
    spoilt = whole[: at % len(whole)] + few + whole[at % len(whole) + len(few) :]
    for one in (b"%PDF-1.4\n" + content, spoilt):
        try:
            assert isinstance(shared.words(one, 1_000), str)
        except Lost:
            pass
    assert shared.words(OWL, 1_000) == "сова"


# ---- the process -----------------------------------------------------------------------------------------------------


def test_one_process_reads_many(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_words, "MANY", 3)
    pids = []
    for number in range(6):
        assert reader.words(pdf([f"сова {number}"]), 1_000) == f"сова {number}"
        pids.append(reader.pid)
    assert pids[:3] == [pids[0]] * 3 and pids[3:] == [pids[3]] * 3 and pids[0] != pids[3]


@pytest.mark.parametrize("harm", [b"% faults", b"% computes", b"% waits", b"% kills"])
def test_what_ends_it_or_holds_it_up_is_lost_once_and_alone(
    trap: Reader, monkeypatch: pytest.MonkeyPatch, harm: bytes
) -> None:
    assert trap.words(OWL, 1_000) == "сова"
    if harm == b"% waits":
        monkeypatch.setattr(pdf_words, "PATIENCE", 0.2)
    with pytest.raises(Lost):
        trap.words(OWL + harm, 1_000)
    monkeypatch.undo()
    assert trap.pid is None
    assert trap.words(OWL + harm, 1_000) == ""
    assert trap.pid is None, "it was tried again"


def test_a_file_is_read_though_somebody_ends_the_process(reader: Reader) -> None:
    for number in range(2):
        assert reader.words(pdf([f"сова {number}"]), 1_000) == f"сова {number}"
        assert reader.pid is not None
        os.kill(reader.pid, signal.SIGKILL)


def test_it_ends_when_nothing_is_to_be_read_and_begins_again(trap: Reader) -> None:
    assert trap.words(OWL + b"% tires", 1_000) == "сова"
    process = trap._process
    assert process is not None
    assert process.wait(60) == 0
    assert trap.words(OWL, 1_000) == "сова"


def test_it_ends_with_whom_it_reads_for_and_not_before(reader: Reader) -> None:
    assert reader.words(OWL, 1_000) == "сова"
    assert reader.pid is not None
    there = psutil.Process(reader.pid)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):  # as a terminal or a supervisor tells all of them
        there.send_signal(number)
    assert reader.words(pdf(["сич"]), 1_000) == "сич"
    assert reader.pid == there.pid
    reader._there.close()
    assert reader._process is not None and reader._process.wait(60) == 0


def test_where_it_cannot_be_started_that_is_said_once(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_words, "MODULE", "tests.search.no_such_module")
    with pytest.raises(NotThere):
        reader.words(OWL, 1_000)
    monkeypatch.undo()
    assert reader.words(OWL, 1_000) == "" and reader.pid is None
    monkeypatch.setattr(reader, "_not_before", 0.0)
    assert reader.words(OWL, 1_000) == "сова"


def test_it_is_told_no_secret(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    given = environments_given(monkeypatch, "Popen")
    assert reader.words(OWL, 1_000) == "сова"
    assert [name for name in given[0] if name not in pdf_pages.NEEDED] == []


@pytest.mark.django_db
def test_a_file_that_ends_it_is_told_of_once_and_takes_nothing_with_it(world: World, trap: Reader) -> None:
    files = NewFile("a.pdf", PDF, OWL + b"% faults"), NewFile("б.pdf", PDF, pdf(["синиця"]))
    with capture_logs() as said:
        ticket = world.ticket(text="Горобець", files=files)
        index_follows()
        for word in ("синиця", "горобець", "a.pdf"):
            assert found(world, word, exactly=True) == [ticket.number]
        world.letter(world.maria, text="Щиглик", answers=Message.objects.get(links__ticket=ticket))
        index_follows()
    for word in ("синиця", "щиглик"):
        assert found(world, word, exactly=True) == [ticket.number]
    assert found(world, "сова", exactly=True) == []
    assert [one["why"] for one in said if one["log_level"] == "warning"] == [
        "it ended the process that reads PDF, or took too long"
    ]
