"""The weights of "What next": sums that can be checked, and an order that follows from them alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from vikno.tasks.weighing import NEAR, WEIGHTS, Facts, Reason, ordered, parts, total

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
around = st.timedeltas(min_value=timedelta(days=-400), max_value=timedelta(days=400)).map(lambda span: NOW + span)
facts = st.builds(
    Facts, st.integers(1, 10**9), around, st.none() | around, st.none() | around, st.none() | around,
    st.integers(-100, 100), st.booleans(), st.booleans(), st.booleans(),
)  # fmt: skip


def of(**known: Any) -> Facts:
    return Facts(1, NOW, **known)


def points(one: Facts) -> dict[str, int]:
    return {part.reason: part.points for part in parts(one, NOW)}


def test_each_reason_weighs_what_its_table_says() -> None:
    assert points(of(due_at=NOW - 3 * HOUR)) == {"overdue": 46}
    assert points(of(due_at=NOW + 4 * HOUR)) == {"deadline": 40}
    assert points(of(due_at=NOW + 20 * HOUR)) == {"deadline": 8}
    assert points(of(waiting_since=NOW - 5 * HOUR)) == {"waiting": 10}
    assert points(of(waiting_since=NOW - HOUR, answered_at=NOW - 2 * HOUR)) == {"reply": 8, "waiting": 2}
    assert points(of(waiting_since=NOW - 2 * HOUR, answered_at=NOW - HOUR)) == {"waiting": 4}
    assert (points(of(steps=2)), points(of(steps=-1))) == ({"priority": 40}, {"priority": -20})
    assert points(Facts(1, NOW - timedelta(days=7, hours=5))) == {"age": 7}
    assert points(of(mentioned=True, mine=True, team=True)) == {"mentioned": 15, "mine": 12, "team": 8}


def test_what_is_far_away_or_has_just_begun_is_no_reason() -> None:
    assert parts(of(due_at=NOW + NEAR), NOW) == []
    assert parts(of(waiting_since=NOW + HOUR), NOW) == []  # a clock that runs ahead


@given(facts)
def test_the_sum_is_that_of_the_reasons_shown_and_each_keeps_its_bound(one: Facts) -> None:
    shown = parts(one, NOW)
    assert len({part.reason for part in shown}) == len(shown)
    assert all(part.points for part in shown)
    assert [part.points for part in shown] == sorted((part.points for part in shown), reverse=True)
    for part in shown:
        assert part.reason == Reason.PRIORITY or 0 < part.points <= WEIGHTS[part.reason].most
        assert part.span is None or part.span >= timedelta()
    assert total(shown) == sum(part.points for part in shown)


@given(facts, st.timedeltas(min_value=timedelta(), max_value=timedelta(days=300)))
def test_nothing_weighs_less_for_having_waited_longer(one: Facts, longer: timedelta) -> None:
    was = points(one)
    for name, reason in (("waiting_since", Reason.WAITING), ("asked_at", Reason.AGE)):
        since = getattr(one, name)
        if since is not None:
            assert points(replace(one, **{name: since - longer})).get(reason, 0) >= was.get(reason, 0)


@given(around, st.timedeltas(min_value=timedelta(), max_value=timedelta(days=300)))
def test_an_earlier_deadline_never_weighs_less(due: datetime, earlier: timedelta) -> None:
    def weight(at: datetime) -> int:
        return total(parts(of(due_at=at), NOW))

    assert weight(due - earlier) >= weight(due)


@given(st.lists(facts, max_size=12, unique_by=lambda one: one.ticket_id), st.randoms())
def test_the_order_does_not_depend_on_how_the_candidates_came(some: list[Facts], chance: Any) -> None:
    mixed = list(some)
    chance.shuffle(mixed)
    assert ordered(mixed, NOW) == ordered(some, NOW)
    sums = [total(why) for _one, why in ordered(some, NOW)]
    assert sums == sorted(sums, reverse=True)


def test_of_the_same_weight_what_was_asked_first_stands_first() -> None:
    first, second = Facts(7, NOW - HOUR), Facts(3, NOW)
    assert [one.ticket_id for one, _why in ordered([second, first], NOW)] == [7, 3]
