"""Understanding letters: what is folded rightly and wrongly, and what the worst letters cost.

    bin/bench understanding [--letters FOLDER]

Recall is the share of the writer's own words that stay in sight; losing one is the worse fault, so its bound is all of
them. Precision of folding is given as the share of quoted words that are folded. With --letters a folder with others'
letters is read too (replies/*.txt beside *.expected; raw/*.eml beside raw/expected.json; broken/*), and what differs
from what is expected there is printed.

Hostile letters are read each in a process of its own: parsed, folded, cleaned. Its time and its memory above that of
an empty letter are the price.
"""

from __future__ import annotations

import argparse
import hashlib
import html as entities
import json
import multiprocessing
import re
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench._common import Figure, keep
from bench._hostile import LETTERS
from tests.channels.email.letter.corpus import Judged, judge, letters
from tests.channels.email.letter.sentences import LABELS, PAGES, pieces
from vikno.channels.email.letter import clean_html, fold_quotes, fold_quotes_html, parse
from vikno.channels.email.letter.automatic import classify
from vikno.channels.email.letter.bounce import read_bounce
from vikno.channels.email.letter.calendar import read_invitations
from vikno.channels.email.letter.charset import codec_name, decode
from vikno.intake.language import guess
from vikno.intake.thanks import thanks_in

SECONDS, MEGABYTES = 5.0, 700
_TAG = re.compile(r"<[^<>]*>")


# ---- our own corpus --------------------------------------------------------------------------------------------------


def folding(folder: str = "", called: str = "") -> list[Figure]:
    """How letters of the corpus are folded; `folder` of it, `called` so in the table."""
    judged: dict[tuple[str, str], list[Judged]] = {}
    for one in letters(folder):
        judged.setdefault((one.form, one.language), []).append(judge(one))
    figures = []
    for form in ("text", "markup"):
        for language in ("uk", "ru", "en", "other"):
            rows = judged.get((form, language))
            if not rows:
                continue
            own, lost = sum(row.own for row in rows), sum(row.lost for row in rows)
            quoted, folded = sum(row.quoted for row in rows), sum(row.quoted_folded for row in rows)
            signed, signed_folded = sum(row.signed for row in rows), sum(row.signed_folded for row in rows)
            where = f"{called}{form}, {language}, {len(rows)} letters"
            figures += [
                Figure(
                    f"{where}: writer's words in sight", f"{own - lost} of {own} = {1 - lost / own:.1%}", "100 %",
                    not lost,
                ),
                Figure(
                    f"{where}: words of quotes folded; of signatures",
                    f"{folded} of {quoted} = {folded / quoted:.1%}; "
                    + (f"{signed_folded} of {signed} = {signed_folded / signed:.1%}" if signed else "none there"),
                ),
            ]  # fmt: skip
    return figures


# ---- code pages -----------------------------------------------------------------------------------------------------


def code_pages() -> list[Figure]:
    """How many pieces of sentences are read rightly in each Cyrillic page: under its own label, under ten others."""
    figures = []
    for page in PAGES:
        found = []
        for words in (1, 3, 10):
            own, other = Counter[bool](), Counter[bool]()
            for text in pieces(words):
                try:
                    data = text.encode(page)
                except UnicodeEncodeError:
                    continue  # it has not all letters of the language
                for label in LABELS:
                    (own if codec_name(label) == page else other)[decode(data, label) == text] += 1
            wrong = other[False]
            found.append(f"{words}: {own[False]} and {wrong} of {other.total()}")
            right = own[False] == 0 and (words < 10 or not wrong)
        figures.append(
            Figure(
                f"texts in {page} misread, by their words: under their own label, under other labels", "; ".join(found),
                "0 under their own; 0 of 10 words", right,
            )
        )  # fmt: skip
    return figures


# ---- letters of others -----------------------------------------------------------------------------------------------


def others(folder: Path) -> list[Figure]:
    return [*_replies(folder / "replies"), *_raw(folder / "raw"), *_broken(folder)]


def _replies(folder: Path) -> Iterator[Figure]:
    same = lost = extra = count = own = 0
    for path in sorted(folder.glob("*.txt")):
        count += 1
        wanted = path.with_suffix(".expected").read_text(encoding="utf-8").split()
        shown = fold_quotes(path.read_text(encoding="utf-8")).visible.split()
        own += len(wanted)
        if wanted == shown:
            same += 1
            continue
        missing, more = Counter(wanted) - Counter(shown), Counter(shown) - Counter(wanted)
        lost, extra = lost + missing.total(), extra + more.total()
        print(f"{path.name}: missing {missing.total()}, more {more.total()}: {' '.join([*missing, *more])[:200]}")
    yield Figure("replies of others: shown just as expected", f"{same} of {count}")
    yield Figure(
        "replies of others: expected words in sight; words shown beyond",
        f"{own - lost} of {own}; {extra}",
        "all",
        not lost,
    )


