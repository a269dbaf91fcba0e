"""How mail programs introduce the letter they quote: tables of patterns, Ukrainian, Russian and English first."""

from __future__ import annotations

import re

_VERBS = (
    r"wrote|writes|written by|said|пишет|пишете|написал\(а\)|написала?|писала?|сообщила?|пише|пишуть|написав\(ла\)|"
    r"написав|написала|писав|schrieb(?: am .{0,40})?|hat geschrieben|a écrit|ha scritto|escribió|escreveu|"
    r"schreef(?: op .{0,40})?|het volgende geschreven|geschreven|napisała?|napisał\(a\)|pisze|napsala?|napsal\(a\)|"
    r"skrev(?: følgende)?|kirjoitti|(?:ezt )?írta|a scris|написа|(?:şunu )?yazdı|写道|寫道|のメッセージ|님이 작성"
)
_WEEKDAYS = (
    r"mon|tue|wed|thu|fri|sat|sun|пн|вт|ср|чт|пт|сб|вс|нд|понед|вівт|втор|серед|сред|четв|пʼятн|п'ятн|п’ятн|пятн|"
    r"суб|воск|неділ|mo|di|mi|do|fr|sa|so|lun|mar|mer|jeu|ven|sam|dim|mié|sáb|dom|seg|ter|qua|qui|sex|pon|wt|śr|czw|"
    r"pt|sob|ndz|po|út|st|čt|pá|ne|mån|tis|ons|tor|fre|lör|sön|man|tir|lør|søn|ma|ti|ke|to|pe|la|su|mie|joi|vin|sâm"
)
_OPENERS = (
    r"on|am|le|il(?: giorno)?|el|em|op|w dniu|dnia|den|dne|på|pe|în|în data de|sur|в|у|од|"
    r"в(?:ід|ы)? писал\w*|вы писали|ви писали"
)
_DATE = (
    r"\d{1,2}[./-] ?\d{1,2}[./-] ?\d{2,4}|\d{4}[./-] ?\d{1,2}[./-] ?\d{1,2}|"
    r"\d{1,2}\.?(?: de| of)? [^\W\d]{3,12}\.?,?(?: de)? \d{4}|\d{4}\. [^\W\d]{3,12}\.? \d{1,2}\.?|"
    r"[^\W\d]{3,12}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}|\d{1,2}年\d{1,2}月\d{1,2}日|\d{4}年\d{1,2}月\d{1,2}日"
)
VERB_END = re.compile(rf"(?:^|[\s>\"')\]])(?:{_VERBS})\s*[:：]?\s*$", re.IGNORECASE)
DATE = re.compile(_DATE, re.IGNORECASE)
TIME = re.compile(r"\b\d{1,2}[:.h]\d{2}\b")
ADDRESS = re.compile(r"<?(?:mailto:)?[\w.+-]{1,64}@[\w.-]{1,255}>?")
BRACKETED = re.compile(r"[<\[(] ?(?:mailto:)?[^\s<>@]{1,64}@[^\s<>@]{1,255} ?[>\])]")
# What an introduction begins with: a weekday, a date, or "On".
OPENING = re.compile(
    rf"^[\s*_«\"]{{0,8}}(?:(?:{_OPENERS})\b|(?:{_WEEKDAYS})[^\W\d]{{0,10}}[.,]? ?|{_DATE}|"
    rf"\d{{1,2}} [^\W\d]{{3,12}})",
    re.IGNORECASE,
)
# Words of a person who tells who wrote what; programs use none of them.
TOLD = re.compile(
    r"\b(?:я|мені|мне|мы|ми|нам|нас|мій|мой|моя|ваш\w*|наш\w*|менеджер\w*|i|me|us|we|my|your|our|mir|uns|ihr\w*|euer)\b",
    re.IGNORECASE,
)

# A greeting and perhaps a name, nothing more.
GREETING = re.compile(
    r"^\s*(?:добр(?:ого|ий|ый|ое|ой) (?:дня|день|ранку|вечора|вечір|вечер|утро|ночи)|доброго времени суток|"
    r"вітаю|вітаємо|здрастуйте|здравствуйте?|приветствую|привіт|привет|шановн\w+|уважаем\w+|hello|hi|hey|dear|"
    r"good (?:morning|afternoon|evening)|guten (?:tag|morgen|abend)|hallo|dzień dobry|witam|dobrý den|"
    r"bonjour|buenos días|buongiorno|bom dia)\b(?:[, ]+[^\W\d_][\w.'’ʼ«»\"-]{0,30}){0,3}\s*[,.!:]{0,3}\s*$",
    re.IGNORECASE,
)

