"""What office files say is found; and whatever a stranger puts into one costs little and breaks nothing."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.searching import found, index_follows
from tests.world import World
from vikno.core import office, zips
from vikno.dialogs.actions import NewFile

WORD = '<w:document xmlns:w="w"><w:body>{}</w:body></w:document>'
DECLARED = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'


def zipped(*members: tuple[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as made:
        for name, content in members:
            made.writestr(name, content)
    return held.getvalue()


def docx(body: str, **more: int) -> bytes:
    return zipped(("[Content_Types].xml", "<Types/>"), ("word/document.xml", DECLARED + WORD.format(body)), **more)


LETTER = docx(
    "<w:p><w:r><w:t>Дого</w:t></w:r><w:r><w:t>вір з дятлом</w:t></w:r></w:p><w:p><w:r><w:t>Синиця</w:t><w:tab/>"
    "<w:t>сорока</w:t></w:r></w:p><w:del><w:r><w:delText>Папуга</w:delText></w:r></w:del>"
)
TABLE = zipped(
    ("xl/worksheets/sheet1.xml", ('<worksheet><sheetData><row><c t="s"><v>77112233</v></c><c><v>4477120</v></c>'
     '<c t="inlineStr"><is><t>Щиглик</t></is></c></row></sheetData></worksheet>')),
    ("xl/sharedStrings.xml", "<sst><si><t>Рахунок</t></si><si><r><t>Сні</t></r><r><t>гур</t></r></si></sst>"),
)  # fmt: skip
SHOW = zipped(
    ("ppt/slides/slide1.xml", '<p:sld xmlns:p="p" xmlns:a="a"><a:p><a:r><a:t>Лелека</a:t></a:r></a:p></p:sld>')
)
OPEN = zipped(
    ("mimetype", "application/vnd.oasis.opendocument.text"),
    ("content.xml", ('<o:c xmlns:o="o" xmlns:t="t"><o:script>Папуга</o:script><t:h>Пугач</t:h>'
     "<t:p>угу<t:span>кає</t:span><t:s/>вночі</t:p></o:c>")),
)  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("договір.docx", LETTER, "договір дятел синиця сороку"), ("д.xlsx", TABLE, "рахунок снігура 4477120 щиглик"),
        ("показ.pptx", SHOW, "лелека"), ("лист.odt", OPEN, "пугач угукає"), ("таблиця.ods", OPEN, "вночі"),
    ],
)  # fmt: skip
def test_what_an_office_file_says_is_found(world: World, name: str, content: bytes, words: str) -> None:
    file = NewFile(name, "application/octet-stream", content)
    ticket = world.ticket(text="Дивіться, будь ласка.", files=(file,))
    index_follows()
    assert found(world, words, exactly=True) == [ticket.number]
    for text in ("папуга", "77112233"):
        assert found(world, text, exactly=True) == []


def test_words_that_are_not_packed_are_read_too() -> None:
    assert "сова" in office.words(docx("<w:p><w:t>сова</w:t></w:p>", method=zipfile.ZIP_STORED), 100)


def test_no_more_is_read_than_asked_for() -> None:
    assert len(office.words(docx("<w:p><w:t>сова</w:t></w:p>" * 5_000), 100)) == 100


def test_what_unfolds_without_end_is_cut() -> None:
    """Neither its bytes nor its elements are kept."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = b"".join(packer.compress(b"<w:p>" * 200_000) for _ in range(20)) + packer.flush()
    content = zipped(("word/document.xml", "x" * 100))
    start = content.index(b"word/document.xml") + len("word/document.xml")
    listed = content.index(b"PK\x01\x02")
    at = start + len(packed)
    bomb = bytearray(content[:start] + packed + content[listed:])
    struct.pack_into("<I", bomb, at + 20, len(packed))
    struct.pack_into("<I", bomb, len(bomb) - 6, at)
    assert sum(len(one) for _name, one in zips.members(bytes(bomb), lambda name: True, 1_000_000)) == 1_000_000
    assert office.words(bytes(bomb), 1_000).strip() == ""


@pytest.mark.parametrize(
    "content",
    [
        zipped(("word/document.xml", '<!DOCTYPE a [<!ENTITY b "сова">]>' + WORD.format("<w:p><w:t>&b;</w:t></w:p>"))),
        zipped(("word/document.xml", '<!DOCTYPE a SYSTEM "file:///etc/passwd"><w:t>сова</w:t>')),
        docx("<w:p><w:t>сова</w:t></w:p>")[:-30], b"", b"PK\x05\x06", b"PK\x05\x06" + b"\xff" * 18,
        zipped(*((f"{n}.xml", "x") for n in range(200))), zipped(("word/document.xml", b"\xff\xfe\x00")),
        zipped(("word/document.xml", '<?xml version="1.0" encoding="idna"?><w:t>сова</w:t>')),
    ],
)  # fmt: skip
def test_what_is_none_says_nothing(content: bytes) -> None:
    assert office.words(content, 1_000).strip() == ""


def test_what_stands_before_a_fault_is_read() -> None:
    assert office.words(docx("<w:p><w:t>сова</w:t></w:p><w:p>"), 100).split() == ["сова"]


@given(content=st.binary(max_size=300), at=st.integers(0, 600), few=st.binary(min_size=1, max_size=8))
def test_any_bytes_are_borne(content: bytes, at: int, few: bytes) -> None:
    spoilt = LETTER[: at % len(LETTER)] + few + LETTER[at % len(LETTER) + len(few) :]
    for one in (content, content + LETTER, spoilt):
        assert isinstance(office.words(one, 1_000), str)


def test_a_file_that_was_cut_off_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "MOST_BYTES", 100)
    assert office.words(LETTER, 1_000) == ""
