"""The inbox of the made-up shop Kashtan (coffee, tea, tableware): what its customers wrote and what was answered.

When something happened is told backwards from the moment the demo is made: `m35` is 35 minutes ago, `d3 10:14`
three days ago at 10:14 in the shop's zone. Who acts: `c` is the customer (`c thanks`, `c automatic` say what kind of
message), an agent's name alone is an answer, and `iryna note`, `iryna take`, `iryna wait`, `iryna supplier`, `iryna
close`, `iryna looks` are what they did.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Step = tuple[Any, ...]  # when, who, text; a text that begins with "<" is HTML; a fourth part names a file


@dataclass(frozen=True, slots=True, kw_only=True)
class Tale:
    """One request. `category` and `type` are places in the preset of a shop; `due` counts days from now."""

    who: str
    address: str
    subject: str
    steps: tuple[Step, ...]
    team: int = 0
    category: tuple[int, ...] = (6,)
    type: int = 0
    priority: int = 0
    tags: tuple[str, ...] = ()
    channel: str = "email"
    due: int | None = None
    restricted: bool = False
    key: str = ""
    merged_into: str = ""  # the key of the tale that absorbed this one; that one is told later
    follower: str = ""
    contract: str = ""
