"""SPF by pyspf, with its look-ups led through a resolver of ours. Imported where it is used: it is large and seldom
wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import spf

LookUp = Callable[[str, str], list[str]]


def check(address: str, sender: str, domain: str, look_up: LookUp, seconds: float) -> str:
    """The result in lower case, as RFC 7208 section 2.6 names it."""
    asked = _Query(i=address, s=sender, h=domain, timeout=seconds, querytime=seconds)
    asked.look_up = look_up
    return str(asked.check()[0]).lower()


class _Query(spf.query):
    look_up: LookUp

    def dns(self, name: str, qtype: str, cnames: Any = None, ignore_void: bool = False) -> list[Any]:
        """The library's own hook: records in the forms that it wants. It counts empty answers against its limit."""
        if not name or any(not 0 < len(part) < 64 for part in str(name).rstrip(".").split(".")):
            return []
        try:
            found = self.look_up(str(name), qtype)
        except Exception as error:
            raise spf.TempError(f"no answer for {name}") from error
        if not found and not ignore_void:
            self.void_lookups += 1
            if self.void_lookups > spf.MAX_VOID_LOOKUPS:
                raise spf.PermError("too many names without an answer")
        if qtype == "MX":
            pairs = (record.partition(" ") for record in found)
            return [(int(rank), host.rstrip(".")) for rank, _, host in pairs if rank.isdigit()]
        return [(record.encode(),) if qtype in ("TXT", "SPF") else record.rstrip(".") for record in found]
