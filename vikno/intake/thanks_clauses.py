"""Clauses that say that something works, came or is understood, as grammars of Ukrainian, Russian and English.

A clause is matched as a whole: what is spoken of, a verb that says it is well, and how, in the order of the language.
Words come folded as `thanks_signatures.fold` folds them: small, without apostrophes, "е" for "ё". No part of a grammar
can deny, limit, ask or put in doubt, and nothing is spoken of but what people get from a company or use of it.
"""

from __future__ import annotations

import re
from functools import cache

from vikno.intake.thanks_words import SAME_LETTERS

MOST_WORDS = 14  # of a clause


def _one(*words: str) -> str:
    """Any of the words, which stand between spaces; each may be a pattern."""
    return "(?:" + "|".join("|".join(group.split()).replace("_", " ") for group in words) + ")"


def _clauses(text: str) -> list[str]:
    """Patterns between blank lines; ends of lines and what indents them are no part of one."""
    return [re.sub(r"\n\s*", "", one.strip()) for one in text.split("\n\n")]


_CASES = (
    "(?:|а|я|у|ю|и|і|ы|ї|о|е|є|ь|й|ом|ем|єм|ою|ею|єю|ой|ей|ію|ью|ів|їв|ов|ев|ам|ям|ами|ями|ах|ях|"
    "ові|еві|ок|ка|ку|ки|нь|ня|ню|ний|на|ну|ні|ной|ную|ные|ный)"
)

# ---- Ukrainian and Russian -----------------------------------------------------------------------------------------

