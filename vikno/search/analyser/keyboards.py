"""The same keys on another layout: who forgot to switch typed "ghbdsn" for "привіт"."""

from __future__ import annotations

_EN = "`qwertyuiop[]asdfghjkl;'zxcvbnm,." + '~QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>'
_UK = "'йцукенгшщзхїфівапролджєячсмитьбю" + "₴ЙЦУКЕНГШЩЗХЇФІВАПРОЛДЖЄЯЧСМИТЬБЮ"
_RU = "ёйцукенгшщзхъфывапролджэячсмитьбю" + "ЁЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ"
_WAYS = [str.maketrans(typed, meant) for typed, meant in ((_EN, _UK), (_EN, _RU), (_UK, _EN), (_RU, _EN))]


def other_layouts(typed: str) -> list[str]:
    """What was perhaps meant, on the other layouts; without what comes out unchanged."""
    found = dict.fromkeys(typed.translate(way) for way in _WAYS)
    return [meant for meant in found if meant != typed]
