"""Templates that the demo's shop answers with."""

from __future__ import annotations

from vikno.journal import acts
from vikno.replies.actions import templates
from vikno.replies.models import Template

# Name by language, shortcut, words by language.
_TEMPLATES: tuple[tuple[dict[str, str], str, dict[str, str]], ...] = (
    (
        {"en": "Where is my parcel", "uk": "Де моя посилка", "ru": "Где моя посылка"},
        "parcel",
        {
            "en": "Hello {first_name},\n\nyour parcel is on its way. As soon as the courier tells us the day, we write "
            "to you about {number}.\n\n{agent}",
            "uk": "Вітаємо, {first_name}!\n\nВаша посилка в дорозі. Щойно кур’єр назве день, ми напишемо вам щодо "
            "{number}.\n\n{agent}",
            "ru": "Здравствуйте, {first_name}!\n\nВаша посылка в пути. Как только курьер назовёт день, мы напишем вам "
            "о {number}.\n\n{agent}",
        },
    ),
    (
        {"en": "How to return", "uk": "Як повернути товар", "ru": "Как вернуть товар"},
        "return",
        {
            "en": "Hello {first_name},\n\nyou can send it back within 14 days: pack it as it came and hand it to any "
            "post office. We pay for the way and return the money within three days.\n\n{agent}, {team}",
            "uk": "Вітаємо, {first_name}!\n\nТовар можна повернути впродовж 14 днів: запакуйте його, як він прийшов, і "
            "віддайте в будь-якому поштовому відділенні. Доставку оплатимо ми, гроші повернемо за три дні.\n\n"
            "{agent}, {team}",
            "ru": "Здравствуйте, {first_name}!\n\nТовар можно вернуть в течение 14 дней: упакуйте его, как пришёл, и "
            "сдайте в любом почтовом отделении. Доставку оплатим мы, деньги вернём за три дня.\n\n{agent}, {team}",
        },
    ),
    (
        {"en": "Please send a photo", "uk": "Попросити фото", "ru": "Попросить фото"},
        "photo",
        {
            "en": "Hello {first_name},\n\nplease answer this letter with a photo of what is broken and of the label on "
            "the box. Then we can send you a new one the same day.\n\n{agent}",
            "uk": "Вітаємо, {first_name}!\n\nБудь ласка, надішліть у відповідь фото пошкодження й наліпки на коробці. "
            "Тоді ми зможемо надіслати заміну того самого дня.\n\n{agent}",
            "ru": "Здравствуйте, {first_name}!\n\nПожалуйста, пришлите в ответ фото повреждения и наклейки на коробке. "
            "Тогда мы сможем отправить замену в тот же день.\n\n{agent}",
        },
    ),
)


def write(language: str) -> None:
    """Keep them for all agents, named in the company's language."""
    for names, shortcut, texts in _TEMPLATES:
        templates.store(Template(), names[language], shortcut, texts, owner=None, team=None, by=acts.system())
