"""Bytes to text when the declared charset is missing, unknown or wrong.

UTF-8 proves itself by its form. The Cyrillic code pages do not: they are told apart by how common the resulting
letters are in Russian and Ukrainian, and by the shape of words (capitals stand first).
"""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Iterable
from functools import lru_cache

from . import unlabelled

CYRILLIC = ("cp1251", "koi8_u", "koi8_r", "cp866", "iso8859_5", "mac_cyrillic")
_ALIKE = frozenset({"cp1251", "mac_cyrillic"})  # they differ in capitals and a few rare letters alone
_WESTERN = frozenset({"ascii", "iso8859-1", "cp1252", "iso8859-15"})
_SAMPLE = 2_048  # bytes that are looked at: more changes no verdict

# Parts in a thousand of Russian and Ukrainian running text, the mean of both languages.
_FREQUENT = {
    "о": 102, "а": 82, "н": 67, "и": 67, "е": 66, "т": 57, "в": 49, "с": 48, "р": 47, "л": 40, "к": 37, "м": 32,
    "д": 30, "у": 30, "і": 28, "п": 28, "я": 22, "з": 19, "ь": 18, "б": 16, "г": 16, "ч": 14, "й": 13, "х": 10,
    "ы": 10, "ж": 9, "ю": 8, "ш": 7, "ц": 7, "щ": 4, "ї": 4, "є": 3, "ф": 3, "э": 2, "ъ": 0.3, "ё": 0.5, "ґ": 0.2,
    "ў": 0.2,
}  # fmt: skip
_WEIGHT = {letter: max(math.log2(parts / 8), -1.5) for letter, parts in _FREQUENT.items()}
_PUNCTUATION = frozenset("\u00a0«»—–№…“”„’‘•°§®©")
_RARE_LETTER = -6.0
_SYMBOL = -4.0
_BROKEN = -9.0
_BAD_SHAPE = -5.0
_NO_CAPITALS = frozenset("…™‡•»”—§№")  # what capitals of an old Macintosh are in cp1251
_OPENED = {"«": "»", "„": "“”", "“": "”", "‘": "’", "’": "’"}
_CONSONANTS = "бвгджзйклмнпрстфхцчшщБВГДЖЗЙКЛМНПРСТФХЦЧШЩ "  # and where a word ends
_WORD = re.compile(rb"[A-Za-z\x80-\xff]+")
_HIGH = re.compile(rb"[\x80-\xff]")
_UTF8_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
# What the first byte of a Cyrillic letter in UTF-8 looks like in cp1251 and cp1252, with anything not ASCII behind it.
_DOUBLED = re.compile(r"[РСÐÑ][^\x00-\x7f]")
_ALIASES = {
    "cp-1251": "cp1251", "win-1251": "cp1251", "win1251": "cp1251", "windows1251": "cp1251", "x-cp1251": "cp1251",
    "koi8": "koi8_u", "koi8r": "koi8_u", "koi8u": "koi8_u", "koi8-ru": "koi8_u", "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-ukrainian": "mac_cyrillic", "dos-866": "cp866", "x-cp866": "cp866", "utf8mb4": "utf-8", "utf": "utf-8",
    "unicode": "utf-8", "unicode-1-1-utf-8": "utf-8", "unicode-1-1-utf-7": "utf-7", "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8", "x-sjis": "shift_jis", "ks_c_5601-1987": "cp949", "ks_c_5601": "cp949",
    "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "windows-874": "cp874", "x-windows-874": "cp874",
    "iso-8859-1": "cp1252", "latin1": "cp1252", "ansi": "cp1252",
}  # fmt: skip


def decode(data: bytes, declared: str | None = None) -> str:
    """Text of `data`, never an error. `declared` is the charset that the sender named, if any."""
    for mark, codec in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if data.startswith(mark):
            return data.decode(codec, "replace").lstrip("\ufeff")
    name = codec_name(declared)
    if not _HIGH.search(data):
        return _plain(data, name)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _not_utf8(data, name)
    # Two or three Ukrainian letters of cp1251 can have the form of UTF-8: then the declared charset may win.
    if name in CYRILLIC and score(data, name) > 0 and not any("\u0400" <= c <= "\u04ff" for c in text):
        return data.decode(name, "replace")
    return _undoubled(text)


def _undoubled(text: str) -> str:
    """Cyrillic that some program took for another code page and encoded once more ("РџСЂРёРІС–С‚")."""
    found = _DOUBLED.findall(text[: _SAMPLE * 4])
    if len(found) < 3:
        return text
    try:
        once = text.encode("cp1252" if found[0][0] in "ÐÑ" else "cp1251", "vikno_same_byte").decode("utf-8")
    except UnicodeError:
        return text
    return once if any("\u0400" <= char <= "\u04ff" for char in once) else text


