"""What a new company begins with, by its kind: teams, categories, types, statuses and priorities, in three languages.

These are data, not translations: once written into the database they belong to the company, which renames them at will.
So they stand here side by side, Ukrainian, Russian, English, and not in the catalogue of the interface.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from vikno.tickets.models import Stage


class Words(NamedTuple):
    """The same name in three languages."""

    uk: str
    ru: str
    en: str

    def said_in(self, language: str) -> str:
        return str(getattr(self, language))


@dataclass(frozen=True, slots=True)
class TeamPlan:
    name: Words
    default: bool = False
    openness: str = "open"


@dataclass(frozen=True, slots=True)
class CategoryPlan:
    """`team` is the place in the preset's list of teams; `account`: handled only from a verified address."""

    name: Words
    children: tuple[Words, ...] = ()
    team: int = 0
    account: bool = False


@dataclass(frozen=True, slots=True)
class StatusPlan:
    name: Words
    stage: Stage
    customer: Words
    default: bool = False


@dataclass(frozen=True, slots=True)
class Preset:
    title: Words
    teams: tuple[TeamPlan, ...]
    categories: tuple[CategoryPlan, ...]
    types: tuple[Words, ...]
    statuses: tuple[StatusPlan, ...]


W = Words

PRIORITIES: tuple[tuple[int, Words], ...] = (
    (-10, W("Низький", "Низкий", "Low")),
    (0, W("Звичайний", "Обычный", "Normal")),
    (10, W("Високий", "Высокий", "High")),
    (20, W("Терміновий", "Срочный", "Urgent")),
)

CHANNELS = {"email": W("Пошта", "Почта", "Mail")}

_NEW = StatusPlan(W("Новий", "Новый", "New"), Stage.NEW, W("Прийнято", "Принято", "Received"), default=True)
_OPEN = StatusPlan(
    W("У роботі", "В работе", "In progress"), Stage.OPEN, W("У роботі", "В работе", "In progress"), default=True
)
_ASKED = StatusPlan(
    W("Чекаємо на клієнта", "Ждём ответа клиента", "Waiting for customer"),
    Stage.WAITING,
    W("Чекаємо на вашу відповідь", "Ждём вашего ответа", "Waiting for you"),
    default=True,
)
_SUPPLIER = StatusPlan(
    W("Чекаємо на постачальника", "Ждём поставщика", "Waiting for supplier"),
    Stage.WAITING,
    W("У роботі", "В работе", "In progress"),
)
_SOLVED = StatusPlan(W("Вирішено", "Решено", "Solved"), Stage.CLOSED, W("Вирішено", "Решено", "Solved"), default=True)
_DROPPED = StatusPlan(
    W("Закрито без рішення", "Закрыто без решения", "Closed unsolved"),
    Stage.CLOSED,
    W("Закрито", "Закрыто", "Closed"),
)

_QUESTION = W("Питання", "Вопрос", "Question")
_FAULT = W("Несправність", "Неисправность", "Fault")
_IDEA = W("Пропозиція", "Предложение", "Suggestion")
_COMPLAINT = W("Скарга", "Жалоба", "Complaint")
_ORDER = W("Замовлення", "Заказ", "Order")
_CONTRACT = W("Договір", "Договор", "Contract")
_OTHER = W("Інше", "Другое", "Other")

IT = Preset(
    title=W("Служба ІТ", "Служба ИТ", "IT desk"),
    teams=(
        TeamPlan(W("Перша лінія", "Первая линия", "Service desk"), default=True),
        TeamPlan(W("Системні адміністратори", "Системные администраторы", "System administrators")),
        TeamPlan(W("Техніка й закупівлі", "Техника и закупки", "Hardware and purchasing")),
        TeamPlan(W("Інформаційна безпека", "Информационная безопасность", "Information security"), openness="own"),
    ),
    categories=(
        CategoryPlan(
            W("Доступ і паролі", "Доступ и пароли", "Access and passwords"),
            (
                W("Забутий пароль", "Забытый пароль", "Forgotten password"),
                W("Новий працівник", "Новый сотрудник", "New colleague"),
                W("Права в програмах", "Права в программах", "Rights in programs"),
            ),
            account=True,
        ),
        CategoryPlan(
            W("Комп’ютери й друк", "Компьютеры и печать", "Computers and printing"),
            (
                W("Ноутбук або ПК", "Ноутбук или ПК", "Laptop or PC"),
                W("Принтер", "Принтер", "Printer"),
                W("Картриджі", "Картриджи", "Cartridges"),
            ),
            team=2,
        ),
        CategoryPlan(
            W("Мережа та інтернет", "Сеть и интернет", "Network and internet"),
            (W("Wi-Fi", "Wi-Fi", "Wi-Fi"), W("VPN", "VPN", "VPN")),
            team=1,
        ),
        CategoryPlan(
            W("Програми", "Программы", "Programs"),
            (
                W("Пошта й календар", "Почта и календарь", "Mail and calendar"),
                W("Бухгалтерія та облік", "Бухгалтерия и учёт", "Accounting"),
                W("Встановлення", "Установка", "Installation"),
            ),
            team=1,
        ),
        CategoryPlan(
            W("Підозрілі листи й загрози", "Подозрительные письма и угрозы", "Suspicious mail and threats"), team=3
        ),
        CategoryPlan(_OTHER),
    ),
    types=(
        _FAULT,
        W("Запит на обслуговування", "Запрос на обслуживание", "Service request"),
        _QUESTION,
        _IDEA,
        _COMPLAINT,
    ),
    statuses=(_NEW, _OPEN, _ASKED, _SUPPLIER, _SOLVED, _DROPPED),
)

