"""An act on many tickets is kept on the server until its agent has seen what became of it: the page takes its steps as
long as it is looked at; when nobody asks for the next one, the engine goes on. So it ends, whoever leaves the page, and
its undo is offered wherever the agent is at the desk next. Each agent has one at a time.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import structlog
from django.utils import translation
from django.utils.translation import gettext as _

from vikno.core import jobs, own_jobs
from vikno.core.models import Company, Job
from vikno.desk import batches, many
from vikno.desk.batches import Note, Taken, Work, kept_as
from vikno.staff.access import NotAllowed, viewer_for_agent
from vikno.staff.models import Agent
from vikno.staff.queries import zone_of
from vikno.tickets import access
from vikno.tickets.actions.changing import Invalid

log = structlog.get_logger(__name__)

KIND = "desk.bulk"
SILENT = 5.0  # seconds without a page that asks for the next step: the engine goes on
KEPT = 14 * 86400.0  # seconds after which what became of it is told no more, though nobody has put it away
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
    if before is not None and (before.state == Job.State.DEAD or not kept_as(before.payload).left):
        own_jobs.forget(name)
    found = own_jobs.begin(KIND, name, asdict(work))
    if found is None:
        raise Invalid(_("What you did to many requests before still goes on. Do this when it is done."))
    return found


def kept(agent: int) -> Work | None:
    """The act of this agent that goes on, or of which they have not yet been told."""
    job = own_jobs.find(name_of(agent))
    return None if job is None else kept_as(job.payload)


def take(agent: int, act: str) -> tuple[Work, Job | None] | None:
    """This act of the agent for its next step; without the job if somebody else takes a step, or none is left to take;
    None if it is not there."""
    name = name_of(agent)
    found = own_jobs.find(name)
    if found is None or str(kept_as(found.payload).act) != act:
        return None
    mine = own_jobs.take(name) if kept_as(found.payload).left else None
    work = kept_as((mine or found).payload)
    if mine is not None and not work.left:  # somebody else took the last step meanwhile
        step_done(mine, work)
        mine = None
    return work, mine


def noting(job: Job | None) -> Note:
    """What writes down after each batch how far it is; for an act that is not kept, nothing."""
    return lambda work: job is None or own_jobs.note(job, asdict(work))


def step_done(job: Job, work: Work) -> None:
    """Write down how far it is: the engine goes on if nobody does."""
    own_jobs.put_back(job, asdict(work), SILENT if work.left else KEPT)


def told(agent: int, act: int = 0) -> None:
    """The agent has seen what became of it, or has undone this act; what still goes on stays."""
    name = name_of(agent)
    found = own_jobs.find(name)
    work = kept_as(found.payload) if found is not None else None
    if work is not None and not work.left and act in (0, work.act):
        own_jobs.forget(name)


def end_or_wait(agent: int, act: int) -> None:
    """This act of the agent is about to be undone. Raises Invalid while something is left that will be done; what the
    engine has given up ends here."""
    found = own_jobs.find(name_of(agent))
    work = kept_as(found.payload) if found is not None else None
    if found is None or work is None or work.act != act or not work.left:
        return
    if found.state != Job.State.DEAD:
        raise Invalid(_("This still goes on. Undo it when it is done."))
    own_jobs.forget(name_of(agent))


def engine_goes_on(payload: dict[str, Any]) -> None:
    """The job: take the steps that no page takes. Once all is done it stays for a while, to be told of."""
    job = own_jobs.find(name_of(kept_as(payload).agent))
    work = kept_as(job.payload if job is not None else {})
    if job is None or not work.left:
        return
    agent = Agent.objects.select_related("person__user").get(id=work.agent)
    company = Company.objects.get()
    language = (agent.person.user.language if agent.person.user else "") or company.language
    with translation.override(language):
        try:
            viewer = viewer_for_agent(agent)
            access.must_write(viewer)
            doing = many.doing(work, agent, zone_of(agent, company))
            batches.go_on(work, viewer, doing, TURN, noting(job))
        except Taken:
            log.info("an act on many tickets was taken over", act=work.act)
        except (Invalid, NotAllowed) as no:
            work.refuse_the_rest(str(no))
            own_jobs.note(job, asdict(work))
    raise jobs.Later(0 if work.left else KEPT)