_STEMS = _one(
    """кас касс принтер інтернет интернет сайт посилк посылк кошт средств оплат платеж переказ перевод рахунк рахунок
    счет чек документ акт договор договір товар замовленн заказ доступ парол логін логин програм програмк программ
    застосунк застосунок приложени телефон звязк звязок связ друк печат пошт почт сервіс сервис файл файлик картк карт
    карточк кабінет кабинет вход вхід термінал терминал сканер роутер компютер компьютер ноутбук сервер оновленн
    обновлени ліцензі лицензи ключ код відповід ответ консультаці консультаци накладн камер звук екран
    экран світл свет квитанці квитанци бонус знижк скидк лист письм грош гроші деньги денег скриньк ящик систем
    сторінк страниц послуг услуг запис баз акаунт аккаунт сертифікат сертификат телевізор телевизор холодильник
    повідомленн
    сообщени поверненн возврат додаток приложеньиц вайфай wifi wi-fi смс sms пін pin крм crm""",
    # what helps
    """перезавантаженн перезапуск перезагрузк очистк очищенн чистк кеш кэш інструкці инструкци порад совет посиланн
    ссылк налаштуванн настройк драйвер замін замен скиданн сброс перевстановленн переустановк підказк подсказк відео
    видео""",
)
_WHOSE = _one(
    """мій моя моє мої мою наш наша наше наші нашу ваш ваша ваше ваші вашу цей ця це ці цю всі усі обидва
    новий нова нове нові нову мой мое мои наши вашу ваши этот эта это эти эту все оба новый новая новое новые новую"""
)
_ABOUT = _one("на в у до з із від по для про к с со от")
_THING = rf"(?:{_WHOSE} )?{_STEMS}{_CASES}(?: {_ABOUT} (?:{_WHOSE} )?{_STEMS}{_CASES})?"
_THINGS = rf"{_THING}(?: {_one('і та й и')} {_THING}| {_STEMS}{_CASES})?"
_HOW = _one(
    """коректно правильно вірно добре нормально норм відмінно чудово прекрасно ідеально супер швидко стабільно вчасно
    повністю одразу відразу самостійно корректно верно хорошо отлично прекрасно идеально быстро стабильно вовремя
    полностью сразу чудесно как_надо как_нужно как_следует как_часы як_треба як_слід як_годинник""",
    "(?:без|і_без|и_без)_(?:проблем|помилок|збоїв|нарікань|ошибок|сбоев|нареканий)",
    "(?:з|с|со)_(?:першого|другого|третього|первого|второго|третьего)_(?:разу|раза)",
    "(?:з|с|со)_(?:першої|другої|третьої|первой|второй|третьей)_(?:спроби|попытки)",
    "(?:у|в)_(?:спамі|спаме|цілості|целости|порядку|нормі|норме)",
    "(?:вже_|уже_)?(?:другий|третій|второй|третий)_день (?:у|в)_(?:повному_обсязі|полном_объеме)",
    "(?:з|с|со)_(?:мого|нашого|моєї|нашої|моей|нашей)_(?:боку|сторони|стороны)",
)
_WHEN = _one(
    """все усе всі вже уже тепер теперь зараз сейчас сьогодні сегодня вчора вчера нарешті наконец справді дійсно
    действительно теж також тоже також я ми мы сам сама самі сами мені нам мне тут одразу у_нас в_нас у_мене
    в_мене у_меня зранку вранці вдень увечері ввечері вночі утром днем вечером ночью щойно только_что""",
    "з_вашою_допомогою с_вашей_помощью після_цього после_этого",
)
_PAST = "(?:в|ла|ло|ли|л)"
_SELF = "(?:вся|лась|лася|лось|лося|лись|лися|лся)"
_WORKS = _one(
    "працює працюють работает работают друкує друкують печатает печатают сканує сканируют сканирует",
    "відкриває відкривають відкривається відкриваються открывает открывают открывается открываются",
    "запускається запускаються запускается запускаются вмикається включается підключається подключается пускає",
    "пускает",
    f"запрацюва{_PAST} заработа{_PAST} віднови{_SELF} восстанови{_SELF} зяви{_SELF} появи{_SELF} увімкну{_SELF}",
    f"включи{_SELF} ожи{_PAST} підняв{_SELF}? стал[аои]?_(?:доступн|видн|зрозуміл|понятн|ясн)(?:а|о|і|ы|ый|ий)",
    "ходить ходит ходять ходят літає летает літають летают бігає бегает пашет пашить работае роботає фурычит фуричить",
    "синхронізується синхронизируется тримає держит приймає принимает принимают приймають",
    "видно зрозуміло понятно ясно доступн(?:ий|а|е|і|ый|о|ы) стабільн(?:ий|а|е|і) стабил(?:ен|ьна|ьно|ьны|ьная|ьный)",
    "на_місці на_месте ціл(?:ий|а|е|і) цел(?:ый|ая|ое|ые|а|о|ы) готово готов(?:ий|а|і|ы)?",
    "збігається сходиться збіглося зійшлося совпадает сходится сошлось підходить підходять подходит подходят",
    "влаштовує влаштовують устраивает",
)
_CAME = _one(
    "прийшов прийшла прийшло прийшли пришел пришла пришло пришли",
    "(?:наді|ді)йш(?:ов|ла|ло|ли) дош(?:ел|ла|ло|ли) поступи(?:в|л|ла|ло|ли) прибу(?:в|ла|ло|ли|л)",
    f"отрима{_PAST} отримано одержа{_PAST} получи{_PAST} получен(?:о|а|ы)? доставлено доставили привезли",
    "зарахували зараховано зарахован(?:а|і) зачислили зачислено",
    f"пройшов пройшла пройшло пройшли прошел прошла прошло прошли проби{_SELF} поверну{_SELF} верну{_SELF}",
    f"онови{_SELF} обнови{_SELF} онови{_PAST} обнови{_PAST} підключи{_SELF} подключи{_SELF}",
    f"установи{_SELF} встанови{_SELF} установи{_PAST} встанови{_PAST} налаштува{_PAST} налаштува{_SELF} налаштовано",
    f"настрои{_PAST} настрои{_SELF} настроено виправили виправи{_SELF} виправлено исправили исправи{_SELF}",
    "исправлено",
    "полагодили починили відремонтували отремонтировали усунули устранили усунуто устранено",
    f"виріши{_SELF} вирішено реши{_SELF} решено знайшов знайшла знайшли знайшлося нашел нашла нашли",
    f"нашлось наш[её]л{_SELF}? побачи{_PAST} увиде{_PAST} зайшов зайшла зайшли увійшов увійшла увійшли зашел",
    "зашла зашли",
    f"вошел вошла вошли розібра{_SELF} разобра{_SELF} зрозумі{_PAST} поня{_PAST} вийшло вдалося вдалось",
    "получилось удалось",
    f"зайшло увійшло підтягну{_SELF} подтяну{_SELF} активува{_SELF} розблокува{_PAST}",
    "розблоковано разблокировали разблокировано замінили заменили відновили восстановили виплатили",
    "выплатили перерахували перечислили",
    f"допоміг допомог(?:ла|ло|ли) помог(?:ла|ло|ли)? вируч(?:ив|ила|или) выруч(?:ил|ила|или) врятува{_PAST}",
    "спас(?:ла|ли)?",
    f"роздрукува{_PAST} роздрукува{_SELF} распечата{_PAST} распечата{_SELF} скача{_PAST} завантажи{_PAST}",
    f"завантажи{_SELF} загрузи{_PAST} загрузи{_SELF} відкри{_PAST} відкри{_SELF} откры{_PAST} откры{_SELF}",
    "сподоба(?:вся|лась|лося|лось|лися) понрави(?:лся|лась|лось|лись) підійшов підійшла підійшло підійшли подошел "
    "подошла подошло подошли",
)
_CARE = _one(
    """красиво акуратно надійно якісно швидко добре чудово гарно красиво аккуратно надежно качественно быстро хорошо
    отлично прекрасно ідеально идеально професійно профессионально""",
)
_MADE = _one(
    "(?:за|у)?паковано зроблено оформлено пояснено написано упаковали сделано сделали объяснено объяснили описано",
    "запакували упакували зробили пояснили расписали розписали оформили",
)
_SPAM = "(?:у|в) (?:папці |папке )?(?:спам|спамі|спаме|небажаних|кошику|корзине|нежелательных)"
_TROUBLE = "(?:ця |та |эта |цих |этих )?(?:помилк|проблем|збо|баг|глюк|ошибк|сбо|неполадк)(?:а|и|у|ів|ок|ы|й|ї|ев|їв|)"
_GOES = _one(
    "зявляється зявляються виникає виникають повторюється повторюються вилазить вискакує турбує трапляється",
    "появляется появляются возникает возникают повторяется повторяются вылезает выскакивает беспокоит случается",
)
_ADVICE = _one(
    "інструкці порад підказк рекомендаці пояснен посиланн відео",
    "инструкци совет подсказк рекомендаци ссылк видео",
)
_BY = (
    f"(?: {_one('за по завдяки благодаря згідно_з согласно з с')} (?:(?:ваш|ці|эт|наш)[^ ]{{1,4}} )?{_ADVICE}{_CASES})?"
)
_GAINED = _one("бонус бал балл кошт грош деньг деньги гроші средств знижк скидк кешбек кэшбек оплат")
_GAIN = rf"(?:{_WHOSE} )?{_GAINED}{_CASES}"
_GOOD_WAY = _one(
    "швидко оперативно професійно якісно чемно ввічливо уважно чітко гарно добре людяно быстро оперативно",
    "профессионально качественно вежливо внимательно четко хорошо человечно красиво гарно",
)
_SLAVIC = _clauses(
    rf"""
    (?:(?:{_WHEN}|{_HOW}) ){{0,3}}(?:{_THINGS} )?(?:(?:{_WHEN}|{_HOW}|знову|снова|
    опять) ){{0,3}}{_WORKS}(?: {_THINGS})?
    (?: (?:і|и|й|та) (?:на|у|в) {_THING})?(?: (?:{_WHEN}|{_HOW}|знову|снова)){{0,3}}{_BY}

    (?:(?:{_WHEN}|{_HOW}) ){{0,3}}(?:{_THINGS} )?(?:(?:{_WHEN}|{_HOW}) ){{0,3}}{_CAME}(?: {_THINGS})?
    (?: (?:на|до|в|у) {_THING})?(?: (?:{_WHEN}|{_HOW})){{0,3}}{_BY}

    (?:{_WHEN} ){{0,2}}(?:все |усе |{_THINGS} )?(?:дуже |очень |так )?{_CARE} {_MADE}

    (?:{_WHEN} ){{0,2}}(?:{_THING} )?(?:був|була|було|были|был|была|было|лежав|лежала|лежало|лежал) {_SPAM}

    (?:{_WHEN} ){{0,2}}{_TROUBLE} (?:{_WHEN} )?(?:(?:більше|больше|вже|уже) не {_GOES}|(?:більше |больше )?(?:немає|
    нема|нет)|зникл[аи]|минул[аи]|пройшл[аи]|исчезл[аи]|ушл[аи]|прошл[аи])

    (?:{_WHEN} ){{0,2}}(?:більше |больше )?не {_GOES} {_TROUBLE}

    (?:ви |вы )?(?:просто |справжні |настоящие |мої |мои |наші |наши )?(?:чарівник|волшебник|чародії|геро|профі|
    профи|професіонал|профессионал|рятівник|спасител|спасатель|геній|гении|янгол|ангел|зірк|звезд)(?:и|и|і|ї|ы|)
    """
)

