"""Erasing a person: every room blanks its part, and a restored older backup is told of it.

The row is `Person.erased_at`; beside the database, in the data folder, `erasures.jsonl` remembers ids and times,
because a backup made before knows nothing of what was erased after.
"""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import Error, transaction
from django.utils.translation import gettext as _

from vikno.accounts.models import ApiToken, SecurityEvent, SignInLink, User
from vikno.channels.email import outbox
from vikno.core import clock
from vikno.core.models import Company
from vikno.dialogs.models import Delivery
from vikno.journal import acts
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.people.erasure import STEPS, Step
from vikno.people.models import Identity, Person
from vikno.people.queries import one_human
from vikno.staff.models import Agent

# An erasure is written down before its COMMIT; a backup that began in between holds the words still.
EVER = "1970-01-02T00:00:00+00:00"
UNCOMMITTED = timedelta(hours=1)

log = structlog.get_logger(__name__)


class NotErasable(Exception):
    """The text says why, and what to do first."""


def preview(person_id: int) -> dict[str, dict[str, int]]:
    """What erasing would blank, by room and kind, over all persons joined as this one human."""
    found: dict[str, dict[str, int]] = {}
    for step in STEPS.values():
        sums = found.setdefault(step.name, {})
        for one in one_human(person_id):
            for kind, count in step.preview(one).items():
                sums[kind] = sums.get(kind, 0) + count
    return found


def known_as(person_id: int) -> list[str]:
    """The names, then the addresses and phones, of this human; nothing of whoever was erased."""
    persons = one_human(person_id)
    names = Person.objects.filter(id__in=persons, erased_at=None).exclude(name="").order_by("id")
    addresses = Identity.objects.filter(person__in=persons, erased_at=None).order_by("id")
    return list(dict.fromkeys([*names.values_list("name", flat=True), *addresses.values_list("shown", flat=True)]))


def erase(person_id: int, by: Act) -> None:
    """Blank all that this human wrote, was written, and is called by; events and figures stay. It cannot be undone.

    Raises NotErasable for a colleague at work, and Person.DoesNotExist.
    """
    ids: list[int] = []
    try:
        with transaction.atomic():
            persons = list(
                Person.objects.select_for_update(no_key=True).filter(id__in=one_human(person_id)).order_by("id")
            )
            if not persons:
                raise Person.DoesNotExist(f"no person {person_id}")
            if Agent.objects.filter(person__in=persons, active=True).exists():
                raise NotErasable(
                    _("This person works at the desk. Deactivate the agent first, then erase the person.")
                )
            for person in persons:
                _run_steps(person)
                record(by, Verb.PERSON_ERASED, person=person.id)
            ids = [person.id for person in persons]
            remember(ids, clock.now())  # before COMMIT: who is killed in between must not bring them back
    except Exception:
        _not_erased(ids)
        raise


def _not_erased(person_ids: list[int]) -> None:
    """Take back what was written down of an erasure that then failed: of those who are here still, by the database's
    word. Where it cannot be asked the line stays, and `doctor` shows it."""
    if not person_ids:
        return
    try:
        here = list(Person.objects.filter(id__in=person_ids, erased_at=None).values_list("id", flat=True))
        remember(here, clock.now(), failed=True)
    except (Error, OSError):
        log.exception("an erasure failed and may still be remembered", persons=person_ids)


def _run_steps(person: Person) -> None:
    # People go last: the other rooms find what is theirs by the addresses that are blanked there.
    for step in sorted(STEPS.values(), key=lambda step: step.name == "people"):
        step.run(person.id)


def _blank_login(person_id: int) -> None:
    """The login and what signing in left behind. Its rows stay, so that the security log keeps whom it points to."""
    # Whoever has no login may have tried to sign in all the same.
    addresses = Identity.objects.filter(person=person_id, kind=Identity.Kind.EMAIL, erased_at=None)
    tried = SecurityEvent.objects.filter(detail__address__in=list(addresses.values_list("value", flat=True)))
    tried.update(ip=None, detail={})
    user = User.objects.filter(person=person_id).first()
    if user is None:
        return
    EmailAddress.objects.filter(user=user).delete()
    ApiToken.objects.filter(user=user).update(name="", revoked_at=clock.now())
    SignInLink.objects.filter(user=user).delete()
    SecurityEvent.objects.filter(user=user).update(ip=None, detail={})
    sessions = UserSession.objects.filter(user=user)
    Session.objects.filter(session_key__in=list(sessions.values_list("session_key", flat=True))).delete()
    sessions.delete()
    user.email, user.is_active = f"erased-{user.pk}@invalid", False
    user.set_unusable_password()
    user.save(update_fields=["email", "is_active", "password"])


def _forget_outbox(person_id: int) -> None:
    """Letters to them that lie in the outbox as files."""
    for delivery in Delivery.objects.filter(identity__person=person_id):
        outbox.forget(delivery)


LOGIN = Step("login", lambda person: {"logins": User.objects.filter(person=person).count()}, _blank_login)
OUTBOX = Step("outbox", lambda _person: {}, _forget_outbox)


# ---- remembering beyond the database --------------------------------------------------------------------------------


def _file() -> Path:
    return Path(settings.DATA) / "erasures.jsonl"


def _installation() -> str:
    """Tells one company's list from another's: ids mean nothing elsewhere."""
    company = Company.objects.first()
    return company.created_at.isoformat() if company else ""


def remember(person_ids: list[int], at: datetime, *, failed: bool = False) -> None:
    """Write down, for certain, that these were erased, or that erasing them failed. Ids and times, no words."""
    more = {"failed": True} if failed else {}
    entries = [{"person": one, "at": at.isoformat(), "company": _installation()} | more for one in person_ids]
    # The first line end closes a line that a full disk or a loss of power cut short.
    lines = "".join("\n" + json.dumps(entry) for entry in entries) + "\n"
    handle = os.open(_file(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "a") as file:
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())


def remembered() -> dict[int, str]:
    """Who was erased in this company, by the file: id of the person → when."""
    try:
        text = _file().read_text()
    except FileNotFoundError:
        return {}
    company = _installation()
    found: dict[int, str] = {}
    for line in text.splitlines():
        try:
            entry = json.loads(line)
            if entry["company"] != company:
                continue
            if entry.get("failed"):
                found.pop(int(entry["person"]), None)
            else:
                found[int(entry["person"])] = str(entry["at"])
        except (ValueError, KeyError, TypeError):  # a line cut short by a loss of power
            continue
    return found


def reapply(since: str) -> int:
    """Erase again whoever was erased after this instant (ISO); answers how many. For a backup just restored."""
    count, first = 0, datetime.fromisoformat(since) - UNCOMMITTED
    for person_id, at in remembered().items():
        person = Person.objects.filter(id=person_id).first()
        if person is None or person.erased_at is not None or datetime.fromisoformat(at) < first:
            continue
        with transaction.atomic():
            _run_steps(person)
            record(acts.system(), Verb.PERSON_ERASED, person=person_id)
        count += 1
    return count
