"""Letters that a web form writes for its visitors: all come from one address, and each has an author of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable

from vikno.channels.email.letter import Address, Letter
from vikno.channels.email.letter.auth import organization
from vikno.channels.email.letter.words import words
from vikno.people import values

SERVICES = words(
    "tilda.ws tildacdn.com tilda.cc jotform.com typeform.com formspree.io netlify.com squarespace.info wix.com "
    "wix-forms.com wufoo.com cognitoforms.com formsubmit.co getform.io basin.io usebasin.com formstack.com "
    "123formbuilder.com web3forms.com elfsight.com paperform.co hubspot.com getformly.com weblium.com creatium.io"
)
_LOCAL = re.compile(
    r"(?:wordpress|wp|web[-_.]?form|web[-_.]?site|website|site|form[s]?|feedback[-_.]?form|contact[-_.]?form|www|www-data|"
    r"apache|nginx|httpd|bitrix|drupal|joomla|opencart|no[-_.]?reply|do[-_.]?not[-_.]?reply)",
    re.IGNORECASE,
)
_MAILERS = ("phpmailer", "wordpress", "wpforms", "contact form", "drupal", "joomla", "bitrix", "php/")
_LABEL = re.compile(
    r"^[\s*>•-]{0,10}(?:your |ваш\w? |адреса? )?(?:e-?mail(?: address)?|емейл|імейл|мейл|"
    r"ел(?:ектронна)?\.? ?(?:пошта|адреса)|"
    r"эл(?:ектронная)?\.? ?(?:почта|адрес)|электронный адрес|пошта|почта)\s{0,3}[*]{0,2}\s?[:：=-][*]{0,2}\s{0,5}"
    r"(?:<?mailto:)?<?(?P<address>[^\s<>@,;:\"]{1,64}@[^\s<>@,;:\"]{3,255})",
    re.IGNORECASE | re.MULTILINE,
)
_NAME = re.compile(
    r"^[\s*>•-]{0,10}(?:your |ваш[еa]? )?(?:name|full name|імʼя|ім'я|ім’я|имя|піб|фио|контактна особа|контактное лицо)"
    r"\s{0,3}[*]{0,2}\s?[:：=][*]{0,2}[ \t]{0,5}(?P<name>[^\n]{2,100})$",
    re.IGNORECASE | re.MULTILINE,
)
_LOOKED_AT = 20_000  # characters of the text


def is_listed(letter: Letter, listed: Iterable[str]) -> bool:
    """Whether the owner named the sender as a form's: by its address, or "@domain" for all of a domain."""
    author = _normal(letter.from_)
    names = {str(one).strip().lower() for one in listed}
    return bool(author) and (author in names or f"@{values.domain_of(author)}" in names)


def is_form(letter: Letter) -> bool:
    """Whether it looks like a form's: an address of a machine or a known service, which names somebody else to be
    answered, as no person does."""
    author, others = _normal(letter.from_), {_normal(one) for one in letter.reply_to} - {""}
    if not author or not others or author in others:
        return False
    local, _, host = author.rpartition("@")
    mailer = (letter.headers.get("x-mailer", "") + letter.headers.get("user-agent", "")).lower()
    service = (organization(host) or host) in SERVICES
    return bool(_LOCAL.fullmatch(local)) or service or any(one in mailer for one in _MAILERS)


def visitor(text: str) -> Address | None:
    """The visitor whom the text names, as forms write their fields: "E-mail: maria@shop.example"."""
    found = _LABEL.search(text[:_LOOKED_AT])
    if not found:
        return None
    named = _NAME.search(text[:_LOOKED_AT])
    return Address(named["name"].strip(" *\r") if named else "", found["address"].rstrip(".>)*"))


def _normal(one: Address | None) -> str:
    try:
        return values.email(one.addr) if one is not None else ""
    except values.WrongValue:
        return ""
