"""Where a letter's own words end: signatures, words of leave-taking with the name below, lines that phones add.

A signature is folded, never cut; and whatever could be a sentence keeps all of it in sight.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

LOGO, PICTURE = "[\ufffc]", "[\ufffc\ufffc]"  # a small and a large picture among the lines of a letter
MAX_LINES = 14  # of a signature
_MAX_LINE = 120  # characters
_LONG_LINE = 180  # characters: as much is a paragraph

DELIMITER = re.compile(r"^\s?(?:--|—|––|-- -)\s*$")
_APPS = (
    r"iphone|ipad|ios|mac(?:book)?|icloud|android|samsung|galaxy|xiaomi|redmi|poco|mi\b|huawei|honor|oppo|realme|vivo|"
    r"oneplus|pixel|nokia|sony|xperia|lenovo|motorola|blackberry|windows|lumia|"
    r"смартфон\w*|телефон\w*|мобильн\w+|мобільн\w+|планшет\w*|пристро\w+|устройств\w*|handy|smartphone|telefon\w*|"
    r"mobil\w*|telefoon|móvil|"
    r"почт\w* (?:mail|майл|яндекс|ukr|i\.ua)|пошт\w* (?:ukr|i\.ua|meta)|mail\.ru|mymail|яндекс\S*|yandex\S*|outlook|"
    r"gmail|yahoo|proton\S*|spark|bluemail|aqua ?mail|k-9|thunderbird|fairemail|tuta\w*|ukr\.net|i\.ua|meta\.ua|"
    r"fastmail|airmail|edison|zoho|web\.de|gmx|t-online|orange|mail для|viber"
)
PHONE = re.compile(
    r"^\s*(?:sent (?:from|via|with|using)|get outlook for|скачать outlook для|получить outlook для|"
    r"завантаж\w+ outlook для|отримати outlook для|download outlook|"
    r"отправлено (?:с|из|от|через)|письмо отправлено (?:с|из)|надіслано (?:з|із|через|від)|"
    r"відправлено (?:з|із|через|від)|надісланий (?:з|із)|посланий з|diese nachricht wurde von|"
    r"von meinem|gesendet (?:von|mit|über)|envoyé (?:de(?:puis)?|à partir)|télécharger outlook|"
    r"enviado (?:desde|do|de|a partir)|inviato da|verzonden (?:vanaf|met|via)|wysłan[eoy] z|pobierz outlook|"
    r"odesl[aá]no z|skickat från|sendt fra|lähetetty|trimis de pe|küldve|elküldve|gönderildi|iphone['’]umdan)"
    rf"(?=.{{0,60}}(?:{_APPS}))[^\n]{{0,110}}$|^\s*\S{{0,30}}['’ ]?(?:umdan|imdan|ımdan|ünden) gönderildi\.?\s*$",
    re.IGNORECASE,
)
# The same with the device alone: that is nobody's sentence, so it is none in the middle of a letter either.
_BARE_PHONE = re.compile(
    r"^\s*(?:sent from (?:my )?|отправлено с (?:моего )?|надіслано (?:з|із) (?:мого )?|відправлено (?:з|із) (?:мого )?|"
    r"von meinem |gesendet von (?:meinem )?|envoyé de mon |enviado desde mi |enviado do meu |wysłan[eoy] z )"
    r"(?:iphone|ipad|android|samsung|galaxy|смартфон\w{0,3}|телефон\w{0,3})(?: gesendet)?\.?\s*$",
    re.IGNORECASE,
)

_CLOSERS = (
    # Ukrainian, Russian, English
    r"з(?:і)?(?: найщирішою| щирою| глибокою| великою)? повагою|з повагою та \w{3,20}(?: \w{3,20})?|"
    r"з найкращими побажаннями|з найщирішими побажаннями|з пошаною|щиро ваш\w?|щиро|"
    r"с(?:о)?(?: искренним| глубоким| большим| всем)? уважением|с ув\.?|с наилучшими пожеланиями|искренне ваш\w?|"
    r"с уважением и \w{3,20}(?: \w{3,20})?|"
    r"(?:with )?(?:best|kind|kindest|warm|warmest|many)? ?regards|(?:with )?best wishes|(?:yours )?"
    r"(?:sincerely|faithfully|truly|respectfully)(?: yours)?|best|br|kr|cordially|"
    # German, French, Polish, Spanish, Italian, Portuguese, Dutch
    r"(?:mit )?(?:freundlichen?|vielen?|besten?|lieben?|herzlichen?|schönen?) (?:grüßen?|gruß|gruss|grüssen?)"
    r"(?: aus [\w-]{3,20})?|mfg|lg|vg|hochachtungsvoll|"
    r"(?:bien )?cordialement|(?:sincères |meilleures )?salutations(?: distinguées)?|bien à vous|"
    r"(?:serdecznie )?pozdrawiam(?: serdecznie)?|z poważaniem|z wyrazami szacunku|pozdrowienia|"
    r"(?:un )?(?:cordial )?saludos?(?: cordial(?:es)?)?|atentamente|cordialmente|"
    r"(?:cordiali|distinti|i miei più cordiali)? ?saluti|"
    r"atenciosamente|(?:com os )?(?:melhores )?cumprimentos|atentamente|att|"
    r"(?:met )?(?:vriendelijke?|hartelijke?) (?:groet|groeten)|mvg|hoogachtend|"
    # Czech, Swedish, Danish, Norwegian, Finnish, Romanian, Hungarian, Turkish
    r"s (?:přátelským )?pozdravem|s úctou|"
    r"(?:med )?vänlig(?:a)? hälsning(?:ar)?|mvh|bästa hälsningar|hälsningar|"
    r"(?:med )?(?:venlig|vennlig|bedste|beste) hilsen|hilsen|"
    r"(?:ystävällisin |parhain )?terveisin|"
    r"cu (?:stimă|respect|deosebit(?:ă)? (?:stimă|considerație)|drag)|"
    r"(?:szívélyes )?üdvözlettel|tisztelettel|(?:en )?(?:iyi dileklerimle|derin saygılarımla)|"
    r"saygılarımla|iyi çalışmalar"
)
_CLOSER = re.compile(
    rf"^\s*[*_]{{0,2}}(?:{_CLOSERS})[*_]{{0,2}}(?P<rest>\s*[,.!;:–—-]{{0,3}}(?:\s.{{0,70}})?)$", re.IGNORECASE
)
_CONTACT = re.compile(
    r"@|https?://|\bwww\.|\b[\w-]{2,40}\.(?:com|ua|net|org|ru|eu|de|pl|info|biz|example)\b|(?:\d[\s()+-]{0,3}){6,}",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"^(?:ст\.?|старш\w+|молодш\w+|младш\w+|головн\w+|главн\w+|провідн\w+|ведущ\w+|заступник\w*|заместител\w*|зам\.?|"
    r"менеджер\w*|директор\w*|керівник\w*|руководител\w*|начальник\w*|інженер\w*|инженер\w*|бухгалтер\w*|спеціаліст\w*|"
    r"специалист\w*|фахівець|юрист\w*|адміністратор\w*|администратор\w*|секретар\w*|консультант\w*|аналітик\w*|"
    r"аналитик\w*|програміст\w*|программист\w*|дизайнер\w*|редактор\w*|логіст\w*|"
    r"логист\w*|координатор\w*|вчител\w*|учител\w*|лікар\w*|врач\w*|викладач\w*|преподавател\w*|власни\w+|владел\w+|системн\w+|відділ\w*|отдел\w*|департамент\w*|служб\w+|фоп|тов|тзов|ооо|"
    r"ип|ао|прат|пат|компанія|компания|фірма|фирма|магазин|офіс|офис|тел\.?|моб\.?|факс|адрес[аи]?|м\.|г\.|вул\.|ул\.|"
    r"sales|senior|junior|head|chief|vice|manager|director|engineer|accountant|assistant|support|team|office|phone|"
    r"tel\.?|mob\.?|mobile|fax|web|e-?mail|skype|telegram|viber|whatsapp)\b",
    re.IGNORECASE,
)
_DISCLAIMER = re.compile(
    r"confidential|privileged|intended (?:solely|only)|disclaimer|конфіденці|конфиденциал|призначен\w* лише|"
    r"предназначен\w* (?:только|исключительно)|vertraulich|confidentiel|confidencial|riservat|poufn|vertrouwelijk",
    re.IGNORECASE,
)
_ADDENDUM = re.compile(
    r"^\s*(?:p\.? ?s\b|п\.? ?с\b|з\.? ?і\b|post ?scriptum|постскриптум|n\.? ?b\b|ps[.:]|зі[.:])", re.IGNORECASE
)
_ADDRESS = re.compile(r"\S{0,200}(?:@|://|www\.|[a-z]\.[a-z])\S*", re.IGNORECASE)
_WORDS = re.compile(r"[^\W\d_]+(?:['’ʼ-][^\W\d_]+)*")


# What no name, post or address has in it, whatever firm's: an order, a denial, somebody who speaks, more to come.
_SAID = re.compile(
    r"\?|\b(?:\w{2,}(?:іть|їть|[йиь]те|жте|чте)(?:ся|сь)?|мені|мне|меня|мене|моє|моей|моего|не|ні|нет|нема|немає|"
    r"прошу|просимо|просим|прохання|просьба|будь ласка|пожалуйста|чекаю|чекаємо|жду|ждем|ждём|хочу|хочемо|хотим|"
    r"потріб\w+|нужн\w+|треба|надо|досі|знову|опять|снова|ще|еще|ещё|але|но|проте|однак|однако|поки|завтра|коли|когда|"
    r"чому|почему|скільки|сколько|змінив\w*|змінил\w*|изменил\w*|"
    r"нов(?:ий|а|е|і|ый|ая|ое|ые) (?:e-?mail|адрес\w*|номер\w*|тел\w*|рахун\w+|сч[её]т\w*|реквізит\w*|"
    r"реквизит\w*)|please|pls|call (?:me|us|back)|send|cancel|refund|me|my|not|no longer|never|still|again|but|however|"
    r"i (?:am|have|need|want|will|would|did|was|still)|i['’](?:m|ve|ll|d)|we (?:are|have|need|want|will|still)|"
    r"(?:has|have|had|is|are|was|did|does|do|ca|wo)(?:n['’]t| no\b| not\b)|can you|could you|when|why|how|tomorrow|"
    r"new (?:e-?mail|address|phone|number|account))\b",
    re.IGNORECASE,
)
_PRINTING = re.compile(r"consider the environment|print(?:ing)? this|роздрук|распечат|друкувати", re.IGNORECASE)


def hide_closing(lines: Sequence[str], hidden: list[bool], told: Collection[int] = ()) -> None:
    """Hide the signature at the end of what is visible. `told`: lines where the program says that one begins."""
    shown = _hide_phones(lines, hidden, [index for index, gone in enumerate(hidden) if not gone])
    for index in shown[1:]:  # above a picture that was added last
        hidden[index] = _BARE_PHONE.match(lines[index]) is not None
    shown = [index for index in shown if not hidden[index]]
    first = _start(lines, shown, told)
    if first is None:
        return
    for index in range(shown[first], len(lines)):  # whatever is not hidden yet from there on
        hidden[index] = True
    _hide_phones(lines, hidden, shown[:first])


def _hide_phones(lines: Sequence[str], hidden: list[bool], shown: list[int]) -> list[int]:
    """Hide the lines that phones add at the end; answers what is still visible."""
    _drop_blank(lines, shown)
    while len(shown) > 1 and PHONE.match(lines[shown[-1]]):
        hidden[shown.pop()] = True
        _drop_blank(lines, shown)
    return shown


def is_closing(lines: Sequence[str]) -> bool:
    """Whether these lines are a signature and nothing else."""
    rest = [line for line in lines if line.strip()]
    if not rest or len(rest) > MAX_LINES:
        return False
    if all(PHONE.match(line) for line in rest):
        return True
    return _is_whole(rest) or (len(rest) > 1 and bool(PHONE.match(rest[-1])) and _is_whole(rest[:-1]))


def tells(closing: str) -> bool:
    """Whether a signature may hold a sentence said to the reader: for those who hide the whole letter because of what
    stands above it. Not looked for in what lawyers have firms write below."""
    for line in closing.split("\n"):
        if _DISCLAIMER.search(line):
            return False
        if not PHONE.match(line) and not _PRINTING.search(line) and _SAID.search(_ADDRESS.sub(" ", line)):
            return True
    return False


def _is_whole(rest: Sequence[str]) -> bool:
    return (DELIMITER.match(rest[0]) is not None and _is_plain(rest[1:])) or (
        _is_closer(rest[0]) and all(map(_is_contact, rest[1:]))
    )


def _drop_blank(lines: Sequence[str], shown: list[int]) -> None:
    while shown and not lines[shown[-1]].strip():
        shown.pop()


def _start(lines: Sequence[str], shown: list[int], told: Collection[int]) -> int | None:
    """The place in `shown` where the signature begins. Never the first: then there would be no letter."""
    count = 0
    best: int | None = None
    for place in range(len(shown) - 1, 0, -1):
        line = lines[shown[place]]
        if not line.strip():
            continue
        count += 1
        if count > MAX_LINES + 1:
            break
        below = [lines[index] for index in shown[place + 1 :] if lines[index].strip()]
        if (DELIMITER.match(line) or (shown[place] in told and _is_plain([line]))) and _is_plain(below):
            best = _with_closer(lines, shown, place)
        elif _is_closer(line) and all(map(_is_contact, below)):
            best = place
    return best


def _with_closer(lines: Sequence[str], shown: list[int], place: int) -> int:
    """The leave-taking above a delimiter belongs to the signature."""
    above = place - 1
    for _ in range(4):
        while above > 0 and not lines[shown[above]].strip():
            above -= 1
        if above > 0 and _is_closer(lines[shown[above]]):
            return above
        if above <= 0 or not _is_contact(lines[shown[above]]):
            return place
        above -= 1
    return place


def _is_plain(below: Sequence[str]) -> bool:
    """Below a delimiter anything short may stand, except what is said to the reader."""
    return not any(
        _ADDENDUM.match(line)
        or PICTURE in line
        or line.rstrip().endswith("?")
        or (len(line) > _LONG_LINE and not _DISCLAIMER.search(line))
        for line in below
    )


def _is_closer(line: str) -> bool:
    found = _CLOSER.match(line) if len(line) <= _MAX_LINE else None
    if not found:
        return False
    rest = found["rest"].strip(" \t,.!;:–—-*_")
    if not rest:
        return True
    if found["rest"].lstrip()[:1].isalnum() and found.start("rest") < 8:  # "Best Buy", "Щиро Дякую"
        return False
    return _is_name(rest) or (_is_contact(rest) and len(rest.split()) <= 8)


def _is_name(text: str) -> bool:
    """One to four words with capitals, or initials."""
    parts = _WORDS.findall(text)
    return 1 <= len(parts) <= 4 and not re.search(r"[?!:]|\d", text) and all(part[0].isupper() for part in parts)


def _is_contact(line: str) -> bool:
    """A name, a post, a firm, an address: nothing that could be a sentence said to the reader."""
    line = line.replace(LOGO, "").strip(" \t*_|•·>-")
    if not line:
        return True
    if len(line) > _MAX_LINE or PICTURE in line or line.endswith(("?", "!")) or _ADDENDUM.match(line):
        return False
    parts = _WORDS.findall(line)
    if _CONTACT.search(line):
        return len(parts) <= 12
    if _TITLE.match(line):
        return len(parts) <= 9 and not line.endswith(".")
    if PHONE.match(line) or not parts:
        return True
    small = [part for part in parts if part[0].islower() and len(part) > 3]
    return len(parts) <= 7 and not small and parts[0][0].isupper()
