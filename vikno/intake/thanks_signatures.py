"""What stands below the words of a message and only says who wrote it: names, posts, telephones, addresses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from vikno.intake import thanks_words as words

MOST_LINES = 5  # of a signature

# Of lines without spaces at their ends. Each has one way to match: names are parted, a number begins at no space.
_NAME_LINE = re.compile(r"[^\W\d_][\w.'-]{0,40}(?:[\s,]+[^\W\d_][\w.'-]{0,40}){0,4}[\s,]*")
_CONTACT_LINE = re.compile(
    r"(?:тел|моб|tel|phone|mob|т|м|m|t)?[.: ]*(?:\+[\d ()-]{7,20}|[\d()-][\d ()-]{6,19})[\s,]*", re.IGNORECASE
)
# A number that says that it is a telephone, by a word, a plus, brackets or the nought (in Russian notation the eight)
# that begins one in a country: any other may be what was asked for, such as the number of an order.
_TELEPHONE = re.compile(
    r"(?:(?:тел|моб|tel|phone|mob|т|м|m|t)(?:[.:][.: ]*| +)\+?[\d (]|\+\d|\(\d)[\d ()-]{5,20}[\s,]*"
    r"|(?:0|8[ (-]*\d)(?:[ ()-]{0,2}\d){9}[\s,]*",
    re.IGNORECASE,
)
# A site as a whole; one page of it may be what is asked about.
_SITE = re.compile(r"(?:https?://)?(?:[a-z\d][a-z\d-]{0,62}\.){1,5}[a-z]{2,20}/?", re.IGNORECASE)
_LABEL = re.compile(r"(?:e-?mail|mail|пошта|почта|сайт|web|site)\s?:\s?", re.IGNORECASE)
_RUN = re.compile(r"(\w)\1{2,}")
_CYRILLIC = re.compile(r"[а-яіїєґ]")
_LOOKALIKES = str.maketrans("iaeocpxy", "іаеосрху")
_APOSTROPHES = dict.fromkeys(map(ord, "'’ʼ`"))


def fold(word: str) -> str:
    """A word as it is compared: small letters, no apostrophes, "е" for "ё" and "є", "і" for "ї" and the Latin one
    in a Cyrillic word, no letter more than twice in a row."""
    small = unicodedata.normalize("NFKC", word).lower().translate(words.SAME_LETTERS)
    if _CYRILLIC.search(small):
        small = small.translate(_LOOKALIKES)
    return _RUN.sub(r"\1", small.translate(_APOSTROPHES))


def looks_signed(line: str) -> bool:
    """Whether a line below "best regards" looks like a name, a post or a telephone."""
    line = line.strip()
    if _is_contact(line):
        return True
    written = re.findall(r"[^\W\d_]+", line)
    return bool(_NAME_LINE.fullmatch(line)) and "?" not in line and all(word[0].isupper() for word in written)


def without_own(text: str, own: Collection[str] | None) -> str:
    """The text above its last lines, if these are the name of whoever writes and how they are reached, also without a
    greeting or a dash before. `own`: their names, in any order, and their addresses; with None any name counts.

    A telephone or an address with no name above it stays: it may be what is wanted."""
    if own is not None and not own:
        return text
    names = None if own is None else {fold(part) for one in own if "@" not in one for part in _parts(one)}
    mails = None if own is None else {one.casefold() for one in own if "@" in one}
    lines = text.rstrip().split("\n")
    found, seen = len(lines), 0
    for place in range(len(lines) - 1, 0, -1):
        line = lines[place].strip()
        if not line:
            continue
        seen += 1
        first, *others = [piece for one in re.split(r"[,|;]", line[:200]) if (piece := one.strip())] or [""]
        named = _is_own_name(first, names)
        told = all(_is_own_name(one, names) or _reaches(one, mails) for one in others)
        if seen > MOST_LINES or not told or not (named or _reaches(first, mails)):
            break
        if named:
            found = place
    return "\n".join(lines[:found])


def _parts(name: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", name)


def _is_own_name(line: str, names: Collection[str] | None) -> bool:
    parts = _parts(line)
    if not parts or len(parts) > 5 or not all(one[0].isupper() for one in parts):
        return False
    if not _NAME_LINE.fullmatch(line.rstrip(".!")):
        return False
    if names is None:
        return True
    folded = [fold(one) for one in parts]
    whole = [one for one in folded if len(one) > 1 and one in names]
    return bool(whole) and all(one in names or (len(one) == 1 and _begins(one, names)) for one in folded)


def _begins(letter: str, names: Collection[str]) -> bool:
    return any(one.startswith(letter) for one in names)


def _reaches(line: str, mails: Collection[str] | None) -> bool:
    """Whether it tells how the sender is reached, or what they do: an address or a site of theirs, a telephone that is
    called one, a post."""
    line = _LABEL.sub("", line, count=1).strip("<> ")
    if "@" in line:
        plain = line.casefold().removeprefix("mailto:")
        return " " not in plain if mails is None else plain in mails
    if _SITE.fullmatch(line):
        host = line.casefold().removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/")
        return mails is None or any(one.endswith(f"@{host}") for one in mails)
    return bool(_TELEPHONE.fullmatch(line) or words.POST.fullmatch(line.rstrip(",. ")))


def _is_contact(line: str) -> bool:
    return bool(_CONTACT_LINE.fullmatch(line) or words.POST.fullmatch(line.rstrip(",. ")))
