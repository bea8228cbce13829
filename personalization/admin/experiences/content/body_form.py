"""The body of a piece of content as fields of a form, whatever its keys are."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.problems import Problem
from core.resources.admin import ResourceForm
from personalization.admin.experiences.fields import JsonField
from personalization.admin.experiences.rows_field import RowColumn, RowsField
from personalization.admin.experiences.suggested import SKU, AskedFor
from personalization.admin.experiences.texts import LinesField, text_field

PREFIX = "body_"
# The keys that most bodies have, each of which has a field of its own.
KNOWN = ("title", "text", "link", "image", "author", "sku")
MORE = (
    RowColumn("name", gettext_lazy("Name"), most=255),
    RowColumn("value", gettext_lazy("Value")),
)


class BodyForm(ResourceForm):
    """A form of a row with a body: texts by name, and what else another system has put there."""

    body_title = text_field(gettext_lazy("Title"))
    body_text = text_field(gettext_lazy("Text"), kind=LinesField)
    body_link = text_field(
        gettext_lazy("Link"), gettext_lazy("Where it leads: the article, or the film.")
    )
    body_image = text_field(
        gettext_lazy("Image"), gettext_lazy("A path, such as /media/gifts.jpg.")
    )
    body_author = text_field(gettext_lazy("Author"))
    body_sku = text_field(
        gettext_lazy("Product"),
        gettext_lazy(
            "Of social proof the SKU of the product whose customers of 30 days are counted; with "
            "fewer than 10 of them it is not shown."
        ),
        widget=AskedFor(SKU),
    )
    body_more = RowsField(
        MORE,
        label=gettext_lazy("More"),
        help_text=gettext_lazy("Whatever else the storefront is given, by its name."),
    )
    body_json = JsonField(
        label=gettext_lazy("And as JSON"),
        help_text=gettext_lazy("Another system has written what is no text: it is kept as it is."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known, more, rest = _parts(self.stored.body if self.stored else {})
        for name, text in known.items():
            self.initial[f"{PREFIX}{name}"] = text
        self.initial["body_more"] = [{"name": name, "value": text} for name, text in more.items()]
        if rest:
            self.initial["body_json"] = rest
        else:
            self.fields.pop("body_json", None)

    def body(self) -> dict[str, Any]:
        """Return the body that the form says."""
        data = self.cleaned_data
        known = {name: text for name in KNOWN if (text := data.get(f"{PREFIX}{name}"))}
        more = {row["name"]: row["value"] for row in data.get("body_more") or ()}
        return {**known, **more, **(data.get("body_json") or {})}

    def document(self) -> dict[str, Any]:
        return {**super().document(), "body": self.body()}

    def document_field_of(self, name: str) -> str:
        return "body" if name.startswith(PREFIX) else super().document_field_of(name)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        used = {name for name in KNOWN if data.get(f"{PREFIX}{name}")}
        for index, row in enumerate(data.get("body_more") or ()):
            name = row["name"]
            if not name.strip():
                self._say(index, _("It needs a name."))
            elif name in KNOWN:
                self._say(index, _("There is a field of this name above."))
            elif name in used:
                self._say(index, _("This name stands there twice."))
            used.add(name)
        if twice := sorted(used & set(data.get("body_json") or {})):
            text = _("“%(name)s” stands above as well.")
            self.add_error("body_json", text % {"name": twice[0]})
        return super().clean()

    def report(self, problem: Problem) -> None:
        if problem.path == "body":
            self.add_error("body_json" if "body_json" in self.fields else None, problem.message)
        else:
            super().report(problem)

    def _say(self, index: int, message: str) -> None:
        field: forms.Field = self.fields["body_more"]
        assert isinstance(field, RowsField)
        self.add_error("body_more", field.said_of(index, "name", message))


def body_fields(stored: Mapping[str, Any]) -> list[str]:
    """Return the names of the fields that the form of a stored body has, in their order."""
    has_rest = bool(_parts(stored)[2])
    return [
        name
        for name in BodyForm.base_fields
        if name.startswith(PREFIX) and (has_rest or name != "body_json")
    ]


def _parts(body: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str], dict[str, Any]]:
    """Return the texts of a body that have fields, those that are rows, and all the rest."""
    known: dict[str, str] = {}
    more: dict[str, str] = {}
    rest: dict[str, Any] = {}
    for name, value in body.items():
        is_of_lines = name == "text"
        if not isinstance(value, str) or not value or not _is_shown(value, lines=is_of_lines):
            rest[name] = value
        elif name in KNOWN:
            known[name] = value
        elif name.strip() and _is_shown(name):
            more[name] = value
        else:
            rest[name] = value
    return known, more, rest


def _is_shown(text: str, *, lines: bool = False) -> bool:
    """Return whether a browser gives back such a text as it is, of one line or of several."""
    return "\r" not in text and (lines or "\n" not in text)
