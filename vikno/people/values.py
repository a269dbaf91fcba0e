"""Normal forms: under which one address, phone or account is found again, however it was written."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import idna
from babel.core import get_global
from django.utils.translation import gettext as _

from vikno.core.models import Company
from vikno.core.text import one_line
from vikno.people.models import Identity

LONGEST = 254  # of an address: RFC 5321, section 4.5.3.1.3 (256 with its angle brackets)
_REGION_OF_LANGUAGE = {"uk": "UA"}  # where a language is spoken in one country; others ask for the full number


class WrongValue(ValueError):
    """This cannot be an address, a phone number or an account of its kind. The text says why, for people."""


def normal(kind: str, value: str, region: str | None = None) -> str:
    """The normal form of a value of this kind (Identity.Kind). Raises WrongValue.

    `region` is the country (ISO 3166, "UA") of phone numbers without a country code; None means the company's.
    """
    if kind == Identity.Kind.EMAIL:
        return email(value)
    if kind == Identity.Kind.PHONE:
        return phone(value, company_region() if region is None else region)
    account = one_line(value)
    if not account or len(account) > LONGEST:
        raise WrongValue(_("An account has between 1 and %(most)s characters.") % {"most": LONGEST})
    return account


@lru_cache(maxsize=1000)  # each letter asks several times for the same few
def email(value: str) -> str:
    """An address in its normal form: trimmed, the domain in lower-case ASCII (IDNA 2008 with UTS 46), the local part
    without regard to case. Tags after a plus and dots stay: only the provider knows what they mean.

    It asks for no more than a local part and a domain, for what people write from must be answerable. Raises
    WrongValue.
    """
    local, at, host = one_line(value).strip("<>").strip().rpartition("@")
    local, host = local.strip(), host.strip()
    if not at or not local or not host or any(letter.isspace() for letter in local + host):
        raise WrongValue(_("“%(value)s” is not an e-mail address.") % {"value": one_line(value, 80)})
    whole = f"{unicodedata.normalize('NFC', local).casefold()}@{domain(host)}"
    if len(whole) > LONGEST:
        raise WrongValue(_("An e-mail address has at most %(most)s characters.") % {"most": LONGEST})
    return whole


def domain(value: str) -> str:
    """A domain in lower-case ASCII. One that is no proper international name stays as it is, in lower case: letters
    come from "mail_host.local" too. Raises WrongValue if it cannot be a domain at all."""
    text = one_line(value).lstrip("@").rstrip(".")
    if not text or _cannot_be_a_domain(text):
        raise WrongValue(_("“%(value)s” is not a domain.") % {"value": one_line(value, 80)})
    try:
        ascii_form = idna.encode(text, uts46=True).decode()
    except idna.IDNAError:
        ascii_form = unicodedata.normalize("NFKC", text).casefold()
        if _cannot_be_a_domain(ascii_form):  # a sign that stands for a space and an accent
            ascii_form = text.casefold()
    if len(ascii_form) > 253:
        raise WrongValue(_("A domain has at most %(most)s characters.") % {"most": 253})
    return ascii_form.lower()


def _cannot_be_a_domain(text: str) -> bool:
    return any(letter.isspace() or letter in "@/\\" for letter in text)


def domain_of(address: str) -> str:
    """The domain of an address in its normal form."""
    return address.rpartition("@")[2]


def phone(value: str, region: str) -> str:
    """A phone number as E.164 ("+380441234567"). Raises WrongValue. A number that is possible but not known to be in
    use is taken: numbering plans change faster than libraries."""
    import phonenumbers  # large, and seldom wanted: no start waits for it

    text = unicodedata.normalize("NFKC", one_line(value))
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        words = _("“%(value)s” is not a phone number. Write it with its country, such as +380 44 123 45 67.")
        raise WrongValue(words % {"value": one_line(value, 40)})
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def company_region() -> str:
    """The country of the company, for phone numbers without one: that of its zone, else of its language, else ""."""
    from phonenumbers import SUPPORTED_REGIONS

    row = Company.objects.values_list("zone", "language").first()
    if row is None:
        return ""
    zone, language = row
    territories = get_global("zone_territories")
    found = territories.get(get_global("zone_aliases").get(zone, zone)) or territories.get(zone)
    return found if found in SUPPORTED_REGIONS else _REGION_OF_LANGUAGE.get(language, "")
