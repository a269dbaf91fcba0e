"""Mail providers whose domains belong to everybody: many strangers write from there who have nothing to do with each
other, so such a domain is neither blocked nor counted as one sender."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

_DOMAINS = """
gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com icloud.com me.com mac.com aol.com
proton.me protonmail.com pm.me gmx.com gmx.de gmx.net web.de t-online.de zoho.com fastmail.com tutanota.com mail.com
ukr.net i.ua meta.ua bigmir.net online.ua email.ua ua.fm email.com.ua
mail.ru bk.ru inbox.ru list.ru internet.ru yandex.ru yandex.ua yandex.com yandex.by yandex.kz ya.ru rambler.ru
lenta.ru autorambler.ru myrambler.ru ro.ru tut.by
wp.pl o2.pl onet.pl interia.pl op.pl seznam.cz email.cz centrum.cz abv.bg orange.fr free.fr laposte.net wanadoo.fr
libero.it hotmail.fr hotmail.it hotmail.co.uk yahoo.co.uk yahoo.fr yahoo.de yahoo.it live.ru outlook.de
"""
SHARED = frozenset(_DOMAINS.split())


def is_shared(domain: str) -> bool:
    """Whether this is the domain of a provider at which anybody has an address."""
    return domain.lower() in SHARED


@cache
def _suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList  # large, and seldom wanted

    return PublicSuffixList()


def is_suffix(domain: str) -> bool:
    """Whether strangers register their domains directly below this one, as below com.ua, by the public suffix list."""
    return bool(_suffixes().privatesuffix(domain) is None)
