"""Django's forms as the templates of the desk draw them."""

from __future__ import annotations

from typing import Any

from django import forms


def heading(label: str) -> dict[str, Any]:
    """A heading among the fields of `desk/form_page.html`."""
    return {"kind": "heading", "label": label}


def folded(label: str, fields: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Fields that few people need, folded away; open if one of them is wrong."""
    wrong = any(one.get("error") for one in fields)
    return [{"kind": "fold", "label": label, "open": wrong}, *fields, {"kind": "unfold"}]


def beside(fields: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Short fields that belong together, in one row where there is room."""
    return [{"kind": "row"}, *fields, {"kind": "unrow"}]


def drawn(form: forms.Form, *names: str, **more: dict[str, Any]) -> list[dict[str, Any]]:
    """These fields of a form for `desk/form_page.html`. `more` sets keys of single fields, such as their help. What is
    secret is never put into the page."""
    found = []
    for name in names:
        bound = form[name]
        value = "" if _kind(bound.field) in ("password", "file") else bound.value()
        found.append({
            "name": name, "label": bound.label, "kind": _kind(bound.field), "value": "" if value is None else value,
            "help": bound.help_text, "error": " ".join(map(str, bound.errors)), "required": bound.field.required,
            "choices": getattr(bound.field, "choices", ()), **more.get(name, {}),
        })  # fmt: skip
    return found


def _kind(field: forms.Field) -> str:
    if isinstance(field.widget, forms.PasswordInput):
        return "password"
    if isinstance(field, forms.FileField):
        return "file"
    if isinstance(field.widget, forms.Textarea):
        return "textarea"
    kinds = ((forms.BooleanField, "checkbox"), (forms.ChoiceField, "choice"), (forms.IntegerField, "number"),
             (forms.EmailField, "email"))  # fmt: skip
    return next((kind for known, kind in kinds if isinstance(field, known)), "text")


def problems(form: forms.Form) -> dict[str, str]:
    """What is wrong with each field, in words; "" is the whole form."""
    return {("" if name == "__all__" else name): " ".join(map(str, errors)) for name, errors in form.errors.items()}
