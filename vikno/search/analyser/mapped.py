"""Dictionaries that lie in the page cache: pymorphy3 reads its files into memory of its own, some 15 MB for a language,
in each process that asks. Mapped, they are there once for all processes, and only what is asked for."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path
from typing import Any

_SIZE = struct.Struct("=I")  # of an automaton, in units of four bytes; then of its guide, in units of two


def map_files(dictionary: Any) -> None:
    """Let the automata of a MorphAnalyzer read from its files. One that is not built as expected (another library than
    dawg2-python may do the reading) stays as it is."""
    folder = Path(dictionary.dictionary.path)
    _map(folder / "words.dawg", dictionary.dictionary.words)
    for number, automaton in enumerate(dictionary.dictionary.prediction_suffixes_dawgs):
        _map(folder / f"prediction-suffixes-{number}.dawg", automaton)
    if dictionary.prob_estimator is not None:
        _map(folder / "p_t_given_w.intdawg", dictionary.prob_estimator.p_t_given_w)


def _map(path: Path, automaton: Any) -> None:
    states = getattr(automaton, "dct", None)
    guide = getattr(automaton, "guide", None)
    if states is None or guide is None or not hasattr(states, "_units") or not hasattr(guide, "_units"):
        return
    with path.open("rb") as file:
        whole = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    size = _SIZE.size
    end = size + _SIZE.unpack_from(whole)[0] * 4
    if end - size != len(states._units) * 4 or end + size + len(guide._units) != len(whole):
        return
    states._units = whole[size:end].cast("I")
    guide._units = whole[end + size :]
