"""Bytes that name no charset and are neither UTF-8 nor Cyrillic: Chinese, Korean, Japanese, Greek, and the languages
of Europe with letters of their own. Where the evidence is not plain nothing is guessed and the bytes stay as they are.

East Asian texts are told by how many of their signs are among the commonest of the language; Greek by how common its
letters are; Latin ones by alphabets: the letters beyond ASCII must be those of one language, and of none in the west.
"""

from __future__ import annotations

import re

_PAIRS = re.compile(rb"[\x81-\xfe][\x40-\xfe]")
_HIGH = re.compile(rb"[\x80-\xff]")
_LATIN_WORD = re.compile(r"[^\W\d_]+")
_LEAST_SIGNS = 3
# Parts of the signs of a text that must be among the commonest.
_COMMON_SHARE = 0.34
_MOST_CYRILLIC, _MOST_CYRILLIC_OF_GREEK = 0.5, 1.5  # points of charset.score, beyond which it is Cyrillic

_HANZI = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如"
    "都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高"
    "间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解"
    "水名真论处走义各入几口认条平系气题活女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指请您转发复询价单据票邮"
    "谢帮助品通知附客户司同付款订货购买费用账号登录码密系统服务器维护"
)
_HANZI_TRADITIONAL = (
    "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行所然家種事成方多經麼去法學如"
    "都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實日軍者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高"
    "間由問很最重並物手應戰向頭文體政美相見被利什二等產或新己制身果加西斯月話合回特代內信表化老給世位次度門任常先海通教兒原東聲提立及比員解"
    "請您轉覆詢價單據票郵謝幫助品通知附客戶司同付款訂貨購買費用帳號登錄碼密系統服務器維護"
)
_HANGUL = (
    "이다는을의에가고하은로지를한니기도사서자어시아리인나대스일해그라정들수제보과전주요습합안여부있것게면원장상만성유문국마공용드립님녕신청"
    "바랍감답확구오모트연우소계조치무방관경비생화물결회"
)
_GREEK = frozenset("αάοόιίεέτσςνηήυύρπκμλωώ")
_COMMON_GREEK = 0.72  # share of small letters among these, with every high byte a Greek letter

# Letters beyond ASCII, small; of languages in the west, which cp1252 spells, and of others by code page.
_WEST = [
    frozenset(letters)
    for letters in (
        "äöüß", "àâçéèêëîïôùûüÿœæ", "áéíñóúü", "ãáâàçéêíõóôúü", "àèéìòùî", "æøåé", "åäöé", "þðýáéíóúæö", "ëïéöü",
        "àçéèíïóòúü", "ïé", "äöõüšž",
    )
]  # fmt: skip
_OTHERS = (
    ("cp1250", "ąćęłńóśźż"), ("iso8859_2", "ąćęłńóśźż"), ("cp1250", "áčďéěíňóřšťúůý"), ("iso8859_2", "áčďéěíňóřšťúůý"),
    ("cp1250", "áäčďéíĺľňóôŕšťúýž"), ("cp1250", "áčďéěíňóřšťúůýž"), ("iso8859_2", "áčďéěíňóřšťúůýž"),
    ("iso8859_2", "áäčďéíĺľňóôŕšťúýž"), ("cp1250", "áéíóöőúüű"), ("iso8859_2", "áéíóöőúüű"), ("cp1250", "čćđšž"),
    ("iso8859_2", "čćđšž"), ("cp1250", "ăâîşţ"), ("iso8859_2", "ăâîşţ"), ("cp1254", "çğıöşüâî"),
    ("cp1257", "ąčęėįšųūž"), ("cp1257", "āčēģīķļņšūž"),
)  # fmt: skip


def read(data: bytes, cyrillic: float | None) -> str | None:
    """The codec of `data` if it is plain, else None. `cyrillic`: its points as Russian or Ukrainian, if it may be."""
    greek = _greek(data) if cyrillic is not None and cyrillic < _MOST_CYRILLIC_OF_GREEK else None
    if greek is not None or (cyrillic is not None and cyrillic > _MOST_CYRILLIC):
        return greek
    return _east_asian(data) or _latin(data)