# A line that stands between the answer and the letter answered.
_ORIGINAL = (
    r"(?:original (?:message|appointment|e-?mail)|reply message|"
    r"исходное (?:сообщение|письмо)|оригинальное (?:сообщение|письмо)|"
    r"(?:оригінальне|вихідне|початкове|оригінал|первинне) ?(?:повідомлення|лист|листа)?|"
    r"(?:первоначальное|начальное|предыдущее) (?:сообщение|письмо)|попереднє повідомлення|"
    r"ursprüngliche nachricht|originalnachricht|message d['’]origine|message original|mensaje original|"
    r"mensagem original|messaggio originale|oorspronkelijk bericht|wiadomość oryginalna|oryginalna wiadomość|"
    r"původní (?:zpráva|e-?mail)|ursprungligt meddelande|originalmeddelande|"
    r"oprindelig (?:meddelelse|besked)|opprinnelig melding|alkuperäinen viesti|mesaj original|mesajul original|"
    r"eredeti üzenet|orijinal (?:mesaj|ileti)|özgün ileti)"
)
SEPARATOR = re.compile(rf"^\s*[-_=*]{{2,}}\s*{_ORIGINAL}\s*[-_=*]{{2,}}\s*$", re.IGNORECASE)
BARE_SEPARATOR = re.compile(rf"^\s*{_ORIGINAL}\s*:?\s*$", re.IGNORECASE)  # above the head of a letter only
# A forwarded letter is new to its reader: it is never folded.
FORWARDED = re.compile(
    r"^\s*(?:[-_=*>]{0,20}\s*)?(?:(?:begin )?forwarded (?:message|by .{1,80})|"
    r"начало (?:переадресованного|пересылаемого) (?:сообщения|письма)|"
    r"(?:пересылаемое|пересланное|перенаправленное|переадресованное) (?:сообщение|письмо)|"
    r"(?:переслане|пересланий|перенаправлене|переадресоване) (?:повідомлення|лист)|"
    r"початок (?:пересланого|переадресованого|перенаправленого) "
    r"(?:повідомлення|листа)|weitergeleitete nachricht|anfang der weitergeleiteten .{0,20}|message transféré|"
    r"début du message (?:transféré|réexpédié)|mensaje reenviado|inicio del mensaje reenviado|mensagem encaminhada|"
    r"messaggio inoltrato|inizio messaggio inoltrato|doorgestuurd bericht|begin doorgestuurd bericht|"
    r"(?:treść )?przekazan(?:a|ej) wiadomoś\w+|przeposlan[áý] zpráva|přeposlan[áý] (?:zpráva|e-?mail)|"
    r"vidarebefordrat (?:mail|meddelande|brev)|videresendt (?:besked|meddelelse|melding)|videresendt melding|"
    r"edelleenlähetetty viesti|välitetty viesti|mesaj redirecționat|továbbított üzenet|yönlendirilen (?:mesaj|ileti))"
    r"\s*:?\s*[-_=*]{0,20}\s*$",
    re.IGNORECASE,
)
_FIELDS = {
    "from": r"from|от(?: кого)?|від(?: кого)?|von|de|da|van|od|från|fra|lähettäjä|отправитель|відправник|expéditeur|"
    r"remitente|mittente|afzender|nadawca|odesílatel|feladó|gönderen|kimden|de la",
    "date": r"sent|date|отправлен[оа]|дата|надіслано|відправлено|gesendet|datum|envoyé|enviado(?: el| em)?|fecha|"
    r"inviato|data|verzonden|wysłan[oay]|odesláno|skickat|sendt|lähetetty|date d['’]envoi|trimis|küldve|elküldve|dátum|"
    r"gönderme tarihi|gönderildi|tarih|päivämäärä|dato",
    "to": r"to|кому|an|à|para|a|aan|do|till|til|komu|vastaanottaja|получатель|одержувач|destinataire|către|"
    r"címzett|kime",
    "cc": r"cc|копия|копія|kopie|dw|copie|kopia|másolat|bilgi|kopi|kopio",
    "subject": r"subject|тема|betreff|objet|asunto|assunto|oggetto|onderwerp|temat|předmět|ämne|emne|aihe|subiect|"
    r"tárgy|konu",
}
HEADER_FIELD = re.compile(
    r"^\s*[*_>]{0,3}\s?(?:"
    + "|".join(f"(?P<{kind}>{names})" for kind, names in _FIELDS.items())
    + r")\s?[*_]{0,2}\s?:[*_]{0,2}(?:\s|$)",
    re.IGNORECASE,
)
RULE = re.compile(r"^\s*[-_=—]{5,}\s*$")

# The writer says that the answers stand inside the quote: then nothing is folded.
ANSWERS_INSIDE = re.compile(
    r"\b(?:(?:see|answers?|answered|comments?|replies|reply|replied|response)\b.{0,30}\b(?:inline|in-line|below|"
    r"in (?:red|blue|green))|inline (?:below|answers?)|"
    r"(?:ответ\w*|отвеча\w*|отвечу|коммент\w*|см|смотрите)\b.{0,30}\b(?:ниже|в тексте|внутри|красным|синим|"
    r"зел[её]ным|под вопрос\w*|по тексту)|"
    r"(?:відпов\w*|комент\w*|див|дивіться)\b.{0,30}\b(?:нижче|в тексті|у тексті|всередині|червоним|синім|зеленим|"
    r"під питан\w*|по тексту)|"
    r"(?:antwort\w*|kommentar\w*|siehe)\b.{0,30}\b(?:unten|im text|in rot|in blau)|(?:odpowied\w*|patrz)\b.{0,30}\b"
    r"(?:poniżej|w tekście)|(?:réponses?|voir)\b.{0,30}\b(?:ci-dessous|dans le texte|en rouge))",
    re.IGNORECASE,
)
