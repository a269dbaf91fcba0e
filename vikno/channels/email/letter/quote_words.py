"""How mail programs introduce the letter they quote: tables of patterns, Ukrainian, Russian and English first."""

from __future__ import annotations

import re

_VERBS = (
    r"wrote|writes|written by|said|пишет|пишете|написал\(а\)|написала?|писала?|сообщила?|пише|пишуть|написав\(ла\)|"
    r"написав|написала|писав|schrieb(?: am .{0,40})?|a écrit|ha scritto|escribió|escreveu|schreef(?: op .{0,40})?|"
    r"het volgende geschreven|geschreven|napisała?|napisał\(a\)|pisze|napsala?|napsal\(a\)|"
    r"skrev|kirjoitti|írta|a scris|"
    r"написа|yazdı|写道|寫道|のメッセージ|님이 작성"
)
_WEEKDAYS = (
    r"mon|tue|wed|thu|fri|sat|sun|пн|вт|ср|чт|пт|сб|вс|нд|понед|вівт|втор|серед|сред|четв|пʼятн|п'ятн|пятн|суб|воск|"
    r"неділ|mo|di|mi|do|fr|sa|so|lun|mar|mer|jeu|ven|sam|dim|pon|wt|śr|czw|pt|sob|ndz"
)
_OPENERS = r"on|am|le|il|el|em|op|w dniu|dnia|den|dne|på|pe|sur|в|у|od|в(?:ід|ы)? писал\w*|вы писали|ви писали"
_DATE = (
    r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2}|"
    r"\d{1,2}\.?(?: de| of)? [^\W\d]{3,12}\.?,?(?: de)? \d{4}|"
    r"[^\W\d]{3,12}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}|\d{1,2}年\d{1,2}月\d{1,2}日|\d{4}年\d{1,2}月\d{1,2}日"
)
VERB_END = re.compile(rf"(?:^|[\s>\"')\]])(?:{_VERBS})\s*[:：]?\s*$", re.IGNORECASE)
DATE = re.compile(_DATE, re.IGNORECASE)
TIME = re.compile(r"\b\d{1,2}[:.h]\d{2}\b")
ADDRESS = re.compile(r"<?(?:mailto:)?[\w.+-]{1,64}@[\w.-]{1,255}>?")
BRACKETED = re.compile(r"[<\[(](?:mailto:)?[^\s<>@]{1,64}@[^\s<>@]{1,255}[>\])]")
# What an introduction begins with: a weekday, a date, or "On".
OPENING = re.compile(
    rf"^[\s*_«\"]{{0,3}}(?:(?:{_OPENERS})\b|(?:{_WEEKDAYS})[^\W\d]{{0,10}}[.,]? ?|{_DATE}|"
    rf"\d{{1,2}} [^\W\d]{{3,12}})",
    re.IGNORECASE,
)

# A line that stands between the answer and the letter answered.
SEPARATOR = re.compile(
    r"^\s*[-_=*]{2,}\s*(?:original (?:message|appointment|e-?mail)|reply message|"
    r"исходное (?:сообщение|письмо)|оригинальное (?:сообщение|письмо)|"
    r"(?:оригінальне|вихідне|початкове) (?:повідомлення|лист)|"
    r"первоначальное сообщение|"
    r"ursprüngliche nachricht|originalnachricht|message d'origine|message original|mensaje original|mensagem original|"
    r"messaggio originale|oorspronkelijk bericht|wiadomość oryginalna|oryginalna wiadomość|původní zpráva|"
    r"ursprungligt meddelande|oprindelig meddelelse|alkuperäinen viesti)\s*[-_=*]{2,}\s*$",
    re.IGNORECASE,
)
# A forwarded letter is new to its reader: it is never folded.
FORWARDED = re.compile(
    r"^\s*(?:[-_=*>]{0,20}\s*)?(?:(?:begin )?forwarded (?:message|by .{1,80})|"
    r"начало (?:переадресованного|пересылаемого) (?:сообщения|письма)|"
    r"(?:пересылаемое|пересланное|перенаправленное) (?:сообщение|письмо)|"
    r"(?:переслане|пересланий|перенаправлене) (?:повідомлення|лист)|початок (?:пересланого|переадресованого) "
    r"(?:повідомлення|листа)|weitergeleitete nachricht|anfang der weitergeleiteten .{0,20}|message transféré|"
    r"mensaje reenviado|mensagem encaminhada|messaggio inoltrato|doorgestuurd bericht|"
    r"(?:treść )?przekazanej? wiadomoś\w+)\s*:?\s*[-_=*]{0,20}\s*$",
    re.IGNORECASE,
)
_FIELDS = {
    "from": r"from|от(?: кого)?|від(?: кого)?|von|de|da|van|od|från|fra|lähettäjä|отправитель|відправник",
    "date": r"sent|date|отправлен[оа]|дата|надіслано|відправлено|gesendet|datum|envoyé|enviado(?: el| em)?|fecha|"
    r"inviato|data|verzonden|wysłan[oay]|odesláno|skickat|sendt|lähetetty",
    "to": r"to|кому|an|à|para|a|aan|do|till|til|komu|vastaanottaja|получатель|одержувач",
    "cc": r"cc|копия|копія|kopie|dw|copie|kopia",
    "subject": r"subject|тема|betreff|objet|asunto|assunto|oggetto|onderwerp|temat|předmět|ämne|emne|aihe",
}
HEADER_FIELD = re.compile(
    r"^\s*[*_>]{0,3}\s?(?:"
    + "|".join(f"(?P<{kind}>{names})" for kind, names in _FIELDS.items())
    + r")\s?[*_]{0,2}\s?:[*_]{0,2}(?:\s|$)",
    re.IGNORECASE,
)
RULE = re.compile(r"^\s*[-_=—]{5,}\s*$")

SIGNATURE = re.compile(r"^\s?(?:--|—|––)\s*$")
PHONE = re.compile(
    r"^\s*(?:sent (?:from|via|with|using)|get outlook for|отправлено (?:с|из|от|через)|надіслано (?:з|із|через|від)|"
    r"відправлено (?:з|із|через|від)|посланий з|пиcьмо отправлено с|von meinem .{1,30} gesendet|gesendet (?:von|mit)|"
    r"envoyé de(?:puis)?|enviado (?:desde|do|de)|inviato da|verzonden (?:vanaf|met)|wysłan[eo] z|odesláno z|"
    r"skickat från)"
    r"\b[^\n]{0,90}$",
    re.IGNORECASE,
)
# The writer says that the answers stand inside the quote: then nothing is folded.
ANSWERS_INSIDE = re.compile(
    r"\b(?:(?:see|answers?|comments?|replies|reply|response)\b.{0,30}\b(?:inline|in-line|below|"
    r"in (?:red|blue|green))|inline (?:below|answers?)|"
    r"(?:ответ\w*|отвеча\w*|коммент\w*|см)\b.{0,30}\b(?:ниже|в тексте|внутри|красным|синим|зел[её]ным|под вопрос\w*)|"
    r"(?:відпов\w*|комент\w*|див)\b.{0,30}\b(?:нижче|в тексті|у тексті|всередині|червоним|синім|зеленим|під питан\w*))",
    re.IGNORECASE,
)
