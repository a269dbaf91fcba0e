"""The name of a colleague in a statement: looked up for each row that is shown. Where it is a join, PostgreSQL may walk
all persons for fifty rows: it takes colleagues for the first of them, which those that came later are not."""

from __future__ import annotations


def name_of(column: str) -> str:
    """The name of the agent whose id stands in this column, as SQL; null for none."""
    person = f"(SELECT staff_agent.person_id FROM staff_agent WHERE staff_agent.id = {column})"
    return f"(SELECT colleague.name FROM people_person colleague WHERE colleague.id = {person})"