def _raw(folder: Path) -> Iterator[Figure]:
    wanted = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    differences: Counter[str] = Counter()
    for name, expected in sorted(wanted.items()):
        found = list(_different(expected, (folder / f"{name}.eml").read_bytes()))
        differences.update(kind for kind, _ in found)
        for kind, said in found:
            print(f"{name}: {kind}: {said[:300]}")
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(differences.items())) or "none"
    yield Figure(f"{len(wanted)} raw letters of others: what differs from another system's reading", kinds)


def _different(wanted: dict[str, Any], raw: bytes) -> Iterator[tuple[str, str]]:
    """(what, in what) a letter differs from what another system read."""
    read = parse(raw)
    if _plain(wanted.get("subject") or "") != read.subject:
        yield "subject", f"{wanted.get('subject')!r} / {read.subject!r}"
    sender = read.from_.addr if read.from_ else ""
    if (wanted.get("from_email") or "").lower() != sender.lower():
        yield "sender", f"{wanted.get('from_email')!r} / {sender!r}"
    name = read.from_.name if read.from_ else ""
    if _plain(wanted.get("from_display_name") or "") != name:
        yield "name", f"{wanted.get('from_display_name')!r} / {name!r}"
    body = Counter(_words(wanted.get("body") or "")) - Counter(_words(read.text) + _words(read.html))
    if body:
        yield "words", " ".join(body)
    files = [one for one in wanted.get("attachments") or [] if one.get("filename") != "message.html"]
    sums = Counter(hashlib.md5(one.content, usedforsecurity=False).hexdigest() for one in read.attachments)
    if Counter(one["md5"] for one in files) != sums:
        yield "files", f"{[one['filename'] for one in files]} / {[one.name for one in read.attachments]}"
    elif sorted(_plain(one["filename"]) for one in files) != sorted(one.name for one in read.attachments):
        yield "file names", f"{[one['filename'] for one in files]} / {[one.name for one in read.attachments]}"


def _plain(value: str) -> str:
    return " ".join(value.split())


def _words(markup: str) -> list[str]:
    return re.findall(r"\w+", entities.unescape(_TAG.sub(" ", markup)))


def _broken(folder: Path) -> Iterator[Figure]:
    slowest, count, silent = 0.0, 0, []
    for path in sorted(one for one in folder.rglob("*") if one.suffix == ".eml"):
        began = time.perf_counter()
        shown = understand(path.read_bytes())
        slowest, count = max(slowest, time.perf_counter() - began), count + 1
        if not shown:
            silent.append(path.name)
    print(f"without words of their own: {', '.join(silent) or 'none'}")
    yield Figure(
        f"{count} broken and raw letters of others: read without a fault; the slowest", f"{slowest * 1000:.0f} ms"
    )


# ---- hostile letters -------------------------------------------------------------------------------------------------


def understand(raw: bytes) -> str:
    """All that is done with a letter before it is taken in. Raises AssertionError if folding loses a word."""
    read = parse(raw)
    folded = fold_quotes(read.text, read.subject)
    visible, quoted = fold_quotes_html(read.html, read.subject)
    for half in (visible, quoted):
        if half:
            clean_html(half, lambda cid: None)
    classify(read, None)
    read_bounce(read)
    guess(f"{read.subject}\n{read.text}")
    thanks_in(folded.visible, None)
    for one in read.attachments:
        if one.type == "text/calendar":
            read_invitations(one.content)
    assert Counter(read.text.split()) == Counter(folded.visible.split()) + Counter(folded.quoted.split())
    return read.text + read.html


def _price(name: str, answers: Any) -> None:
    raw = LETTERS[name]() if name else b"From: a@x.example\r\n\r\nwords"
    understand(b"From: a@x.example\r\n\r\nwords")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    understand(raw)
    took = time.perf_counter() - began
    answers.put((took, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, len(raw)))


def hostile() -> list[Figure]:
    context = multiprocessing.get_context("spawn")
    rows = []
    for name in LETTERS:
        answers = context.Queue()
        process = context.Process(target=_price, args=(name, answers))
        process.start()
        took, memory, size = answers.get(timeout=300)
        process.join()
        print(f"  {name:<50} {size / 2**20:7.1f} MB  {took:6.2f} s  {memory:6.0f} MB more", flush=True)
        rows.append((name, took, memory))
    slow, dear = max(rows, key=lambda row: row[1]), max(rows, key=lambda row: row[2])
    return [
        Figure(
            f"the slowest of {len(rows)} hostile letters: {slow[0]}", f"{slow[1]:.1f} s",
            f"≤ {SECONDS:.0f} s", slow[1] <= SECONDS,
        ),
        Figure(f"the dearest in memory: {dear[0]}", f"{dear[2]:.0f} MB", f"≤ {MEGABYTES} MB", dear[2] <= MEGABYTES),
    ]  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=Path, help="a folder with letters of others")
    options = parser.parse_args()
    figures = [*folding(), *folding("unseen", "never tuned on: "), *code_pages()]
    if options.letters:
        figures += others(options.letters)
    return 0 if keep("understanding", figures + hostile()) else 1


if __name__ == "__main__":
    sys.exit(main())
