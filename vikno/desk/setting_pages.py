"""All pages of settings: what each is for, who may see it, and finding one by words of any of the three languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy

from vikno.core.models import LANGUAGES
from vikno.core.text import fold
from vikno.desk.face import DeskRequest
from vikno.staff.access import Viewer
from vikno.staff.rights import Right, may

MINE, PEOPLE, REQUESTS, COMPANY, MACHINE = "mine", "people", "requests", "company", "machine"
GROUPS: dict[str, Any] = {
    MINE: gettext_lazy("My own"),
    PEOPLE: gettext_lazy("People and teams"),
    REQUESTS: gettext_lazy("What requests are ordered by"),
    COMPANY: gettext_lazy("Company"),
    MACHINE: gettext_lazy("How it runs"),
}


@dataclass(frozen=True, slots=True)
class Page:
    """One page: the name of its address, its title, what it is for; `rights`: any of these lets one in (none: all)."""

    key: str
    group: str
    icon: str
    title: Any
    lead: Any
    rights: tuple[Right, ...] = ()
    address: str = ""

    @property
    def url(self) -> str:
        return reverse(self.address or f"desk:{self.key}")


OWNERS = (Right.SETTINGS,)
PAGES = (
    Page("settings", MINE, "user-round", gettext_lazy("My settings"),
         gettext_lazy("Name, language, time zone, colours, keys, signature, signing in.")),
    Page("notices", MINE, "bell", gettext_lazy("Notices"),
         gettext_lazy("What you are told of, in the page and by mail.")),
    Page("staff", PEOPLE, "users", gettext_lazy("People"), gettext_lazy("Colleagues, their roles, invitations."),
         (Right.STAFF, Right.INVITE)),
    Page("teams", PEOPLE, "building-2", gettext_lazy("Teams"),
         gettext_lazy("Who answers for requests, who may read them, signatures of teams, reopening."),
         (Right.STAFF, Right.TEAM)),
    Page("statuses", REQUESTS, "list", gettext_lazy("Statuses"),
         gettext_lazy("How far a request is: names, stages, order, and the word that customers read."), OWNERS),
    Page("categories", REQUESTS, "shapes", gettext_lazy("Categories"),
         gettext_lazy("What requests are about, and which of these are matters of an account."), OWNERS),
    Page("types", REQUESTS, "file-text", gettext_lazy("Types"),
         gettext_lazy("What kind of request it is: question, fault, complaint."), OWNERS),
    Page("priorities", REQUESTS, "flag", gettext_lazy("Priorities"), gettext_lazy("How urgent requests are."), OWNERS),
    Page("word_tags", REQUESTS, "tag", gettext_lazy("Tags"),
         gettext_lazy("Free words on requests: names, colours, and making two into one."), OWNERS),
    Page("fields", REQUESTS, "table-2", gettext_lazy("Custom fields"),
         gettext_lazy("What else is asked of requests, of whom, when it is required, and whether customers see it."),
         OWNERS),
    Page("customer_fields", REQUESTS, "contact", gettext_lazy("Fields of customers"),
         gettext_lazy("Custom fields of customers and organisations, and which of them stand beside requests."),
         OWNERS),
    Page("company", COMPANY, "building-2", gettext_lazy("Company"),
         gettext_lazy("Name of the company, its language and its time zone."), OWNERS),
    Page("appearance", COMPANY, "palette", gettext_lazy("Appearance"),
         gettext_lazy("Name and language that customers see, the sender of letters, colour and logo."), OWNERS),
    Page("channels", COMPANY, "plug", gettext_lazy("Channels"),
         gettext_lazy("Mailboxes and other ways in: servers, addresses, signing, acknowledgements."), OWNERS),
    Page("keeping", COMPANY, "archive", gettext_lazy("Data retention"),
         gettext_lazy("How long letters, requests and files are kept."), OWNERS, "care:keeping"),
    Page("security", COMPANY, "lock", gettext_lazy("Signing in"),
         gettext_lazy("How long sessions last, and of whom a second factor is demanded."), OWNERS),
    Page("security_log", COMPANY, "shield-check", gettext_lazy("Security log"),
         gettext_lazy("Who signed in, from where, and what was refused."), (Right.SECURITY_LOG,), "security_log"),
    Page("setting_changes", COMPANY, "history", gettext_lazy("Journal of changes"),
         gettext_lazy("Who changed which setting and when."), OWNERS),
    Page("undone", MACHINE, "triangle-alert", gettext_lazy("Failed jobs"),
         gettext_lazy("What could not be done after several tries, and the search index."), OWNERS),
)  # fmt: skip


def allowed(viewer: Viewer) -> list[Page]:
    """The pages that the viewer may see, in their order."""
    return [page for page in PAGES if not page.rights or any(may(viewer, right) for right in page.rights)]


def tabs(request: DeskRequest, current: str) -> list[tuple[str, str, bool]]:
    """The index of settings, and beside it the pages that stand in one group with the current one."""
    group = next((page.group for page in PAGES if page.key == current), MINE)
    beside = [page for page in allowed(request.desk.viewer) if page.group == group]
    every = (reverse("desk:settings_index"), str(gettext_lazy("All settings")), False)
    return [every, *((page.url, str(page.title), page.key == current) for page in beside)]


def found(viewer: Viewer, words: str) -> list[tuple[str, list[Page]]]:
    """Pages by group in which all these words, or beginnings of words, stand: in any of the three languages."""
    wanted = fold(words).split()
    pages = [page for page in allowed(viewer) if all(one in _said(page) for one in wanted)]
    groups = ((str(word), [page for page in pages if page.group == key]) for key, word in GROUPS.items())
    return [(word, some) for word, some in groups if some]


def named(viewer: Viewer, words: str) -> tuple[list[Page], list[Page]]:
    """Pages whose name these words begin, and those that only speak of them."""
    wanted, spoken = fold(words), [page for _group, some in found(viewer, words) for page in some]
    by_name = [page for page in spoken if any(name.startswith(wanted) for name in _names(page))]
    return by_name, [page for page in spoken if page not in by_name]


def _names(page: Page) -> list[str]:
    names = []
    for language, _name in LANGUAGES:
        with translation.override(language):
            names.append(fold(str(page.title)))
    return names


def _said(page: Page) -> str:
    said = []
    for language, _name in LANGUAGES:
        with translation.override(language):
            said += [str(GROUPS[page.group]), str(page.title), str(page.lead)]
    return fold(" ".join(said))
