"""What pure thanks are made of, in Ukrainian, Russian and English, folded as `thanks_signatures.fold` folds.

A phrase stands here only if no sequence of phrases can ask for something: no negation, no question word, no "but",
no "please", no "in advance".
"""

from __future__ import annotations

import re
from itertools import product

_CHOICE = re.compile(r"\{([^{}]*)\}")
# Letters that keyboards lack: each is written as its neighbour, by us and by whoever writes.
SAME_LETTERS = str.maketrans("ёєїґ", "ееіг")


def _phrases(text: str) -> frozenset[tuple[str, ...]]:
    """Phrases between commas; "{a|b|}" stands for either, and for nothing after the last bar."""
    found = set()
    for phrase in text.replace("\n", " ").split(","):
        parts = _CHOICE.split(phrase)
        choices = [part.split("|") if place % 2 else [part] for place, part in enumerate(parts)]
        for chosen in product(*choices):
            words = tuple("".join(chosen).split())
            if words:
                found.add(words)
    return frozenset(found)


# Words that thank.
THANKS = _phrases("""
дякую, дякуєм, дякуємо, дяки, дяка, дякс, дяку, спасибі, спасибі{ вам| тобі|},
{щиро |дуже |безмежно |}{вдячний|вдячна|вдячні},
{хочу|хотів|хотіла|хочемо} подякувати, моя вдячність, наша вдячність, з вдячністю, дякувати,
спасибо, спс, пасиб, пасиба, пасибо, спасиб, спасибки, спасибочки, благодарю, благодарим,
{очень |}{благодарен|благодарна|благодарны|признателен|признательна|признательны},
{хочу|хотел|хотела|хотим} поблагодарить, моя благодарность, с благодарностью, благодарствую, мерси, мерсі,
сенкс, сенк ю, сенкью, дякую велике, от души, {окрема |особлива |щира |величезна |}подяка, {низький|доземний} уклін,
{низкий} поклон,
{отдельная |особая |огромная |искренняя |}благодарность, {щиро |дуже |}вам {вдячний|вдячна|вдячні},
{искренне |очень |}вам {благодарен|благодарна|благодарны},
{thanks|thank you|thank u|many thanks}{ so much| very much| a lot|} {again|once again|},
{again|once again} {thanks|thank you|many thanks}, much obliged, thankyou, thanku, thx, thanx, tnx, tks, ty, tysm,
tyvm, cheers,
{much |greatly |really |very much |}appreciated,
{i |we |}{really |do |}appreciate {it|this|that|all},
{i |we |}{really |do |}appreciate {your|the} {help|support|time|effort|work|patience|assistance|service|quick
reply|quick response},
{i am|im|we are} {so |very |really |}grateful,
{i |we |}{just |}{want|wanted|would like} to {say |}{thank you|thank you all|thanks},
how {grateful|thankful} {i am|we are},
{i |we |}{just |}{want|wanted|would like} to say, премного {благодарен|благодарна|благодарны},
thnx, thnks, thankx, thnkx, ta, ta muchly, merci, danke, gracias, дякі, дякусі, пасіб, пасібо, спасіб, спасіба,
спсб, пасибки, спасибище, благодарствуем, сенк, thank {u|ya}, i thank you, we thank you, dyakuyu, diakuiu, djakuju,
dyakuju, spasibo, spasybi, spasibki, blagodaryu
""")
# Words by which somebody agrees: to a question they may be an answer that asks to go on.
ASSENT = _phrases("""
ок, окей, окі, оки, добре, гаразд, ага, угу, зрозуміло, зрозумів, зрозуміла, зрозуміли, ясно, прийнято, домовились,
чудово, добренько,
хорошо, понял, поняла, поняли, понятно, принято, договорились, ладно,
never mind, nevermind, ok, okay, okey, kk, got it, understood, noted, sure, alright, i see, fine, +, ++, +++, плюс
""")
# Yes: only in a sentence that says that all is well.
AFFIRMS = _phrases("""
так, підтверджую, підтверджуємо, да, подтверждаю, подтверждаем, yes, yep, yeah, confirmed, {i |we |}{can |}confirm,
повідомляю, повідомляємо, сообщаю, сообщаем, {i am |im |we are
|}{happy|glad|pleased} to {say|report|confirm}, {рад|рада|раді} повідомити, {рад|рада|рады} сообщить
""")
# What says that it is done, or that somebody is glad.
DONE = _phrases(
    """
{все|всі|усе|} {вже |тепер |зараз |нарешті |знову |справді |дійсно
|}{працює|запрацювало|запрацював|запрацювала|запрацювали|працюють},
{все|усе|} {вже |тепер
|}{вийшло|вдалося|виправилось|виправилося|виправлено|налаштовано|налаштували|виправили|відновилось|відкрилось|відкрилося|відкривається|прийшло|дійшло|отримав|отримала|отримали|оновилось|підійшло|підходить},
{все|усе} {вже |тепер
|}{ок|окей|добре|гаразд|чудово|супер|норм|нормально|відмінно|прекрасно|зрозуміло|ясно|є|правильно|вірно|сподобалось},
{дуже |це |справді |}{допомогло|допомогли|виручили|врятували},
{ви |дуже |мені |нам |} {допомогли|виручили|врятували}, розібрався, розібралась, розібралася, розібрались,
розібралися, отримав, отримала, отримали,
прийшов, прийшла, прийшли, працює, доступ є, доступ {з'явився|відкрився|відновився},
{питання|проблема|проблему|питань|проблеми|заявка|тікет|помилка} {вже |}
{вирішено|вирішена|вирішили|закрито|закрита|знято|зникла|зникли|усунено|усунули|усунуто|вирішилось|вирішилася|вирішилось|вичерпано|розв'язано},
{вирішено|вирішили}, {питань|запитань} {більше |}{немає|нема},
{більше |}{питань|запитань|претензій|зауважень} {більше |}не {маю|маємо|залишилось|залишилося},
{больше |}{вопросов|претензий|замечаний} {больше |}не {имею|имеем|осталось},
{більше |}{питань|запитань} {немає|нема},
{тікет|заявку|заявка|звернення|запит|питання|} {вже |} можна {закривати|закрити}
{тікет|заявку|звернення|запит|питання|},
{буду|будемо} знати, {буду|будемо} мати на увазі, {врахую|врахуємо} {на майбутнє|}, {спробую|перевірю|спробуємо},
{тепер |вже |} {бачу|побачив|побачила|знайшов|знайшла|увійшов|увійшла|зайшов|зайшла} {в кабінет|у кабінет|},
{сьогодні|зараз} {вже |} все {працює|запрацювало|добре}, надійшов, надійшла, надійшли, надійшло, повернулись,
повернулися, {питання|} {зняте|закрите|вирішене},
{все|всё|} {уже |теперь |сейчас |наконец |снова |}{работает|заработало|заработал|заработала|заработали|работают},
{все|} {уже |теперь
|}{получилось|удалось|исправилось|исправлено|настроено|настроили|исправили|восстановилось|открылось|открывается|пришло|дошло|получил|получила|получили|обновилось|подошло|подходит},
{все|} {уже |теперь
|}{ок|окей|хорошо|отлично|супер|норм|нормально|прекрасно|понятно|ясно|есть|правильно|верно|понравилось},
{очень |это |действительно |}{помогло|помогли|выручили|спасли}, {вы |очень |мне |нам |} {помогли|выручили|спасли},
разобрался, разобралась, разобрались,
пришел, пришла, пришли, сработало, доступ есть, доступ {появился|открылся|восстановился},
быстро {сработали|помогли|решили},
{вопрос|проблема|проблему|вопросы|заявка|тикет|ошибка} {уже |}
{решен|решена|решили|закрыт|закрыта|снят|исчезла|пропала|устранена|устранили|решился|решилась|исчерпан},
{решено|решили}, вопросов {больше |}нет, больше вопросов нет,
{тикет|заявку|заявка|обращение|запрос|вопрос|} {уже |} можно {закривать|закрывать|закрыть}
{тикет|заявку|обращение|запрос|вопрос|},
{буду|будем} знать, {буду|будем} иметь {это |} в виду, {учту|учтем} {на будущее|}, {попробую|проверю|попробуем},
{теперь |уже |} {вижу|увидел|увидела|нашел|нашла|вошел|вошла|зашел|зашла} {в кабинет|},
{сегодня|сейчас} {уже |} все {работает|заработало|хорошо}, поступил, поступила, поступили, поступило, вернулись,
вот теперь,
{it|that|this|everything|all|} {now |}{works|worked|helped|fixed} {now|great|perfectly|fine|like a charm|again|it|},
{that|this|it|which} {has |} {fixed|solved|resolved|did|sorted} {it|that|the problem|the issue|everything},
{that|this|it} {did|does} the trick,
{it is|its|everything is|all is|that is|thats|now its|now it is|} {now
|}{working|fixed|solved|resolved|sorted|ok|fine|good|clear} {now|again|},
{it|everything} works {fine|well|great|perfectly} now,
all {is |}{good|set|clear|fine|sorted|done|ok} {now|},
{problem|issue|issues|ticket|question|case} {is |has been |}{now
|}{solved|resolved|fixed|closed|sorted|gone|answered},
{the|my|our} {problem|issue|question} {is |has been |}{now |}{solved|resolved|fixed|gone|answered},
{i|we|} {have |} {received|got} {it|them|the {email|letter|parcel|package|money|refund}|}, received, solved,
resolved, {no more|no further|no other|no} {questions|issues|problems|complaints}{ from {my|our} {side|end}|},
{you {can|may} |please |kindly |feel free to |}close {the|this|my} {ticket|case|request}{ now|},
{i will|ill|will} {try|check} {it|that|},
{i|we} can {now |}{log in|login|sign in|access it|open it|see it|find it} {now|again|},
{i |we |}{now |}{found it|logged in},
{noted|received} with thanks, {its|thats} {now |}{working|fixed|solved|sorted|done} {now|again|}, good to know,
that makes sense, makes sense,
{тікет|звернення} закрийте, закрийте {тікет|звернення}, {тикет|обращение} закройте, закройте {тикет|обращение},
{thats|that is|that was|this is|this was|its|all|just} {exactly |just |all |exactly what |just what |what |}{i|we}
{needed|wanted}{ to know|}
""".replace(
        "the {email|letter|parcel|package|money|refund}",
        "the email|the letter|the parcel|the package|the money|the refund",
    )
    .replace("{ from {my|our} {side|end}|}", "{ from my side| from our side| from my end| from our end|}")
    .replace("{you {can|may} |please", "{you can |you may |please")
)
# What works or came: only beside a word of DONE.
THINGS = _phrases("""
каса, касу, принтер, інтернет, сайт, лист, листа, листи, посилка, посилку, гроші, кошти, оплата, рахунок, документи,
договір, товар, замовлення, доступ, пароль, програма, застосунок, телефон, зв'язок, друк, пошта, сервіс, файл, все,
усе,
касса, кассу, письмо, письма, посылка, посылку, деньги, средства, счет, документы, договор, заказ, программа,
приложение, связь, печать, почта, сервис,
акт, чек, файл, файли, документ, бонус, знижку, подарунок, відео, файлы, скидку, подарок, видео,
email, letter, documents, document, receipt, file, files, bonus, discount, gift, video, report, parcel, package,
money, refund, invoice, payment, printer, internet, website, login, password,
account, access, app, order
""")
# How good it is. Alone it is praise, and to a question perhaps an answer.
PRAISE = _phrases("""
супер, клас, класно, круто, топ, ідеально, чудово, прекрасно, відмінно, бомба, вау, ура, молодці, красавчики,
розумнички, найкращі, чітко, {усе|все} {чітко|класно|круто|ідеально}, як {треба|годиться|завжди},
ви {просто |справді |} {найкращий|найкраща|найкращі|чудові|молодці|супер|топ|неймовірні|диво},
{ви |} {врятували|виручили} {мене|нас|мій день|}, {це |} {чудова|відмінна|класна|гарна} {робота|підтримка|команда},
{чудовий|відмінний|класний|якісний|гарний} сервіс, мені приємно, {дуже |} приємно, радий, рада, раді,
{дуже |} {швидко|оперативно|якісно|професійно}, {буду|будемо} {вас |} рекомендувати {вас |}{друзям|знайомим|},
приємно мати {з вами |} справу, приємно {з вами |} працювати,
здорово, отлично, прекрасно, чудесно, {все|всё} {чудесно|здорово|прекрасно|замечательно}, замечательно, великолепно,
идеально, класс, шикарно, молодцы, умнички, лучшие, четко,
{всё|все} {четко|классно|круто|идеально|как надо}, как {надо|всегда}, лучше всех,
вы {просто |действительно |} {лучший|лучшая|лучшие|молодцы|супер|топ|чудо|замечательные|волшебники},
{вы |} {спасли|выручили} {меня|нас|мой день|}, {отличный|прекрасный|замечательный|хороший|качественный} сервис,
{отличная|прекрасная|хорошая} {работа|поддержка|команда}, {очень |} приятно, рад, рады,
{очень |} {быстро|оперативно|качественно|профессионально},
{буду|будем} {вас |} рекомендовать {вас |}{друзьям|знакомым|}, приятно иметь {с вами |} дело,
приятно {с вами |} работать,
great, perfect, awesome, excellent, wonderful, brilliant, amazing, fantastic, cool, nice, lovely, superb, super,
wow, yay, well done,
{great|good|excellent|awesome|amazing|fantastic|brilliant|wonderful} {job|work|service|support|team|news},
as always, you {guys |all |} {are|rock} {the best|great|awesome|amazing|brilliant|},
you {guys |} saved {my day|me|us}, youre {the best|great|awesome|amazing|a star|a lifesaver}, you rock,
so {fast|quick|kind|helpful}, {very|so|most|really} {fast|quick|helpful|kind|useful},
{that|this|it|you} {was|were|is|are|has been|have been} {very |so |really |super |most
|}{fast|quick|helpful|great|perfect|useful|kind|exactly what i needed|wonderful|amazing},
{thats|its} {very |so |really |}{perfect|great|awesome|wonderful|helpful|good|excellent}, {very |so |} kind of you,
респект, уважуха, зачот, зачет, красава, красавчик, топчик, файно, гуд, шикардос, кайф, лайк, песня,
{все|всё|усе|ви|вы|сервіс|сервис}
{гуд|огонь|вогонь|топ|топчик|файно|пучком|клас|класс|бомба|норм|нормуль|шикарно|зашибись},
{я |ми |} {дуже |вкрай |} {задоволений|задоволена|задоволені|вражений|вражена|вражені|щасливий|щаслива|щасливі},
{я |мы |} {очень |крайне |} {доволен|довольна|довольны|впечатлен|впечатлена|впечатлены|счастлив|счастлива|счастливы},
{i am|im|we are|} {really |very |so |truly |super |}
{impressed|happy|pleased|delighted|satisfied|relieved}{ with your service| with your support| with your help| by your
service|}, {great|good|excellent|awesome|amazing|fantastic|brilliant|wonderful|outstanding|superb|top|lovely|first
class}
{job|work|service|support|help|stuff}{ from| by|}, {the |} best {service|support|team|help} ever, nice one,
{you |what a |youre a |you are a |}{legend|star|lifesaver|hero}, {absolute |} {legend|legends|lifesavers|heroes},
{найкраща|найкращий|лучшая|лучший} {підтримка|сервіс|служба|поддержка|сервис|команда},
what a relief, just what i needed, {highly |will |}recommend {you|}
""")
# Greetings and good wishes.
POLITE = _phrases("""
{гарного|хорошого|доброго|чудового|приємного|вдалого|продуктивного|мирного|спокійного|тихого|теплого|сонячного|легкого|
затишного|плідного|успішного|прекрасного|щасливого} {вам |всім |усім
|}{дня|вечора|тижня|настрою|ранку|відпочинку|року},
{гарної|хорошої|доброї|тихої|спокійної|мирної|легкої|чудової|вдалої|приємної|щасливої} {вам |всім |усім
|}{ночі|зміни|дороги|роботи|неділі|п'ятниці|суботи},
{гарних|хороших|приємних|чудових|спокійних|теплих|веселих|мирних} {вам |всім |усім |}{вихідних|свят|снів|канікул},
{з новим роком|з різдвом|зі святом|зі святами|з наступаючим|з прийдешнім}, героям слава, до перемоги, будьте здорові,
{с новым годом|с рождеством|с праздником|с праздниками|с наступающим}, будьте здоровы,
{успіхів|миру|здоров'я|всього доброго|гарного|всього найкращого|натхнення|перемоги|процвітання} {вам|},
{хорошої|гарної} {вам |} роботи, на все добре, до побачення, слава україні, навзаєм,
{хай|нехай} {вам |вас |} {щастить|бог береже|усе вдається|все вдається|береже бог},
моя {вина|неуважність|невнимательность}, {my bad|my mistake|my fault|false alarm},
{що|что} {потурбував|потурбувала|потурбували|побеспокоил|побеспокоила|побеспокоили},
дай {вам |} {бог|боже} {вам |}{здоров'я|щастя|сил},
{бережіть|тримайтеся|тримайтесь} {себе|}, мирного неба,
{вибачте|перепрошую|пробачте|вибачаюсь|прошу вибачення}{ за турботу| за клопіт| за клопоти| за зайвий
клопіт| за незручності| за непорозуміння| за паніку| за затримку| за неуважність| за плутанину|},
і вам {також|теж|того ж|гарного дня|},
доброго {дня|ранку|вечора}, добрий {день|ранок|вечір}, вітаю, вітаємо, привіт, здрастуйте, доброго,
{хорошего|доброго|прекрасного|приятного|удачного|отличного} {вам |} {дня|вечера|настроения},
{мирного|спокойного|тихого|теплого|солнечного|легкого|чудесного|продуктивного} {вам |всем |}{дня|вечера|утра|отдыха},
{доброй|спокойной|тихой|мирной|легкой|удачной|приятной|хорошей} {вам |всем |}{ночи|смены|дороги|пятницы|субботы},
{хороших|приятных|отличных|спокойных|теплых|веселых} {вам |всем |}{выходных|праздников|снов},
{успехов|здоровья|удачи|всего доброго|всего хорошего|всего наилучшего|мира|процветания} {вам|},
{хорошей|приятной|удачной} {вам |} работы, хорошей недели, до свидания, взаимно, и вам {тоже|того же|},
дай {вам |} бог {вам |}{здоровья|счастья|сил|всего хорошего}, храни вас {бог|господь}, берегите себя,
{извините|простите|прошу прощения|извиняюсь}{ за беспокойство| за хлопоты| за лишние
хлопоты| за неудобства| за недоразумение| за панику| за задержку| за невнимательность| за путаницу|}, мирного неба,
{добрый|доброго} {день|дня|вечер|вечера}, доброе утро, доброй ночи, доброго времени суток, здравствуйте,
приветствую, привет,
{have a |wish you a |enjoy your |} {good|great|nice|lovely|wonderful|fantastic|pleasant|peaceful|relaxing} {rest of
your |rest of the
|}{day|evening|weekend|week|one|time|night|holiday}, happy {holidays|new year|easter|friday}, merry christmas,
all the best, take care, stay {safe|well|strong}{ out there| over there|}, keep it up, keep up the {good|great} work,
god bless, god bless you, be well,
{good |} bye, see you, hello, hi, hey, dear, good {morning|afternoon|evening}, happy,
you too, same to you, {so |very |}{sorry|apologies} {for|about} {the|any|all the|my}
{trouble|bother|inconvenience|hassle|fuss|confusion|false alarm|late reply|noise|mistake|disturbance},
sorry to {bother|trouble} you,
thanks anyway
""")
# Words that carry nothing by themselves.
FILLERS = _phrases("""
дуже, дуже-дуже, щиро, безмежно, велике, величезне, найщиріше, людське, о, ой, красно, сердечно, вам, вас, тобі,
усім, всім, ви, мені, нам, я, ми, і, та, й, теж, також, уже, вже, ще раз, тепер, нарешті, справді, дійсно, просто,
колеги, друзі, друже, шановні, пане, пані, команді, команда, вашій команді, всій команді, {від|від усієї} душі,
від усього серця, від щирого серця, хочу сказати, хотів сказати, хотіла сказати, все, хлопці, дівчата, панове, п,
усій команді, дорогі, хлопчики,
перевірив, перевірила, перевірили, всій {вашій |}команді, усій вашій команді, мене, нас,
очень, очень-очень, большое, огромное, человеческое, о, ой, вот, громадное, искреннее, сердечное, всем, тебе, вы,
мне, и, тоже, также, еще раз, теперь, наконец, действительно, просто, коллеги, друзья, друг, дорогие, команде,
всей команде, вашей команде, от всей души, от всего сердца, от всей команды, хочу сказать, мы, хотел сказать,
хотела сказать, ребята, девочки, девчата, мальчики, господа, искренне, безмерно, бесконечно, уважаемые,
проверил, проверила, проверили, всей вашей команде, меня, checked, tested, tried it,
особливо, окремо, зокрема, особенно, отдельно, especially, particularly,
{вашому |вашій |вашим |вашей |вашему |}{оператору|операторам|менеджеру|менеджерам|майстру|майстрам|мастеру|мастерам|
спеціалісту|спеціалістам|специалисту|специалистам|консультанту|консультантам|інженеру|инженеру|фахівцю|фахівцям|
кур'єру|курьеру|водію|водителю|дівчині|девушке|дівчатам|девушкам|хлопцю|хлопцям|ребятам|колегам|коллегам|співробітникам|
сотрудникам|сотруднику|підтримці|поддержке|техпідтримці|техподдержке|службі підтримки|службе поддержки|бухгалтерії},
to your {operator|manager|agent|engineer|technician|colleague|colleagues|driver|courier|staff|support team}, from you,
from your team, from all of us, from us all,
very, very much, so, so much, a lot, lots, many, much, a million, a bunch, a ton, tons, really, truly,
sincerely, you, guys, team, everyone, everybody, all, and, to you, to you all, to the team, to everyone, once again,
indeed, big, huge, kindly, my friend, friend, mate, sir, madam, lads, folks, ladies, gentlemen, gents, mates, miss,
mr, mrs, ms, dr, oh,
to {you|your|the} {whole |entire |}team, to you and {your|the} {whole |entire |}team, special, heartfelt, warm
""")
# Whoever says that something came to *us* tells us of it.
TO_YOU = frozenset({"вам", "вас", "тобі", "тебе"})
TITLES = frozenset({"mr", "mrs", "ms", "miss", "dr", "пан", "пані", "пане", "п", "г-н", "г-жа", "господин", "госпожа"})
# The beginnings of first names and of ways to address somebody, as people write them to a helpdesk.
_NAMES = """
олен олекс оленк олег ольг ірин марі мар'ян наталі наталк натал тетян тан світлан оксан катерин кат юлі анн
анастасі насте
вікторі вік людмил люб надія надіє галин ган лес ларис інн соломі христин даря дар'я дарин софі поліна поліно
валентин
андрі сергі дмитр дім іван петр михайл миш миха василь васил тарас богдан юрі ігор роман рома володимир вова
максим макс
павло павл артем денис назар остап степан євген віталі вадим антон ростислав ярослав станіслав степане микол
олексі
елен ирин мария марин наташ татьян светлан екатерин юли анастаси виктори людмил надежд галин ларис инн кристин
дарь соф
андре серге дмитри иван пётр петр михаил василий василь игор роман владимир максим павел артем денис евгени витали
вадим антон никола алексе александр алекс георг григори кирилл леонид
olena olga iryna irina maria mary anna ann andrew andriy andrii andrey sergey serhii dmytro ivan john jane peter
paul
mike michael alex alexander oleksandr max david kate kateryna julia yulia taras bohdan oleg oleh roman victoria
natalia
sofia sophia daria anastasia svitlana tetiana tatiana james robert tom mark george helen chris sam ben nick
kevin lisa
"""
NAMES = tuple(_NAMES.split())
# One slip of the fingers in these is forgiven.
FORGIVEN = (
    "дякую", "дякуємо", "спасибо", "спасибі", "благодарю", "благодарим", "thanks", "thank", "вдячна", "вдячний",
    "допомогу", "помощь", "велике", "большое",
    "величезне", "огромное", "appreciate", "appreciated", "everything", "awesome", "excellent", "brilliant", "perfect",
    "wonderful", "чудово", "отлично", "прекрасно", "підтримку", "поддержку",
)  # fmt: skip
GOOD_SIGNS = frozenset("👍🙏❤💙💛🧡💚💜🖤🤍♥😊🙂☺😀😃😄😁😆🥰😍😘🤗🤝👌💪👏🌹💐🌷🌸🌻🌺🎉🎊✅✔🔥💯⭐🌟✨🫶😉😇🤩🙌🥳🇺🇦")
THANKING_SIGNS = frozenset("👍🙏❤💙💛♥🤝👌👏🫶💐🌹🙌")
_FIRM = (
    r"(?-i:(?:ТОВ|ТзОВ|ООО|ФОП|ПП|ЧП|ИП|ПрАТ|АТ|LLC|Ltd|LTD) [«“\"]?[А-ЯІЇЄҐA-Z][\w.'-]{1,30}"
    r"(?: [А-ЯІЇЄҐA-Z][\w.'-]{0,30}){0,3}[»”\"]?)"
)
# What people do, in a line of its own below their name.
POST = re.compile(
    r"(?:(?:головн|старш|провідн|главн|ведущ|молодш|младш)\w{2,3} )?(?:бухгалтер|менеджер|директор|інженер|"
    r"инженер|юрист|"
    r"адміністратор|администратор|спеціаліст|специалист|керівник|руководитель|секретар|логіст|логист|дизайнер|"
    r"власни\w{1,3}|"
    r"accountant|manager|director|engineer|lawyer|administrator|assistant|owner|founder|buyer|secretary|"
    r"designer|ceo)\w{0,2}"
    rf"(?: (?:з|із|по|of|for) [^\W\d_]{{4,20}}(?: (?:з|із|с) клі?[еє]нтами)?)?(?: {_FIRM})?|{_FIRM}|"
    r"бухгалтері[яї]|бухгалтери[яи]|секретаріат|секретариат|дирекці[яї]|дирекци[яи]|"
    r"(?:відділ|отдел|служба|департамент) [^\W\d_]{4,20}(?: [^\W\d_]{4,20})?",
    re.IGNORECASE,
)
SIGN_OFF = _phrases("""
з повагою, з найкращими побажаннями, з найщирішими побажаннями, щиро ваш, щиро ваша, ваш, ваша, з пошаною, з любов'ю,
с уважением, с наилучшими пожеланиями, искренне ваш, искренне ваша,
{best|kind|warm|warmest|kindest} regards, regards, best wishes, best, sincerely, yours sincerely, yours truly, br, kr
""")