SHOP = Preset(
    title=W("Магазин", "Магазин", "Shop"),
    teams=(
        TeamPlan(W("Підтримка покупців", "Поддержка покупателей", "Customer care"), default=True),
        TeamPlan(W("Доставка", "Доставка", "Delivery")),
        TeamPlan(W("Повернення й гарантія", "Возврат и гарантия", "Returns and warranty")),
        TeamPlan(W("Бухгалтерія", "Бухгалтерия", "Accounts"), openness="own"),
    ),
    categories=(
        CategoryPlan(
            W("Замовлення", "Заказы", "Orders"),
            (
                W("Наявність товару", "Наличие товара", "Availability"),
                W("Зміна замовлення", "Изменение заказа", "Change of order"),
                W("Скасування", "Отмена", "Cancellation"),
            ),
        ),
        CategoryPlan(
            W("Доставка", "Доставка", "Delivery"),
            (
                W("Де посилка", "Где посылка", "Where is my parcel"),
                W("Пошкоджено в дорозі", "Повреждено в пути", "Damaged on the way"),
                W("Зміна адреси", "Изменение адреса", "Change of address"),
            ),
            team=1,
        ),
        CategoryPlan(
            W("Повернення й обмін", "Возврат и обмен", "Returns and exchange"),
            (
                W("Повернення", "Возврат", "Return"),
                W("Обмін", "Обмен", "Exchange"),
                W("Гарантійний ремонт", "Гарантийный ремонт", "Warranty repair"),
            ),
            team=2,
        ),
        CategoryPlan(
            W("Оплата", "Оплата", "Payment"),
            (
                W("Рахунки й чеки", "Счета и чеки", "Invoices and receipts"),
                W("Повернення коштів", "Возврат денег", "Refund"),
            ),
            team=3,
        ),
        CategoryPlan(W("Обліковий запис", "Учётная запись", "Account"), account=True),
        CategoryPlan(W("Співпраця й опт", "Сотрудничество и опт", "Partners and wholesale")),
        CategoryPlan(_OTHER),
    ),
    types=(_QUESTION, _ORDER, _COMPLAINT, W("Повернення", "Возврат", "Return"), _IDEA, _CONTRACT),
    statuses=(
        _NEW,
        _OPEN,
        _ASKED,
        StatusPlan(
            W("Чекаємо на перевізника", "Ждём перевозчика", "Waiting for carrier"),
            Stage.WAITING,
            W("Уточнюємо в перевізника", "Уточняем у перевозчика", "Asking the carrier"),
        ),
        _SUPPLIER,
        _SOLVED,
        _DROPPED,
    ),
)

OTHER = Preset(
    title=W("Інша компанія", "Другая компания", "Another company"),
    teams=(
        TeamPlan(W("Підтримка", "Поддержка", "Support"), default=True),
        TeamPlan(W("Продажі", "Продажи", "Sales")),
        TeamPlan(W("Фахівці", "Специалисты", "Specialists")),
    ),
    categories=(
        CategoryPlan(W("Загальні питання", "Общие вопросы", "General questions")),
        CategoryPlan(W("Послуги й ціни", "Услуги и цены", "Services and prices"), team=1),
        CategoryPlan(W("Договори й рахунки", "Договоры и счета", "Contracts and invoices"), team=1),
        CategoryPlan(W("Несправності", "Неисправности", "Faults"), team=2),
        CategoryPlan(W("Обліковий запис", "Учётная запись", "Account"), account=True),
        CategoryPlan(_OTHER),
    ),
    types=(_QUESTION, _FAULT, _IDEA, _COMPLAINT, _ORDER, _CONTRACT),
    statuses=(_NEW, _OPEN, _ASKED, _SUPPLIER, _SOLVED, _DROPPED),
)

PRESETS: dict[str, Preset] = {"it": IT, "shop": SHOP, "other": OTHER}