# ---- English -------------------------------------------------------------------------------------------------------

_EN_THING = r"(?:(?:the|my|our|your|this|that|all|all the|all my|new) ){0,2}" + _one(
    """emails? mails? letters? parcels? packages? money refunds? invoices? receipts? payments? transfers? printers?
        internet websites? sites? logins? passwords? accounts? access apps? orders? scanners? routers? wifi wi-fi
        connections? networks? files? attachments? documents? contracts? licen[cs]es? keys? codes? updates? downloads?
        points? bonus(?:_points)? vouchers? discounts? deliver(?:y|ies) goods items? replacements? computers? laptops?
        phones? servers? tills? registers? terminals? cameras? sounds? screens? pages? links? messages? answers?
        replies services? subscriptions? programs? systems? backups? data cables? cards? tickets? keyboards?
        fridges? boxes box""",
)
_EN_TIME = _one(
    """now already finally just also both really all today yesterday indeed perfectly fine well great correctly
    properly smoothly safely nicely fully completely quickly promptly beautifully ok okay good""",
    "as_expected as_it_should this_morning in_full in_time on_time so_far_so_good like_a_charm at_last for_(?:me|us)",
    "to_(?:me|us) without_(?:any_)?(?:problems?|issues?|errors?) in_(?:the_|my_|our_)?(?:spam|junk)(?:_folder)?",
    "for_two_days",
    "on_the_(?:first|second|third)_(?:try|attempt|go) in_one_piece (?:on|from|at)_(?:my|our)_(?:end|side)",
)
_EN_STATE = _one(
    """works? worked working prints? printing opens opened connects connected connecting runs running fixed solved
    resolved sorted restored clear fine ok okay good great perfect intact there done complete correct stable
    matches back
    online set settled sorted_out back_up up_and_running in_order in_place visible""",
)
_EN_CAME = _one(
    "arrived came received appeared delivered added credited gone_through went_through came_through landed come",
    "come_through shown_up showed_up turned_up cleared been_credited been_delivered",
)
_EN_BE = _one(
    """is are has have was were has_been have_been seems_to_be looks do does did""",
)
_EN_SELF = _one(
    """received got found see access open opened printed? print logged_in log_in login signed_in sign_in connect
    connected downloaded download installed install sorted fixed solved understand understood""",
)
_EN_PLACE = rf"(?:on|to|in|into|at|from|with|for) {_EN_THING}"
_EN_TAIL = rf"(?: (?:{_EN_TIME}|{_EN_PLACE}|it|them|it out|that out)){{0,4}}"
_EN_REMEDY = _one(
    "clearing restarting rebooting updating reinstalling resetting changing replacing switching turning unplugging"
)
_EN_HELPED = _one("helped worked fixed_it did_it did_the_trick solved_it solved_the_problem sorted_it")
_ENGLISH = _clauses(
    rf"""
    (?:(?:yes )?(?:i|we) (?:can )?confirm (?:that )?)?(?:it|its|thats|everything|everythings|all|that|this|they|
    {_EN_THING})(?: and {_EN_THING})?(?: {_EN_BE})?(?: {_EN_TIME}){{0,2}} (?:{_EN_STATE}{_EN_TAIL}(?: again)?|
    {_EN_CAME}{_EN_TAIL})

    all (?:{_EN_STATE}|{_EN_CAME}){_EN_TAIL}

    (?:im|were|we are|i am|ive been|weve been)(?: (?:all|now|finally|already|both)){{0,2}} (?:back online|back up|
    back up and running|up and running|good to go|sorted|sorted out|online|back in|logged in|all set|set)
    (?: again| now)?

    (?:now |finally |just )?(?:working|printing|running|fixed|sorted|received|arrived) (?:now|again|perfectly|fine|
    safely)

    (?:i|we|ive|weve)(?: (?:have|had|just|now|finally|already|can|also|have now|was able to|were able to|am able to|
    managed to)){{0,2}} {_EN_SELF} (?:{_EN_THING}|it|them|everything|all)(?: and {_EN_THING})?{_EN_TAIL}

    (?:i|we|ive|weve)(?: (?:have|just|now|finally)){{0,2}} (?:figured|sorted|worked) (?:it|this|that|everything) out
    (?: ourselves| myself)?

    (?:received|got|found|opened|updated|installed|downloaded|printed|figured out|sorted) (?:{_EN_THING}|it|them|
    everything)(?: and (?:it|{_EN_THING}) (?:{_EN_BE} )?(?:{_EN_TIME} )?{_EN_STATE})?{_EN_TAIL}

    {_EN_REMEDY}(?: (?:the|my|our|it|all))?(?: (?:off and on|off|on|again|cache|cookies|browser|drivers?|settings?|
    cable|{_EN_THING}))? (?:has )?{_EN_HELPED}

    (?:the|your|that|this) (?:restart|reboot|update|instructions?|tips?|link|guide|advice|reset|video|driver|
    suggestion) (?:has |have )?(?:really )?{_EN_HELPED}

    (?:the|that|this|my)? ?(?:error|problem|issue|bug|warning|glitch)(?:s|es)? (?:(?:no longer|doesnt|does not|
    dont) (?:appears?|occurs?|shows?(?: up)?|comes? up|happens?|pops? up)(?: any ?more| now)?|(?:is|are|has|have) (?:
    now )?(?:gone|disappeared|vanished)(?: away| now)?)

    (?:you|youve|youre|you have|you are|you were|this|that|it|its|thats)(?: (?:was|is|has|have|been)){{0,2}}(?: (?:
    all|so|very|really|such|a|an|the|most|truly|absolutely|incredibly|extremely|great|big|huge|real|true)){{0,3}} (?:
    help|helpful|kind|patient|professional|wizards?|stars?|legends?|lifesavers?|hero|heroes|angels?|geniuse?s?|
    magicians?|responsive|attentive|pleasure|relief)

    (?:its |it is |it was |this is |that is |thats )?(?:now |all |all now |so much |perfectly |much )?clear(?:er)?
    (?: to me| to us)?(?: now)?

    (?:thats|that is|this is|what) (?:really |such |a |very ){{0,2}}(?:great|good|wonderful|excellent|brilliant|
    fantastic|awesome|lovely) (?:news|work|service|support|job)

    (?:you |this |that |it )?(?:really |absolutely )?made (?:my|our) (?:day|week)

    (?:you can |you may |feel free to )?close this one

    so (?:nice|kind|good|great) (?:that you|of you to) (?:answer|answered|reply|replied|help|helped|respond|
    responded) (?:me |us )?so (?:quickly|fast|promptly|soon)

    (?:that|this|it) (?:really |totally )?(?:did it|helped(?: a lot| me| us| so much){{0,2}}|does it|fixed it|
    fixed everything)

    (?:i |we |i will |we will |ill |well |will )(?:keep (?:it|that|this) in mind|bear (?:it|that|this) in mind|
    remember (?:it|that|this)|know (?:for )?next time)|will (?:keep (?:it|that|this) in mind|remember (?:it|that|
    this))

    (?:i |we )?(?:will |would |can )?(?:definitely |certainly |gladly |happily |highly )?recommend (?:you|your (?:
    service|company|team|shop|store))
    (?: to (?:all )?(?:my|our|all|everyone)(?: friends| colleagues| family)?(?: and (?:colleagues|family|friends))?)?

    (?:my |the |our )?(?:kids|children|family|wife|husband|mother|son|daughter|team|everyone)(?: (?:is|are))? (?:
    happy|thrilled|delighted|very happy|so happy)
    """
)
_MORE = _clauses(
    rf"""
    (?:{_WHEN} ){{0,2}}(?:доступ|вхід|вход|звязок|связь|інтернет|интернет|світло|свет|звук) (?:вже |уже |тепер |
    теперь |знову |снова )?(?:є|есть)

    (?:обовязково |обязательно |точно |тепер |теперь )?(?:буду|будемо|будем)(?: (?:вас|усім|всім|всем|ваш сервіс|
    ваш сервис|обовязково|обязательно|точно)){{0,2}} (?:рекомендувати|радити|рекомендовать|советовать)(?: (?:вас|
    усім|всім|всем|друзям|друзьям|знайомим|знакомым|колегам|коллегам|ваш сервіс|ваш сервис|ваш магазин|і|и|
    та)){{0,4}}

    (?:я|ми|мы|діти|дитина|дети|ребенок|дружина|чоловік|жена|муж|мама|всі|усі|все|онуки|внуки) (?:дуже |просто |
    очень )?(?:в|у) (?:захваті|захопленні|восторге)

    (?:мені |нам |мне )?(?:дуже |очень )?приятно что (?:вы )?(?:так )?(?:быстро|оперативно) (?:ответили|помогли|
    решили)

    (?:мені |нам )?дуже приємно що (?:ви )?(?:так )?(?:швидко|оперативно) (?:відповіли|допомогли|вирішили)

    (?:коли|когда|що|шо|что) (?:ви |вы |люди |у вас |тут )?(?:так|настільки|настолько) (?:{_GOOD_WAY} )(?:і |и |та )?(?:
    {_GOOD_WAY} )?(?:відповідають|відповідаєте|допомагають|допомагаєте|працюють|працюєте|вирішують|вирішуєте|реагують|
    реагуєте|відповіли|допомогли|вирішили|спрацювали|отвечают|отвечаете|помогают|помогаете|работают|работаете|решают|
    решаете|реагируют|реагируете|ответили|помогли|решили|сработали)

    (?:{_WHEN} ){{0,2}}{_GAIN} (?:{_WHEN} )?(?:нарахували|нараховано|начислили|начислено)

    (?:{_WHEN} ){{0,2}}(?:нарахували|нараховано|начислили|начислено) {_GAIN}

    (?:(?:ще раз |еще раз |вкотре |в очередной раз )?(?:переконався|(?:переконал|убедил)(?:ась|ася|ись|ися|ся)) )?
    (?:(?:що|что) )?(?:ми |мы |я )?(?:недарма|недаремно|не дарма|не зря|не даремно) (?:ми |мы |я )?(?:(?:саме |именно )?
    (?:вас|до вас|к вам|ваш сервіс|ваш сервис|вам) )?(?:обра|вибра|выбра|довіри|доверил|зверну|обратил)(?:в|л|ла|ли|вся|
    лася|лась|лися|лись|ся)(?: вас| до вас| к вам| вам| ваш сервіс| ваш сервис)?

    (?:це |это |саме |именно )?те що (?:мені |нам )?(?:було )?(?:треба|потрібно)|(?:це |это |именно )?то что
    (?: мне| нам)?(?: было)? (?:нужно|надо)

    (?:що|шо|что) (?:ви |вы )?(?:(?:так|дуже|очень|все|всё|мені|нам|мне) ){{0,2}}(?:швидко |оперативно |быстро )?(?:
    допомогли|відповіли|вирішили|розібралися|розібрались|виручили|помогли|ответили|решили|разобрались|выручили|
    пояснили|объяснили)
    """
)


@cache
def _clauses_of_all() -> tuple[re.Pattern[str], ...]:
    """Compiling them takes a quarter of a second, which is no business of a process that reads no letter."""
    return tuple(
        re.compile(rf"(?:{source})(?= |$)".translate(SAME_LETTERS)) for source in (*_SLAVIC, *_MORE, *_ENGLISH)
    )


_NOTHING_DONE = re.compile(
    rf"{_one('є есть видно ясно готово')}|(?:that|this|it|its|thats)(?: (?:is|was))? (?:good|great)".translate(
        SAME_LETTERS
    )
)


def clause_at(words: list[str]) -> int:
    """How many of the first folded words are such a clause; 0 if none is."""
    text = " ".join(words[:MOST_WORDS])
    longest = ""
    for clause in _clauses_of_all():
        found = clause.match(text)
        if found and len(found[0]) > len(longest):
            longest = found[0]
    if not longest or _NOTHING_DONE.fullmatch(longest):
        return 0
    return longest.count(" ") + 1
