"""The pages of statuses, types, priorities, tags and custom fields: they are alike, and differ in what stands here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from vikno.desk import option_lines
from vikno.desk.fields import drawn
from vikno.desk.pages import capped_count
from vikno.journal.acts import Act
from vikno.people.models import CustomField
from vikno.staff.access import Viewer
from vikno.tickets import directory
from vikno.tickets.actions import asking_fields, customer_fields, sorting_words, words
from vikno.tickets.actions.fields import TAG_HUES
from vikno.tickets.actions.words import KINDS, Word, tickets_with
from vikno.tickets.models import Field, Stage, Status, Ticket
from vikno.tickets.queries import tags_to_order

STAGES: dict[str, Any] = {
    Stage.NEW: gettext_lazy("New"), Stage.OPEN: gettext_lazy("Open"), Stage.WAITING: gettext_lazy("Waiting"),
    Stage.CLOSED: gettext_lazy("Closed"),
}  # fmt: skip
_COLOURS = (gettext_lazy("Blue"), gettext_lazy("Green"), gettext_lazy("Amber"), gettext_lazy("Red"),
            gettext_lazy("Violet"), gettext_lazy("Olive"), gettext_lazy("Turquoise"),
            gettext_lazy("Pink"))  # fmt: skip
HUES = list(zip(TAG_HUES, _COLOURS, strict=True))


@dataclass(frozen=True, slots=True)
class Face:
    """What is said and asked on the pages of one kind; `key` names its addresses."""

    key: str
    code: str
    one: Any
    lead: Any
    new: Any
    none: Any
    fields: tuple[str, ...]
    add: Callable[[dict[str, Any], Act], Word]


FACES = {
    one.key: one
    for one in (
        Face(
            "statuses", "status", gettext_lazy("Status"),
            gettext_lazy("How far a request is. Each status belongs to a stage: only the stage decides in which lists "
                         "requests stand, whether clocks run, and what an answer of the customer does."),
            gettext_lazy("New status"), gettext_lazy("No statuses yet"), ("name", "stage", "customer_word"),
            lambda chosen, by: sorting_words.add_status(
                chosen["name"], chosen["stage"], chosen["customer_word"], by=by
            ),
        ),
        Face(
            "types", "type", gettext_lazy("Type"),
            gettext_lazy("What kind of request it is. Agents choose one; lists and searches can ask for it. It changes "
                         "nothing by itself."),
            gettext_lazy("New type"), gettext_lazy("No types yet"), ("name",),
            lambda chosen, by: sorting_words.add_type(chosen["name"], by=by),
        ),
        Face(
            "priorities", "priority", gettext_lazy("Priority"),
            gettext_lazy("How urgent a request is, the most urgent first. Requests begin with the ordinary one. Their "
                         "order is fixed, as lists are sorted by it."),
            gettext_lazy("New priority"), gettext_lazy("No priorities yet"), ("name", "place"),
            lambda chosen, by: sorting_words.add_priority(chosen["name"], above=chosen["place"] == "above", by=by),
        ),
        Face(
            "word_tags", "tag", gettext_lazy("Tag"),
            gettext_lazy("Free words on requests. Agents add them as they go; here they get another name or colour, "
                         "and two that mean the same become one."),
            gettext_lazy("New tag"), gettext_lazy("No tags yet"), ("name", "hue"),
            lambda chosen, by: sorting_words.add_tag(chosen["name"], int(chosen["hue"]), by=by),
        ),
        Face(
            "fields", "field", gettext_lazy("Field"),
            gettext_lazy("What your company wants to know of a request besides: text, number, date, choice, tree, "
                         "contract or a yes or no. Agents fill them in on the page of the request, under Properties."),
            gettext_lazy("New field"), gettext_lazy("No fields yet"), ("name", "kind", "options", "key"),
            lambda chosen, by: asking_fields.add_field(
                chosen["name"], chosen["kind"], key=chosen["key"], options=chosen["options"], by=by
            ),
        ),
        Face(
            "customer_fields", "customer_field", gettext_lazy("Field"),
            gettext_lazy("What your company wants to know of customers or of their organisations besides: text, "
                         "number, date, choice or a yes or no. Agents fill them in on the page of the customer or of "
                         "the organisation, under Details."),
            gettext_lazy("New field"), gettext_lazy("No fields yet"), ("name", "of", "kind", "options", "key"),
            lambda chosen, by: customer_fields.add_field(
                chosen["name"], chosen["kind"], chosen["of"], key=chosen["key"],
                options=[name for (name,) in chosen["options"]], by=by,
            ),
        ),
    )
}  # fmt: skip
FIELD_KINDS: dict[str, Any] = {
    Field.Kind.TEXT: gettext_lazy("Text"), Field.Kind.NUMBER: gettext_lazy("Number"),
    Field.Kind.DATE: gettext_lazy("Date"), Field.Kind.CHOICE: gettext_lazy("Choice"),
    Field.Kind.TREE: gettext_lazy("Tree"), Field.Kind.CONTRACT: gettext_lazy("Contract"),
    Field.Kind.CHECKBOX: gettext_lazy("Yes or no"),
}  # fmt: skip
HOLDERS: dict[str, Any] = {
    CustomField.Of.PERSON: gettext_lazy("Customers"), CustomField.Of.ORGANISATION: gettext_lazy("Organisations"),
}  # fmt: skip


class WordForm(forms.Form):
    """A word and what belongs to its kind; fields of other kinds are taken out."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    stage = forms.ChoiceField(label=gettext_lazy("Stage"), choices=list(STAGES.items()))
    customer_word = forms.CharField(
        label=gettext_lazy("What customers read"), max_length=60, required=False,
        help_text=gettext_lazy("A simpler word for who asked, such as “In progress”. Empty: the name."),
    )  # fmt: skip
    place = forms.ChoiceField(
        label=gettext_lazy("Place"),
        choices=[("above", gettext_lazy("More urgent than all others")),
                 ("below", gettext_lazy("Less urgent than all others"))],
    )  # fmt: skip
    hue = forms.ChoiceField(label=gettext_lazy("Colour"), choices=HUES)
    of = forms.ChoiceField(label=gettext_lazy("Of whom"), choices=list(HOLDERS.items()))
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=list(FIELD_KINDS.items()),
        help_text=gettext_lazy("It stays as it is: values are kept by their kind."),
    )  # fmt: skip
    options = forms.CharField(
        label=gettext_lazy("What can be chosen"), required=False, widget=forms.Textarea, max_length=50_000, strip=False,
        help_text=gettext_lazy("One on each line. More can be added later."),
    )  # fmt: skip
    key = forms.CharField(
        label=gettext_lazy("Name for programs"), max_length=36, required=False,
        help_text=gettext_lazy("By which programs know the field, such as serial_number. Empty: made from the name."),
    )  # fmt: skip

    def __init__(self, data: Any, face: Face, row: Word | None = None) -> None:
        shown = {} if row is None else {name: getattr(row, name, "") for name in face.fields}
        super().__init__(data, initial=shown)
        unasked = {"place"} if row is not None else set()
        for name in [name for name in self.fields if name not in face.fields or name in unasked]:
            del self.fields[name]
        if face.code == "customer_field":
            kinds = [(key, word) for key, word in FIELD_KINDS.items() if key in CustomField.Kind.values]
            self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        if face.code == "field":
            self.fields["options"].help_text = _(
                "One on each line. In a tree, what belongs to another stands below it and further in, or is written as "
                "“Printers / Ink”. More can be added later."
            )

    def clean(self) -> dict[str, Any]:
        """Lines of what can be chosen become the ways to it."""
        found: dict[str, Any] = super().clean() or {}
        typed, kind = found.get("options", ""), found.get("kind", "")
        if "options" not in self.fields or not kind:
            return found
        found["options"] = []
        if typed.strip() and kind not in asking_fields.WITH_OPTIONS:
            self.add_error(
                "options", _("Only a choice and a tree have something to choose. Empty this, or choose one.")
            )
        elif typed.strip():
            try:
                found["options"] = option_lines.read(typed, tree=kind == Field.Kind.TREE)
            except forms.ValidationError as wrong:
                self.add_error("options", wrong)
        return found

    def drawn(self) -> list[dict[str, Any]]:
        return drawn(self, *self.fields)


