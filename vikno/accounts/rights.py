"""What a login may do on the pages of this room. Who is an owner or an agent is known in a lower room, which answers
here.

rights.CHECKS[Right.READ_SECURITY_LOG] = is_owner
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class Right(StrEnum):
    READ_SECURITY_LOG = "read_security_log"
    MAKE_TOKENS = "make_tokens"
    LEAD = "lead"  # is an owner or a lead, be it of one team


CHECKS: dict[Right, Callable[[int], bool]] = {}  # right → whether the user of this id has it


def allowed(right: Right, user_id: int) -> bool:
    """Whether this login has the right. While nobody answers for a right, nobody has it."""
    check = CHECKS.get(right)
    return check is not None and check(user_id)