def _same_byte(error: UnicodeError) -> tuple[bytes, int]:
    """The few places that a code page leaves empty were passed on as they were."""
    assert isinstance(error, UnicodeEncodeError)
    odd = error.object[error.start : error.end]
    if any(char > "\xff" for char in odd):
        raise error
    return odd.encode("latin-1"), error.end


codecs.register_error("vikno_same_byte", _same_byte)


@lru_cache(maxsize=512)
def codec_name(declared: str | None) -> str | None:
    """Python's name of a text codec, or None if it is unknown or no charset ("base64", "rot13", "idna")."""
    if not declared:
        return None
    asked = declared.strip().strip("\"'").lower()[:60]
    asked = _ALIASES.get(asked, asked)
    try:
        info = codecs.lookup(asked)
    except (LookupError, ValueError):  # ValueError: a NUL in the name
        return None
    if not getattr(info, "_is_text_encoding", True) or info.name in ("idna", "punycode", "unicode_escape", "mbcs"):
        return None
    if info.name in ("raw-unicode-escape", "unicode-escape", "undefined"):
        return None
    return {"koi8-u": "koi8_u", "koi8-r": "koi8_r", "mac-cyrillic": "mac_cyrillic", "iso8859-5": "iso8859_5"}.get(
        info.name, info.name
    )


def _plain(data: bytes, name: str | None) -> str:
    """Seven-bit bytes: ASCII, or one of the charsets that hide behind it (ISO-2022, UTF-7, HZ, UTF-16)."""
    if name and (name.startswith(("iso2022", "utf-16", "utf-32")) or name in ("utf-7", "hz")):
        try:
            return _without_surrogates(data.decode(name))
        except (UnicodeError, ValueError):
            pass
    return data.decode("ascii", "replace")


def _not_utf8(data: bytes, name: str | None) -> str:
    if name == "utf-8" or name is None:
        good = len(_UTF8_SEQUENCE.findall(data[:_SAMPLE]))
        bad = len(_HIGH.findall(_UTF8_SEQUENCE.sub(b"", data[:_SAMPLE])))
        if good and good >= 2 * bad:
            return data.decode("utf-8", "replace")
    if name is None or name == "utf-8" or name in _WESTERN:
        return _western_or_cyrillic(data, name)
    if name in CYRILLIC:
        best, points, count = _best_cyrillic(data)
        lead = points - score(data, name)
        # In bits: only a text that is long enough to be plainly another charset overrules the sender, or one that reads
        # without a fault otherwise.
        other = lead > 0.4 and lead * count > 20
        other = other or (lead * count > 5 and faults(data, name) > 0 and not faults(data, best))
        if {name, best} <= _ALIKE:
            best = next(iter(_ALIKE - {name}))
            other = faults(data, name) > 0 and not faults(data, best)
        same = name == "koi8_r" and best == "koi8_u"  # the second has four letters more, and no letter less
        return data.decode(best if other or same else name, "replace")
    try:
        return _without_surrogates(data.decode(name))
    except (UnicodeError, ValueError):
        best, points, _ = _best_cyrillic(data)
        if _looks_cyrillic(data) and points > 0.5:
            return data.decode(best, "replace")
        return _without_surrogates(data.decode(name, "replace"))


def _western_or_cyrillic(data: bytes, name: str | None) -> str:
    codec = _recognised(data, name)
    if codec is not None:
        return data.decode(codec, "replace")
    return _decode_western(data, name if name and name in _WESTERN and name != "ascii" else "cp1252")


def _recognised(data: bytes, name: str | None) -> str | None:
    """The codec that bytes speak for by themselves, if it is plain. `name`: a Western one that the sender named."""
    looks = _looks_cyrillic(data)
    best, points, count = _best_cyrillic(data) if looks else ("", 0.0, 0)
    western = name in _WESTERN and name != "ascii"
    if not western:
        found = unlabelled.read(data[: _SAMPLE * 4], points if looks else None)
        if found is not None:
            return found
    # Where the sender named a Western charset, a single short word is no evidence against it.
    return best if looks and points > (1.0 + 4.0 / max(count, 1) if western else 0.0) else None


