"""The settings of a mailbox as the page shows them: first what everybody needs; the rest is folded away."""

from __future__ import annotations

from typing import Any

from babel.numbers import format_decimal
from django.utils import translation
from django.utils.translation import gettext as _

from vikno.channels.email import aliases, signing
from vikno.channels.email.forms import MailboxForm
from vikno.channels.email.models import SigningKey
from vikno.channels.email.own import KIND
from vikno.desk.fields import beside, drawn, folded, heading
from vikno.dialogs.models import Channel
from vikno.dialogs.throttle import limits_of


def fields(form: MailboxForm, servers: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """All fields of the form, in order. `servers`: what was found of the address, for `desk/_servers_found.html`."""
    secret = {"help": _("A password is kept, and never shown. Leave this empty to keep it.")} if form.channel else {}
    usual = {"help": _("Empty: the usual one.")}
    relay = {"help": _("Leave the server empty if Vikno has one for all letters (VIKNO_SMTP_URL).")}
    provider = {"help": _("Google and Microsoft want their own way; their servers need not be named below.")}
    return [
        *drawn(form, "address", address={"kind": "email"}), {"kind": "servers", "said": servers},
        *drawn(form, "other_addresses", other_addresses={"help": _other_addresses(form.channel)}),
        *beside(drawn(form, "name", "team")),
        *drawn(form, "sign_in", sign_in=provider),
        heading(_("Where letters are read")),
        *drawn(form, "imap_host",
               imap_host={"help": _("Such as imap.firm.com. Leave it empty if a mail server hands letters to Vikno.")}),
        *beside(drawn(form, "imap_port", "imap_security", imap_port=usual)),
        *beside(drawn(form, "imap_user", "imap_password", imap_password=secret)),
        *folded(_("More about reading"), _reading(form)),
        heading(_("Where answers leave")),
        *drawn(form, "smtp_host", smtp_host=relay),
        *beside(drawn(form, "smtp_port", "smtp_security", smtp_port=usual)),
        *beside(drawn(form, "smtp_user", "smtp_password", smtp_password=secret)),
        *folded(_("More about answers"), _answers(form)),
        *folded(_("More about signing in through a provider"), _provider(form)),
    ]  # fmt: skip


def _other_addresses(channel: Channel | None) -> str:
    usual = _(
        "Such as sales@firm.com, if its letters come into this mailbox too. A team may stand behind the address, as in "
        "“sales@firm.com Sales”: what is written there begins with that team. No answer ever goes to any of them."
    )
    found = aliases.perhaps(channel) if channel else []
    if not found:
        return usual
    words = _("Letters that came were also written to %(addresses)s. If that is this mailbox, add it here.")
    return f"{usual} {words % {'addresses': ', '.join(found)}}"


def _reading(form: MailboxForm) -> list[dict[str, Any]]:
    found = {"help": _("Leave it empty: Vikno finds it by itself.")}
    days = {"help": _("Empty: it stays there for good.")}
    junk = {
        "help": _("They are held until somebody lets them in. Off: nothing of it is read, as the provider sorted it.")
    }
    sent = {"help": _("They join their request as answers. Off: only what is written in Vikno is an answer here.")}
    return drawn(
        form, "imap_protocol", "imap_folder", "imap_more_folders", "imap_take_junk", "imap_junk_folder",
        "imap_take_sent", "imap_sent_folder", "imap_after", "imap_move_to", "imap_days_on_server", "imap_first_days",
        "max_mb", imap_take_junk=junk, imap_junk_folder=found, imap_take_sent=sent, imap_sent_folder=found,
        imap_days_on_server=days,
        max_mb={"help": _("Larger ones are held, with their beginning. Empty: 35.")},
    )  # fmt: skip


def _answers(form: MailboxForm) -> list[dict[str, Any]]:
    quote = {"help": _("Whoever writes may choose otherwise for one answer, and sees it before it leaves.")}
    tag = {"help": _("Requests find their answers without it, too.")}
    usual = limits_of(KIND, _without_limits(form))
    pace = {
        "help": _("Others wait for their turn. Empty: %(most)s; 0: without limit.") % {"most": number(usual.minute)}
    }
    words = {"most": number(usual.day)}
    day = {
        "help": _("What is beyond waits and says so. Empty: %(most)s, as this provider allows; 0: without limit.")
        % words
        if usual.day
        else _("What is beyond waits and says so. Providers allow only so many. Empty: without limit.")
    }
    copy = {"help": _("Google and Microsoft do that by themselves.")}
    page = {"help": _("The letter carries the address of that page; it ends after 30 days. Empty: 15.")}
    return drawn(
        form, "sender", "quote", "subject_tag", "copy_to_sent", "plus", "link_above_mb", "limit_per_minute",
        "limit_per_day", quote=quote, subject_tag=tag, limit_per_minute=pace, limit_per_day=day, link_above_mb=page,
        copy_to_sent=copy,
    )  # fmt: skip


def _without_limits(form: MailboxForm) -> dict[str, Any]:
    """The settings of the mailbox without what was set as a limit: what holds then is what the provider allows."""
    known = form.channel.settings if form.channel else {}
    return {name: value for name, value in known.items() if not name.startswith("limit_per")}


def _provider(form: MailboxForm) -> list[dict[str, Any]]:
    tenant = {"help": _("Empty: any. Companies that allow their own alone find it as “Directory (tenant) ID”.")}
    own = {"help": _("Only for another provider than Google and Microsoft.")}
    return drawn(
        form, "sign_in_tenant", "sign_in_authorize_url", "sign_in_token_url", "sign_in_scope", sign_in_tenant=tenant,
        sign_in_authorize_url=own, sign_in_token_url=own, sign_in_scope=own,
    )  # fmt: skip


def number(value: int) -> str:
    """A number as it is written in the reader's language."""
    return str(format_decimal(value, locale=translation.get_language() or "en"))


def checked_words(checked: dict[str, int], at: str) -> dict[str, str]:
    """What the last comparison of a folder found: tone and words."""
    if not checked or not at:
        return {"tone": "", "text": _("Not compared yet; this is done once a day.")}
    there, lost = number(checked.get("in_mailbox", 0)), checked.get("missing", 0) - checked.get("taken", 0)
    if lost:
        words = _("Checked %(time)s: %(there)s letters on the server, %(lost)s of them could not be fetched.")
        return {"tone": "danger", "text": words % {"time": at, "there": there, "lost": number(lost)}}
    if checked.get("missing"):
        words = _("Checked %(time)s: %(there)s letters on the server, %(late)s were missing here and are here now.")
        return {"tone": "warn", "text": words % {"time": at, "there": there, "late": number(checked["missing"])}}
    words = _("Checked %(time)s: %(there)s letters on the server, all here.")
    return {"tone": "ok", "text": words % {"time": at, "there": there}}


def dns_lines(channel: Channel, key: SigningKey) -> list[dict[str, str]]:
    """The lines to copy into the DNS, each with what the DNS said when it was asked last."""
    address = channel.addresses.order_by("-default", "id").values_list("address", flat=True).first() or ""
    titles = {
        "dkim": _("The signature (DKIM): proves that a letter is yours and was not changed"),
        "spf": _("Who may send for your domain (SPF). If there is such a line already, add only the middle part to it"),
        "dmarc": _("What others do with letters that only pretend to be yours (DMARC)"),
    }
    said = {
        "ok": ("ok", _("Found")), "missing": ("warn", _("Not found yet")), "wrong": ("danger", _("Another value")),
        "several": ("danger", _("There is more than one such line")),
        "without": ("warn", _("Found without this part: add it, unless another part of it covers your mail server")),
        "": ("", _("Not asked yet")),
    }  # fmt: skip
    found = []
    for one in signing.lines(channel, key, address):
        tone, word = said[key.checked.get(one.purpose, "")]
        found.append({"title": titles[one.purpose], "name": one.name, "value": one.value, "tone": tone, "word": word})
    return found