def _east_asian(data: bytes) -> str | None:
    if 2 * len(_PAIRS.findall(data)) < len(_HIGH.findall(data)):
        return None
    found = [
        (share, codec)
        for codec, share in (
            ("gb18030", _share(data, "gb18030", _HANZI)),
            ("big5", _share(data, "big5", _HANZI_TRADITIONAL)),
            ("euc_kr", _share(data, "euc_kr", _HANGUL)),
            ("shift_jis", _kana(data, "cp932")),
            ("euc_jp", _kana(data, "euc_jp")),
        )
    ]
    best, second = sorted(found, reverse=True)[:2]
    if best[0] < _COMMON_SHARE or best[0] < second[0] + 0.15:
        return None
    return {"shift_jis": "cp932", "euc_kr": "cp949"}.get(best[1], best[1])


def _share(data: bytes, codec: str, common: str) -> float:
    """The share of a text's signs that are among the common ones; 0 if it cannot be read so, or is too short."""
    signs = _signs(data, codec)
    if sum(sign >= "\u2e80" for sign in signs) < _LEAST_SIGNS or any("\u3040" <= sign <= "\u30ff" for sign in signs):
        return 0.0
    return sum(sign in common for sign in signs) / len(signs)


def _kana(data: bytes, codec: str) -> float:
    """The share of a text's signs that are Japanese syllables, doubled, as two of three signs of a text are others."""
    signs = _signs(data, codec)
    if len(signs) < _LEAST_SIGNS:
        return 0.0
    syllables = sum("\u3041" <= sign <= "\u3093" or "\u30a1" <= sign <= "\u30fc" for sign in signs)
    strange = sum(not ("\u3000" <= sign <= "\u9fff" or "\uff00" <= sign <= "\uff5e") for sign in signs)
    return 0.0 if strange or len(signs) < 2 else min(1.0, 1.5 * syllables / len(signs))


def _signs(data: bytes, codec: str) -> list[str]:
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        return []
    return [
        sign for sign in text if sign >= "\x80" and sign not in "\u3000\u3001\u3002\uff0c\uff1a\uff01\uff1f\u3010\u3011"
    ]


def _greek(data: bytes) -> str | None:
    for codec in ("cp1253", "iso8859_7"):
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        letters = [sign for sign in text if sign >= "\x80" and sign.isalpha()]
        small = [sign for sign in letters if sign.islower()]
        if len(small) < 6 or any(not "\u0370" <= sign <= "\u03ff" for sign in letters):
            continue
        if not all(_is_greek(word) for word in _LATIN_WORD.findall(text)):
            continue
        if sum(sign in _GREEK for sign in small) >= _COMMON_GREEK * len(small):
            return codec
    return None


def _is_greek(word: str) -> bool:
    """Whether a word has the one accent that Greek words of some length have, "ς" at its end, and capitals in front."""
    if word.isupper() or word.isascii():
        return True
    if word[1:].lower() != word[1:] or "ς" in word[:-1]:
        return False
    accents = sum(sign in "άέήίόύώΐΰΆΈΉΊΌΎΏ" for sign in word)
    return accents == 1 or (len(word) < 4 and accents == 0)


def _latin(data: bytes) -> str | None:
    """A code page of Europe in which the text is of one language, if in the western one it is of none."""
    if _fits(data, "cp1252", _WEST):
        return None
    found: dict[str, str] = {}
    for codec, letters in _OTHERS:
        if _fits(data, codec, [frozenset(letters)]):
            found.setdefault(data.decode(codec), codec)
    return next(iter(found.values())) if len(found) == 1 else None


def _fits(data: bytes, codec: str, alphabets: list[frozenset[str]]) -> bool:
    """Whether all that is not ASCII are letters of one of the alphabets, three or more, and stand as in words."""
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        return False
    odd = [sign for sign in text if sign >= "\x80"]
    letters = [sign for sign in odd if sign.isalpha()]
    if len(letters) < len(odd) or (codec != "cp1252" and (len(letters) < 3 or len(set(letters)) < 2)):
        return False
    if any(not word.isupper() and word[1:].lower() != word[1:] for word in _LATIN_WORD.findall(text)):
        return False
    used = {sign.lower() for sign in letters}
    return any(used <= alphabet for alphabet in alphabets)
