"""What the bench of search does inside the program, in a process of its own: judged queries, times of search, how soon
a letter is found, searches while the index is built anew."""

from __future__ import annotations

import json
import smtplib
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, replace
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any

import django

django.setup()

from django.db import connection, transaction  # noqa: E402 - Django comes first
from django.db.models import Count, Max  # noqa: E402

from bench._common import percentile  # noqa: E402
from vikno.dialogs.models import ChannelAddress, Message  # noqa: E402
from vikno.search import snippets  # noqa: E402
from vikno.search.analyser.tokens import analyse  # noqa: E402
from vikno.search.find import Answer, find  # noqa: E402
from vikno.search.state import current  # noqa: E402
from vikno.staff.access import Viewer, viewer_for_agent  # noqa: E402
from vikno.staff.models import Agent  # noqa: E402
from vikno.tickets import access  # noqa: E402
from vikno.tickets.models import Ticket  # noqa: E402

# What is asked for: a word of nearly every letter, one of some, one of few; several words, phrases, exclusions, fields,
# a beginning, words that only a second try finds.
ASKED = {
    "a common word": "день", "a word of some": "принтер", "a rare word": "роз'єм", "two words": "принтер папір",
    "two common words": "день дякую", "a phrase": '"жує папір"', "a phrase of common words": '"добрий день"',
    "a common word without another": "день -дякую", "a common word of an old time": "день before:2025-06-01",
    "a common word and status:open": "день status:open", "a common word and status:waiting": "день status:waiting",
    "a common word and agent:me": "день agent:me", "a common word and from:": "день from:Шевченко",
    "fields alone": "agent:me status:closed", "a name": "Шевченко", "a word that is nowhere": "бегемот",
    "a slip": "прінтер", "another layout": "ghbynth",
    "two common words that never meet": "дякую спасибо", "three common words that never meet": "день спасибо printer",
}  # fmt: skip
TIMES = 25
PAGES = 20  # that are turned to reach an old one


def judged() -> dict[str, Any]:
    """The judged queries in an empty database: how good the answers are."""
    from tests.search.judging import judge, precision_at_first, precision_of_first, put_in, recall
    from tests.world import standing

    with transaction.atomic(), standing() as world:
        verdicts = judge(world.viewer(world.iryna), put_in(world))
    return {
        "queries": len(verdicts), "first": precision_at_first(verdicts), "three": precision_of_first(verdicts),
        "recall": recall(verdicts), "verdicts": [[one.query, one.found] for one in verdicts],
    }  # fmt: skip


def viewers() -> dict[str, Viewer]:
    """The owner, who sees all; an agent of the smallest team alone; one who sees only what is theirs in that team, as
    near to a thousandth of all as there is."""
    everybody = Agent.objects.select_related("person").filter(active=True)
    owner = viewer_for_agent(everybody.filter(role="owner").order_by("id")[0])
    sizes = Ticket.objects.values_list("team").annotate(count=Count("id")).order_by("count")
    team = frozenset({sizes[0][0]})
    theirs = Ticket.objects.filter(team__in=team, agent__role="agent", agent__active=True)
    share = Ticket.objects.count() / 1000
    counts = theirs.values_list("agent").annotate(count=Count("id")).order_by("agent")
    few = min(counts, key=lambda row: abs(row[1] - share))[0]
    agent = viewer_for_agent(everybody.get(id=few))
    narrow = replace(agent, sees_all_teams=False, readable=team, guest=frozenset(), leads=frozenset())
    return {"owner": owner, "agent": narrow, "guest": replace(narrow, readable=frozenset(), guest=team)}


def times() -> dict[str, Any]:
    """Milliseconds of search and of the words around what was found, as the page asks for them: the first, p50, p95;
    how many are found; and where that is not the end (see walking), how many answers lead there, and the slowest."""
    found: dict[str, Any] = {}
    seen: dict[str, int] = {}
    for who, viewer in viewers().items():
        seen[who] = access.tickets_for(viewer).count()
        for what, text in ASKED.items():
            found[f"{what}, {who}"] = _timed(viewer, text)
        found[f"the {PAGES}th page of a common word, {who}"] = _deep(viewer)
        took = []
        for end in range(2, 8):
            for _ in range(5):
                began = time.perf_counter()
                find(viewer, "принтер"[:end], typing=True)
                took.append((time.perf_counter() - began) * 1000)
        found[f"while typing, {who}"] = [took[0], statistics.median(took), percentile(took, 0.95), -1]
    return {"times": found, "sizes": sizes(), "seen": seen}


def _timed(viewer: Viewer, text: str, before: str = "") -> list[float]:
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        answer = find(viewer, text, before=before)
        snippets.said(answer.hits[:25])
        took.append((time.perf_counter() - began) * 1000)
    return [
        took[0],
        statistics.median(took),
        percentile(took, 0.95),
        len(answer.hits),
        *_to_the_end(viewer, text, answer),
    ]


