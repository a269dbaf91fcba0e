"""An act on many tickets is kept on the server until its agent has seen what became of it: the page takes its steps as
long as it is looked at; when nobody asks for the next one, the engine goes on. So it ends, whoever leaves the page, and
its undo is offered wherever the agent is at the desk next. Each agent has one at a time.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from vikno.core import jobs, own_jobs
from vikno.core.models import Company, Job
from vikno.desk import batches, many
from vikno.desk.batches import Work
from vikno.staff.access import NotAllowed, viewer_for_agent
from vikno.staff.models import Agent
from vikno.staff.queries import zone_of
from vikno.tickets import access
from vikno.tickets.actions.changing import Invalid

KIND = "desk.bulk"
SILENT = 5.0  # seconds without a page that asks for the next step: the engine goes on
KEPT = 3600.0  # seconds for which it is told what became of it
TURN = 2.0  # seconds of work after which the engine lets other jobs come

# Of the agent whose id stands there: whether there is one. It is asked with the badges.
IS_THERE = 'SELECT COUNT(*) FROM core_job WHERE "unique" = %s'


def name_of(agent: int) -> str:
    """What the job of an agent is called."""
    return f"{KIND}:{agent}"


def keep(work: Work) -> Job:
    """Write down an act before its first step. Raises Invalid while an earlier one goes on."""
    name = name_of(work.agent)
    before = own_jobs.find(name)
    if before is not None and (before.state == Job.State.DEAD or not before.payload["left"]):
        own_jobs.forget(name)
    found = own_jobs.begin(KIND, name, asdict(work))
    if found is None:
        raise Invalid(_("What you did to many requests before still goes on. Do this when it is done."))
    return found


def kept(agent: int) -> Work | None:
    """The act of this agent that goes on, or of which they have not yet been told."""
    job = own_jobs.find(name_of(agent))
    return None if job is None else Work(**job.payload)


def take(agent: int, act: str) -> tuple[Work, Job | None] | None:
    """This act of the agent for its next step; without the job if somebody else takes a step, or none is left to take;
    None if it is not there."""
    name = name_of(agent)
    found = own_jobs.find(name)
    if found is None or str(found.payload["act"]) != act:
        return None
    mine = own_jobs.take(name) if found.payload["left"] else None
    if mine is not None and not mine.payload["left"]:  # somebody else took the last step meanwhile
        step_done(mine, Work(**mine.payload))
        return Work(**mine.payload), None
    return Work(**(mine or found).payload), mine


def step_done(job: Job, work: Work) -> None:
    """Write down how far it is: the engine goes on if nobody does."""
    own_jobs.put_back(job, asdict(work), SILENT if work.left else KEPT)


def told(agent: int, act: int = 0) -> None:
    """The agent has seen what became of it, or has undone this act; what still goes on stays."""
    name = name_of(agent)
    found = own_jobs.find(name)
    if found is not None and not found.payload["left"] and act in (0, found.payload["act"]):
        own_jobs.forget(name)


def engine_goes_on(payload: dict[str, Any]) -> None:
    """The job: take the steps that no page takes. Once all is done it stays for a while, to be told of."""
    work = Work(**payload)
    if not work.left:
        return
    agent = Agent.objects.select_related("person__user").get(id=work.agent)
    company = Company.objects.get()
    language = (agent.person.user.language if agent.person.user else "") or company.language
    with translation.override(language):
        try:
            viewer = viewer_for_agent(agent)
            access.must_write(viewer)
            doing = many.doing(work, agent, zone_of(agent, company))
            batches.go_on(work, viewer, doing, TURN)
        except (Invalid, NotAllowed) as no:
            work.refuse_the_rest(str(no))
        finally:
            own_jobs.note(name_of(work.agent), asdict(work))
    raise jobs.Later(0 if work.left else KEPT)
