"""What was found out about the sender of a letter, in plain words; what each check said behind them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from vikno.dialogs.models import Message
from vikno.tickets.directory import directory


def proof_of(author: str, trust: dict[str, Any]) -> dict[str, Any] | None:
    """The context of the mark beside the sender's address; None where nothing was looked at."""
    if author != Message.Author.CUSTOMER or "proof" not in trust:
        return None
    words = {
        "pass": ("shield-check", "ok", _("The sender's domain confirms this letter.")),
        "fail": ("shield-alert", "danger", _("The sender's address does not match its domain: treat with care.")),
        "unknown": ("circle-question-mark", "", _("It could not be checked whether this is the sender's own letter.")),
    }
    icon, tone, word = words.get(trust["proof"], words["unknown"])
    return {"icon": icon, "tone": tone, "word": word, "loud": trust["proof"] == "fail", "details": _details(trust)}


def _details(trust: dict[str, Any]) -> list[tuple[str, str]]:
    found = [(name, _result(str(trust[code]))) for code, name in _NAMES if trust.get(code)]
    if trust.get("checked_by"):
        found.append((_("Checked by"), str(trust["checked_by"])))
    return found or [(_("Checks"), _("Nobody whom you trust has checked it. An owner can name mail servers to trust."))]


_NAMES = (("spf", "SPF"), ("dkim", "DKIM"), ("dmarc", "DMARC"))


def _result(code: str) -> str:
    words = {
        "pass": _("passed"), "fail": _("failed"), "softfail": _("probably not from there"),
        "neutral": _("the domain says neither yes nor no"), "none": _("the domain sets nothing"),
        "temperror": _("no answer in time"), "permerror": _("the domain's own entry is wrong"),
        "policy": _("not looked at"),
    }  # fmt: skip
    return words.get(code, code)


def spoken_for(trust: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Marks of a letter that somebody else wrote than its From line names."""
    if trust.get("forwarded_by"):
        name = directory().names["agent"].get(trust["forwarded_by"], "") or _("a colleague")
        open_end = _("Nothing shows where this letter ends: its last words may be of %(name)s.") % {"name": name}
        return [
            ("forward", _("forwarded by %(name)s") % {"name": name}, open_end if trust.get("open_end") else ""),
        ]
    return [("file-text", _("from a web form"), "")] if trust.get("form") else []
