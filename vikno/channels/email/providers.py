"""Mail domains that anybody can have an address at: two addresses there have nothing to do with each other."""

from __future__ import annotations

from vikno.channels.email.letter.auth import organization
from vikno.channels.email.letter.words import words
from vikno.people import values

PUBLIC = words(
    "gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com aol.com icloud.com "
    "me.com mac.com proton.me protonmail.com pm.me gmx.net gmx.de gmx.com gmx.at web.de t-online.de freenet.de "
    "mail.com zoho.com fastmail.com tutanota.com tuta.io hey.com ukr.net i.ua ua.fm meta.ua bigmir.net email.ua "
    "online.ua mail.ru bk.ru list.ru inbox.ru internet.ru yandex.ru yandex.com yandex.ua yandex.by yandex.kz ya.ru "
    "rambler.ru lenta.ru ro.ru tut.by wp.pl o2.pl onet.pl interia.pl op.pl gazeta.pl seznam.cz email.cz centrum.cz "
    "azet.sk free.fr orange.fr wanadoo.fr laposte.net sfr.fr libero.it virgilio.it tiscali.it alice.it terra.es "
    "abv.bg mail.bg freemail.hu citromail.hu inbox.lv delfi.lt one.lt mail.ee hotmail.fr hotmail.it hotmail.de "
    "live.de outlook.de yahoo.de yahoo.fr yahoo.co.uk yahoo.it yahoo.es qq.com 163.com 126.com"
)


def firm_of(address: str) -> str:
    """The registered domain of the firm that an address belongs to; "" for a public provider."""
    host = values.domain_of(address)
    domain = organization(host) or host
    return "" if domain in PUBLIC else domain
