"""What one thanks for, after "за" or "for", and what of it is irony, an order or a wish.

In Ukrainian, Russian and English.

Words come folded as `thanks_signatures.fold` folds them; those of `OBJECTS` as they are written.
"""

from __future__ import annotations

import re

from vikno.intake.thanks_words import SAME_LETTERS

FOR = frozenset({"за", "for"})
AND = frozenset({"і", "й", "та", "також", "и", "также", "and"})
# What one thanks for, after "за" or "for".
_FOR = """
все, усе, те, що, допомогли, допомогла, вирішили, відповіли, швидко, вашу, ваш, ваше, ваші, ваша, твою, таку, такий,
таке, дуже, допомогу, поміч, відповідь, відповіді, підтримку, турботу, увагу, роботу, працю, сервіс, обслуговування,
консультацію, роз'яснення, пояснення, інформацію, розуміння, терпіння, оперативність, оперативну, оперативне,
реагування, так, такий, швидкість, швидку, швидке, швидкий, детальну, детальне, докладну, якісну, якісне,
професійну, професіоналізм, чудову, чудове, чудовий, гарну, гарний, вирішення, питання, проблеми, реакцію,
співпрацю, час, поради, пораду, уточнення, приємний, і, та, й, мого, нашого, моєї, корисну, вичерпну, повну,
мій, мою, моє, моєї, нашої, нашому, вашого, вашої, вашим, свою, чек, акт, файл, рахунок, лист, листа, документи,
договір, посилку, бонус, знижку, подарунок, відео, виконану, інфо, до, з, із, по, щодо, про, клієнтів, людей,
небайдужість, чуйність, гнучкість, доброту, зворотний,
зв'язок, зусилля, надану, інструкцію, посилання, зі, мною, нами,
то, что, помогли, решили, ответили, быстро, вашу, твою, такую, такой, очень, помощь, ответ, ответы, поддержку,
заботу, внимание, работу, труд, сервис, обслуживание, консультацию, разъяснение, разъяснения, объяснение,
информацию, понимание, терпение, оперативность, оперативную, оперативный, оперативное, скорость, быструю, быстрый,
быстрое, подробный, подробную, качественную, качественное, профессионализм, отличную, отличный, решение, вопроса,
проблемы, реакцию, сотрудничество, время, советы, совет, уточнение, скорый, скорую, и, моего, нашего, полезную,
исчерпывающий, полный, инфо, к, с, по, про, насчет, клиентам, клиентов, людям, обратную, связь, неравнодушие,
мой, мою, моё, моей, нашей, вашего, вашей, свою, чек, акт, файл, счет, письмо, документы, договор, посылку, бонус,
скидку, подарок, видео, участие, усилия, оказанную, инструкцию, ссылку, со, мной, нами,
your, the, this, that, all, it, everything, help, helping, assistance, assist, support, time, patience,
understanding, reply, replying, response, responding, answer, answering, answers, explanation, explaining,
information, info, clarification, clarifying, advice, tip, tips, service, work, effort, efforts, attention,
kindness, cooperation, quick, fast, prompt, swift, speedy, super, very, great, excellent, good, kind, amazing,
detailed, clear, helpful, professional, resolution, fix, fixing, solving, resolving, sorting, out, this, that, so,
quickly, letting, me, us, know, update, link, instructions, feedback, getting, back, to, hard, my, our, issue,
problem, and, being, out, taking, care, of, looking, into, checking, making, things, right, such, a, an, caring,
treating, customers,
figuring, explaining, speedy, timely, wonderful, thorough, friendly, honest, professionalism, dedication, reaction,
well,
you, do, everyone, team, staff, whole, entire, lovely, warm, instant, guidance, suggestion, consultation, with, about,
turnaround, reactions, flexibility, generosity, courtesy, at, in, each, every, both, awesome, brilliant, smooth,
walking, through, guiding, handling, confirming, clarifying, going, extra, mile, above, beyond, stepping, staying,
heads,
up, always, there, invoice, receipt, documents, document, email, letter, message, note, call, calling, parcel, gift,
bonus, discount, file, files, video, report, sending, over, delivery, replacement, refund, repair
"""
OBJECTS = frozenset(_FOR.replace(",", " ").split())
# The same in all their forms: beginnings of nouns and of what praises them.
_OBJECT_STEMS = """
допомог підтримк турбот терпінн розумінн оперативн швидк якіс якісн професійн професіонал ввічлив чуйн уважн приємн
чудов гарн хорош відмінн класн детальн докладн вичерпн зрозуміл корисн консультаці інформаці розясненн пояснен порад
підказк сервіс обслуговуванн робот прац зусилл старанн ставленн відповід реакці реагуванн вирішенн усуненн виправленн
обєктивн змістовн розгорнут доброзичлив людян привітн толков грамотн компетентн кваліфікован ґрунтовн ефективн чітк
конкретн фахов цінн неоцінен бездоганн питан звернен ситуаці ремонт співпрац довір клієнт покупц доставк інструкці
замін поверненн доброт чесн людян щир теплі тепл
помощ поддержк забот вниман терпени понимани быстр скор качеств качественн профессиональн профессионал вежлив чутк
внимательн приятн отличн прекрасн замечательн подробн исчерпывающ понятн полезн консультац информаци разъяснени
объяснени совет подсказк обслуживани работ труд усили старани отношени ответ реакц реагировани решени устранени
исправлени объективн развернут доброжелательн приветлив грамотн компетентн квалифицирован эффективн четк конкретн
ценн неоценим
бесценн безупречн обращени ситуаци вопрос сотрудничеств довери покупател инструкц замен возврат человечн добр искренн
тепл
"""
OBJECT = re.compile(
    rf"(?:{'|'.join(_OBJECT_STEMS.translate(SAME_LETTERS).split())})(?:|а|я|у|ю|и|і|ы|ї|о|е|є|ь|й|ом|ем|єм|ою|ею|єю|ой|ей|ію|ью|ів|їв|ов|ам|ям|"
    "ами|ях|ах|ий|ій|ого|ому|их|им|ими|ый|ая|ое|ые|ую|ого|ых|ым|ие|ій|яя|юю|ість|ости|ості|ність|ності|ность|ности|ства?|ство|"
    "ную|ный|ное|ні|на|не|ну|ний|ізм|изм|ськ(?:ий|у|е|ого))".translate(SAME_LETTERS)
)
# "For such support": only with a word of praise behind it is it surely meant well.
SUCH = frozenset({"таку", "такий", "таке", "такі", "такую", "такой", "такое", "такие", "such"})
PRAISING = re.compile(
    r"(?:швидк|оперативн|якісн|професійн|ввічлив|уважн|приємн|чудов|гарн|хорош|відмінн|класн|детальн|докладн|"
    r"вичерпн|корисн|"
    r"добр|тепл|быстр|скор|качественн|профессиональн|вежлив|внимательн|приятн|отличн|прекрасн|замечательн|подробн|"
    r"исчерпывающ|полезн|a$|an$|quick|fast|prompt|swift|speedy|great|excellent|good|kind|amazing|detailed|clear|"
    r"helpful|"
    r"wonderful|lovely|professional)"
)
WORK = re.compile("work|effort")  # what may be hard
# "Thanks for your reply, help me": of English nouns that are orders, too, none has somebody or something behind it.
TO_DO = frozenset({
    "help", "fix", "answer", "reply", "update", "call", "email", "message", "refund", "repair", "report", "note",
    "support", "assist", "file", "check", "service", "discount", "work", "response", "delivery", "link", "letter",
})  # fmt: skip
WHOM = frozenset({"me", "us", "it", "this", "that", "everything", "all", "my", "our", "the", "a", "an", "you", "your"})
# Trouble is thanked for only where somebody dealt with it.
TROUBLE = re.compile(r"проблем\w{0,3}|ситуаці\w{0,3}|ситуаци\w{0,3}|problems?|issues?")
DEALT = re.compile(
    r"(?:розв|ви|по)?ріш|усун|випр|допомо|помо[гщ]|реш|устран|испр|реак|реаг|поясн|розясн|разъясн|объясн|відпов|ответ|інформ|"
    r"информ|консул|ув[аи]г|вниман|терп|поря?д|сов[еі]т|help|assist|solv|resol|fix|sort|look|car(?:e|ing)$|letting|check|"
    r"clar|handl|respon|repl|answ|support|attent|patien|explain|expla|advi|tak|out$|updat"
)
# Not after a comma: there it may be what is wanted. And orders that look like nouns are none.
WANTED = re.compile(
    r"возврат|поверненн|зам[іе]н|ремонт|доставк|знижк|скидк|бонус|подар|refund|repair|replac|deliver|discount|"
    r"bonus|gift|проблем|problem|issue|(?:call|answer|reply|fix|update|check|file|report|message|email|note|letter|link)$"
)
ORDERS = frozenset({"ответь", "замени", "заміни", "возврати"})
