"""Values of the fields that a company makes itself, in whichever room they lie: read from what was typed or sent, and
in words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from babel.dates import format_date
from django.utils import translation

MOST_NUMBER = Decimal(10) ** 14  # twenty digits, six of them behind the point


def number(text: str) -> Decimal:
    """A number as its column holds it, to the sixth place; a comma is a point. Raises ArithmeticError for none, and for
    what is no quantity or too large."""
    found = Decimal(text.replace(",", ".")).quantize(Decimal("0.000001"))
    if not found.is_finite() or abs(found) >= MOST_NUMBER:
        raise ArithmeticError
    return found


def number_words(value: Decimal) -> str:
    """A number without needless noughts."""
    return f"{value.normalize():f}"


def day_words(value: date) -> str:
    """A day as it is written in the language of the page."""
    return str(format_date(value, "medium", locale=translation.get_language() or "en"))