def known(face: Face, viewer: Viewer) -> QuerySet[Any]:
    """The words of a kind that this viewer may change."""
    return tags_to_order(viewer) if face.code == "tag" else KINDS[face.code].model.objects.all()


def rows(face: Face, viewer: Viewer) -> list[dict[str, Any]]:
    """All words of a kind in their order, those out of use at the end."""
    found = list(known(face, viewer))
    used = _in_order(face, [one for one in found if one.archived_at is None])
    movable = face.code in ("status", "type", "field", "customer_field")
    begins = directory.beginnings(used) if face.code == "status" else {}
    gone = sorted((one for one in found if one.archived_at is not None), key=lambda one: one.name)
    return [
        {
            "id": one.id, "name": one.name, "hue": getattr(one, "hue", None), "stage": getattr(one, "stage", ""),
            "stage_word": STAGES[one.stage] if face.code == "status" else "", "sub": _sub(one, begins),
            "archived": one.archived_at is not None, "edit_url": reverse(f"desk:{face.key}_one", args=[one.id]),
            "up_url": act_url(face, one, "up") if movable and one in _among(used, one)[1:] else "",
            "down_url": act_url(face, one, "down") if movable and one in _among(used, one)[:-1] else "",
            "restore_url": act_url(face, one, "restore") if one.archived_at is not None else "",
        }
        for one in (*used, *gone)
    ]  # fmt: skip