def charset_of_headers(named: str | None, values: Iterable[bytes]) -> str | None:
    """The charset of header values that are bare bytes: `named`, the one of the letter's first text, unless it is
    Western, as programs write that for anything; else what all of them together speak for."""
    if codec_name(named) not in (None, "utf-8", *_WESTERN):
        return named
    bare = []
    for value in values:
        try:
            value.decode("utf-8")
        except UnicodeDecodeError:
            bare.append(value[:_SAMPLE])
    return _recognised(b" ".join(bare), None) if bare else None


def _decode_western(data: bytes, name: str) -> str:
    return data.decode(name, "replace")


def _without_surrogates(text: str) -> str:
    """UTF-7 can spell lone surrogates, which no database stores."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _best_cyrillic(data: bytes) -> tuple[str, float, int]:
    """The likeliest code page, its score, and how many bytes speak for it."""
    count = len(_HIGH.findall(_sample(data)))
    scored = {codec: score(data, codec) for codec in CYRILLIC}
    codec = max(scored, key=lambda one: scored[one])
    # Without a capital or "я" the page of old Macintoshes differs from cp1251 in one rare letter only: in doubt
    # (bits) it is the common one.
    if codec == "mac_cyrillic" and (scored[codec] - scored["cp1251"]) * count <= 6.0 and not faults(data, "cp1251"):
        codec = "cp1251"
    elif codec == "cp1251" and faults(data, codec) and not faults(data, "mac_cyrillic"):
        codec = "mac_cyrillic"
    return codec, scored[codec], count


@lru_cache(maxsize=8)
def _sample(data: bytes) -> bytes:
    """The words that are not ASCII, enough of them to judge by."""
    return b" ".join(word for word in _WORD.findall(data[: _SAMPLE * 4]) if _HIGH.search(word))[:_SAMPLE]


def score(data: bytes, codec: str) -> float:
    """How much `data` read as `codec` looks like Russian or Ukrainian: mean over what is not ASCII, above 0 likely."""
    total, count, before = 0.0, 0, " "
    for char in _sample(data).decode(codec, "replace"):
        if char >= "\x80":
            count += 1
            total += _points(char)
            if before != " " and _is_bad_shape(before, char):
                total += _BAD_SHAPE
        elif before >= "\x80" and char.isalpha() and before.isalpha():
            total += _BAD_SHAPE
        before = char
    return total / count if count else 0.0


def faults(data: bytes, codec: str) -> int:
    """How many places of `data` read as `codec` nobody would write: signs in words, capitals behind small letters,
    a sign or a closing quotation mark for the first letter of a word, "ґ" where "і" must stand."""
    text = f" {_sample(data).decode(codec, 'replace')} "
    count = 0
    for earlier, before, char in zip(" " + text, text, text[1:], strict=False):
        if char >= "\x80" or before >= "\x80":
            count += (before != " " and char != " " and _is_bad_shape(before, char)) or (
                char >= "\x80" and _points(char) <= _SYMBOL
            )
            count += before in _NO_CAPITALS and earlier == " " and char.islower()  # a capital read wrongly
            count += before in _OPENED and earlier == " " and char.islower() and not _closed(text, before)
            count += before in "ґҐ" and (earlier + char).strip(_CONSONANTS) == "" and earlier + char != ""
    return count


def _closed(text: str, mark: str) -> bool:
    """Whether a quotation that is opened by `mark` has an end."""
    return any(end in text for end in _OPENED[mark])


@lru_cache(maxsize=20_000)
def _is_bad_shape(before: str, char: str) -> bool:
    """A capital after a small letter, a word of two scripts, a sign inside a word."""
    if char.isalpha():
        return (before.isascii() and before.isalpha()) or (char.isupper() and before.islower())
    return before.isalpha() and (char == "№" or char not in _PUNCTUATION)


@lru_cache(maxsize=2_000)
def _points(char: str) -> float:
    weight = _WEIGHT.get(char.lower())
    if weight is not None:
        # A capital is a little less likely than its small letter: KOI8 and Windows mirror each other's case.
        return weight if char.islower() else weight - 0.5
    if char in _PUNCTUATION:
        return 0.0
    if char.isalpha():
        return _RARE_LETTER if "\u0400" <= char <= "\u04ff" else _BROKEN
    return _BROKEN if char == "\ufffd" or char < "\xa0" else _SYMBOL


def _looks_cyrillic(data: bytes) -> bool:
    """Cyrillic words are all high bytes; Western ones have a high byte here and there among ASCII letters."""
    whole = mixed = 0
    for word in _WORD.findall(data[:_SAMPLE]):
        high = len(_HIGH.findall(word))
        if high == len(word) and high > 1:
            whole += high
        elif high:
            mixed += high if high < len(word) else 0
    return whole > mixed
