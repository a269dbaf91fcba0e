"""How mail systems say in words that a letter was not delivered: English, Russian, Ukrainian."""

from __future__ import annotations

import re

SUBJECTS = re.compile(
    r"\s*(?:undeliver(?:ed|able)|delivery (?:status notification|failure|has failed|problem|incomplete|notification)|"
    r"mail delivery (?:failed|failure|system|problem|subsystem)|returned mail|mail system error|failure notice|"
    r"message (?:not delivered|undeliverable|could not be delivered|you sent blocked)|non[- ]?delivery|"
    r"warning: (?:message|could not send)|nondeliverable|mail could not be delivered|delayed mail|"
    r"недостав(?:ленн|ляем|к)|(?:сообщение |письмо )?не доставлено|"
    r"уведомление о (?:недоставке|состоянии доставки)|ошибка доставки|возврат (?:письма|почты)|"
    r"не вдалося доставити|(?:лист |повідомлення )?не доставлено|помилка доставки|"
    r"(?:повідомлення|сповіщення) про (?:недоставку|стан доставки))",
    re.IGNORECASE,
)

_SAID = {
    (5, "5.2.2"): (
        r"mailbox (?:is )?(?:full|over quota)|quota exceeded|over quota|exceeded (?:the|its) (?:storage|quota)",
        r"ящик (?:получателя )?переполнен|превышена квота|переполнение ящика",
        r"скриньк[аиу] (?:одержувача |отримувача )?переповнен|перевищено квоту",
    ),
    (5, "5.1.1"): (
        r"user (?:unknown|not found)|no such (?:user|mailbox|recipient)|unknown (?:user|recipient|address)",
        r"mailbox (?:unavailable|not found|does not exist)|address (?:rejected|not found)|does not exist",
        r"recipient (?:rejected|not found)|account (?:that you tried|is disabled|has been disabled)",
        r"invalid (?:recipient|mailbox)|addresses had permanent fatal errors",
        (
            r"(?:пользовател|получател|адрес|ящик)(?:[^.\n]|\.(?=\S)){0,90}"
            r"(?:не существует|не найден|неизвест|заблокирован)"
        ),
        r"нет такого (?:пользователя|ящика|адреса)|неизвестный (?:пользователь|получатель)",
        (
            r"(?:користувач|одержувач|отримувач|адрес|скриньк)(?:[^.\n]|\.(?=\S)){0,90}"
            r"(?:не існує|не знайдено|невідом|заблокован)"
        ),
        r"немає такого (?:користувача|адреса|скриньки)",
    ),
    (5, "5.1.2"): (
        r"(?:host|domain) (?:unknown|not found)|unrouteable|unroutable|no such domain|domain name not found",
        r"домен[^.\n]{0,40}не (?:существует|найден|існує|знайдено)",
    ),
    (5, "5.3.4"): (
        r"message (?:size|too (?:large|big))|exceeds? (?:the )?(?:maximum|size)",
        r"размер (?:письма|сообщения)|слишком больш|розмір (?:листа|повідомлення)|завеликий",
    ),
    (5, "5.7.1"): (r"spam|blacklist|blocklist|blocked|policy|спам|отклонено (?:политикой|фильтром)|відхилено",),
    (4, "4.0.0"): (
        r"delayed|has not (?:yet )?been delivered|will (?:continue to be|be) retried|deferred|temporar|greylist",
        r"try again later",
        r"временн\w+ (?:ошибк|проблем)|доставка (?:письма )?задержива|попытк\w+ (?:доставки )?будут",
        r"тимчасов\w+ (?:помилк|проблем)|доставк\w+ (?:листа )?затриму",
    ),
    (5, "5.0.0"): (
        r"(?:could|can) ?not be delivered|was not delivered|delivery (?:to the following|failed)|unable to deliver",
        r"(?:wasn't|couldn't be) delivered",
        r"не (?:может быть |было |был[оа]? |може бути )?доставлен",
        r"не удалось доставить|невозможно доставить|не вдалося доставити|неможливо доставити",
    ),
}
# (pattern, status class, status), the most telling first.
TEXTS: tuple[tuple[re.Pattern[str], int, str], ...] = tuple(
    (re.compile("|".join(patterns), re.IGNORECASE), klass, status) for (klass, status), patterns in _SAID.items()
)