def _among(used: list[Any], row: Word) -> list[Any]:
    """The words in use among which one has its place: fields of customers stand apart from those of organisations."""
    return [one for one in used if one.of == row.of] if isinstance(row, CustomField) else used


def _in_order(face: Face, found: list[Any]) -> list[Any]:
    keys: dict[str, Callable[[Any], Any]] = {
        "priority": lambda one: -one.rank, "tag": lambda one: one.folded,
        "customer_field": lambda one: (one.of != CustomField.Of.PERSON, one.position, one.id),
    }  # fmt: skip
    return sorted(found, key=keys.get(face.code, lambda one: (one.position, one.id)))


def _sub(row: Word, begins: dict[str, Status]) -> str:
    if row.archived_at is not None:
        return _("Out of use")
    if isinstance(row, Field):
        return _rules(row)
    if isinstance(row, CustomField):
        said = [str(HOLDERS[row.of]), str(FIELD_KINDS[row.kind])]
        return " · ".join([*said, _("shown beside requests")] if row.beside else said)
    if isinstance(row, Status):
        if begins.get(row.stage) == row:
            return _("The stage begins with it. Customers read: %(word)s") % {"word": row.customer_word}
        return _("Customers read: %(word)s") % {"word": row.customer_word}
    return ""


def _rules(field: Field) -> str:
    """Kind, where it is asked, and when, in one line."""
    names, said = directory.directory().names, [str(FIELD_KINDS[field.kind])]
    if field.team_id:
        said.append(names["team"].get(field.team_id, ""))
    if field.category_id:
        said.append(names["category"].get(field.category_id, ""))
    when = {Field.Required.OPENING: _("required to open"), Field.Required.CLOSING: _("required to close")}
    if field.required:
        said.append(when[Field.Required(field.required)])
    if field.shown_to_customers:
        said.append(_("shown to customers"))
    return " · ".join(said)


def act_url(face: Face, row: Word, verb: str) -> str:
    return reverse(f"desk:{face.key}_act", args=[row.id, verb])


def lead_of(row: Word) -> str:
    """How many requests have the word, as far as they are counted."""
    count = capped_count(Ticket.objects.filter(tickets_with(row)))
    return _("Requests that have it: %(count)s.") % {"count": count or "0"}


def danger(face: Face, row: Word) -> list[tuple[str, str, str]]:
    """What can be done with a word besides naming it."""
    if row.archived_at is not None:
        found = [(act_url(face, row, "restore"), _("Restore"), _("It is offered again."))]
    elif reason := words.must_not_begin(row):
        return [("", "", reason)]
    else:
        told = _("No longer offered; requests keep it. Can be undone.")
        if isinstance(row, CustomField):
            told = _("No longer asked; what is known stays readable. Can be undone.")
        found = [(act_url(face, row, "archive"), _("Take out of use"), told)]
        if isinstance(row, Status):
            told = _("Requests that come to this stage by themselves get it.")
            found.insert(0, (act_url(face, row, "default"), _("Begin the stage with it"), told))
    if not words.is_used(row):
        told = _("No request has it. This cannot be undone.")
        if isinstance(row, CustomField):
            told = _("Nobody has a value of it. This cannot be undone.")
        found.append((act_url(face, row, "delete"), _("Delete"), told))
    return found


def others(face: Face, row: Word, viewer: Viewer) -> list[tuple[int, str]]:
    """What a word can be merged into: those of its kind that are in use, of a status those of its stage."""
    found = known(face, viewer).filter(archived_at=None).exclude(id=row.id).order_by("name")
    if isinstance(row, Status):
        found = found.filter(stage=row.stage)
    return list(found.values_list("id", "name"))


def merge_lead(row: Word) -> str:
    """What merging a word will do, with the exact number of requests."""
    count = Ticket.objects.filter(tickets_with(row)).count()
    return ngettext(
        "%(count)s request has “%(name)s”. It gets the one that you choose, and “%(name)s” goes out of use. "
        "Nothing moves in lists, and all of it can be undone.",
        "%(count)s requests have “%(name)s”. They get the one that you choose, and “%(name)s” goes out of use. "
        "Nothing moves in lists, and all of it can be undone.",
        count,
    ) % {"count": count, "name": row.name}