def _to_the_end(viewer: Viewer, text: str, answer: Answer) -> list[float]:
    took = []
    while answer.unfinished:
        began = time.perf_counter()
        answer = find(viewer, text, before=answer.older, nothing_yet=not answer.hits)
        took.append((time.perf_counter() - began) * 1000)
    return [len(took) + 1, max(took)] if took else []


def _deep(viewer: Viewer) -> list[float]:
    before = ""
    for _ in range(PAGES - 1):
        before = find(viewer, ASKED["a common word"], before=before).older or before
    return _timed(viewer, ASKED["a common word"], before)


def sizes() -> dict[str, Any]:
    """How much there is, and in which database."""
    name = current().active
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM search_entry_{name}")
        entries = cursor.fetchone()[0]
        cursor.execute(f"SELECT COUNT(*) FROM search_word_{name}")
        words = cursor.fetchone()[0]
    tickets, messages = Ticket.objects.count(), Message.objects.count()
    return {"entries": entries, "words": words, "tickets": tickets, "messages": messages, "kind": connection.vendor}


def hostile() -> dict[str, float]:
    """Seconds of processor that the longest text that is read takes, if no word of it is in any dictionary."""
    import random

    from vikno.search.analyser.lemmas import warm
    from vikno.search.entries import LONGEST_TEXT

    warm()
    letters = random.Random(1)
    words = ("".join(letters.choices("абвгдежзийклмнопрстуфхцчшщьюяіїє", k=5)) for _ in range(LONGEST_TEXT // 6))
    text = " ".join(words)
    began = time.process_time()
    analyse(text)
    return {"seconds": time.process_time() - began, "words": len(text.split())}


# ---- beside a running engine -----------------------------------------------------------------------------------------


def _letter(number: int) -> tuple[EmailMessage, str]:
    word = f"лелека{number}х{time.time_ns() % 10**9}"
    made = EmailMessage()
    made["From"], made["Date"] = f"Клієнт <client{number % 40}@firm.example>", formatdate()
    made["To"] = ChannelAddress.objects.order_by("id")[0].address
    made["Subject"], made["Message-ID"] = f"Лист {number}", make_msgid(domain="people.example")
    made.set_content(f"Добрий день, не працює принтер. {word}")
    return made, word


def follow(port: str, count: str) -> dict[str, Any]:
    """Letters, one after the other: milliseconds from its message being there to its being found."""
    owner, took = viewers()["owner"], []
    with smtplib.SMTP("127.0.0.1", int(port), timeout=60) as smtp:
        for number in range(int(count)):
            letter, word = _letter(number)
            last = Message.objects.aggregate(last=Max("id"))["last"] or 0
            smtp.send_message(letter, from_addr="bounce@people.example", to_addrs=[letter["To"]])
            there = _until(lambda last=last: Message.objects.filter(id__gt=last).exists())
            took.append((_until(lambda word=word: bool(find(owner, word, exactly=True).hits)) - there) * 1000)
            time.sleep(0.05 * (number % 7))  # not in step with the engine's own rests
    return {"middle": statistics.median(took), "late": percentile(took, 0.95), "count": len(took)}


def _until(happens: Any, patience: float = 60) -> float:
    deadline = time.perf_counter() + patience
    while time.perf_counter() < deadline:
        if happens():
            return time.perf_counter()
        time.sleep(0.004)
    raise RuntimeError(f"it did not happen in {patience:.0f} s")


def rebuilt(port: str) -> dict[str, Any]:
    """The index is built anew, meanwhile somebody searches all the time and letters arrive."""
    owner, took, words, empty = viewers()["owner"], [], [], 0
    began, before = time.perf_counter(), current().active
    building = subprocess.Popen([sys.executable, "-P", "-m", "vikno", "reindex"], stdout=subprocess.DEVNULL)
    steps = set()
    with smtplib.SMTP("127.0.0.1", int(port), timeout=60) as smtp:
        while building.poll() is None:
            at = time.perf_counter()
            empty += not find(owner, ASKED["a common word"]).hits
            took.append((time.perf_counter() - at) * 1000)
            steps.add(current().done)
            if len(took) % 25 == 0:
                letter, word = _letter(len(took))
                words.append(word)
                smtp.send_message(letter, from_addr="bounce@people.example", to_addrs=[letter["To"]])
            time.sleep(0.05)
    whole = time.perf_counter() - began
    for word in words:
        _until(lambda word=word: bool(find(owner, word, exactly=True).hits))
    return {
        "seconds": whole, "searches": len(took), "middle": statistics.median(took), "late": percentile(took, 0.95),
        "worst": max(took), "empty": empty, "letters": len(words), "steps": len(steps),
        "changed": current().active != before, "failed": building.returncode,
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:]), default=asdict))
