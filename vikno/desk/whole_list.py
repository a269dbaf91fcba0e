"""All tickets of a list as it is shown, also those that the page has not loaded, for an act on all of them. They are
found when they are selected and named one by one from then on, each as it was then: what comes later, to the list or to
one of them, is not meant."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from vikno.desk import batches, lists, seen_marks, table
from vikno.desk.lists import SORTS, Place
from vikno.staff.access import Viewer
from vikno.tickets.models import Ticket


def selected(viewer: Viewer, of: Place, shown: Mapping[str, str]) -> tuple[list[str], str]:
    """The marks (see `seen_marks`) of what stands on a list and the viewer sees, the first `batches.MOST` in the order
    in which it is shown (`shown`: what its address says of that), and words for what is selected. Raises
    TookTooLong."""
    sort = shown.get("sort", "")
    if shown.get("as") == "table":
        ids = table.first(viewer, of, table.order(sort, viewer), batches.MOST + 1)
    else:
        ids = lists.first(viewer, of, SORTS.get(sort, SORTS["newest"]), batches.MOST + 1)
    meant = ids[: batches.MOST]
    words = _("{n} selected: all of this list") if meant == ids else _("{n} selected: the first of this list")
    drawn = Ticket.objects.filter(id__in=meant).values_list("number", "version")
    return [seen_marks.mark(*one) for one in drawn], words.replace("{n}", str(len(meant)))
