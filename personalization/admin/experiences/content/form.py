"""The content fields of a form: the type of content, and the fields of that type."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.forms.widgets import Script
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.problems import Problem
from personalization.admin.experiences.content.stored_fields import (
    AS_JSON,
    BLOCK_LABELS,
    BLOCKS,
    KIND_LABELS,
    LIST_LABELS,
    PREFIX,
    USES,
    content_of,
    field_of,
    fields_of,
)
from personalization.admin.experiences.fields import JsonField
from personalization.admin.experiences.rows_field import Row, RowColumn, RowsField
from personalization.admin.experiences.suggested import CATEGORY, SKU, AskedFor
from personalization.admin.experiences.texts import LinesField, text_field
from personalization.admin.numbers import WholeField
from personalization.experiences.content.kinds import MOST_ITEMS, MOST_LINKS
from personalization.models import ContentType

PLACEHOLDERS = gettext_lazy(
    "May say {first_name|there}, {segment|our best} or {top_interest|all we have}: the name, the "
    "segment or the favorite category of the customer, and what stands behind the bar where that "
    "is not known."
)
SAME_PLACEHOLDERS = gettext_lazy("May have the same placeholders as the text.")
LINK_HELP = gettext_lazy("Such as /sale, or the address of a page of your storefronts.")
COUNT_HELP = gettext_lazy("How many, from 1 to 50; left empty: none.")
# The type of content that is complete with the fewest fields.
USUAL_CONTENT = "text"
LINKS = (
    RowColumn("label", gettext_lazy("Label"), most=255),
    RowColumn("link", gettext_lazy("Link"), most=2_000),
)
PRODUCTS = (
    RowColumn("list", gettext_lazy("List"), tuple(LIST_LABELS.items())),
    RowColumn("count", gettext_lazy("How many"), whole=(1, MOST_ITEMS)),
)


class _Count(WholeField):
    def __init__(self, label: Any, help_text: Any = COUNT_HELP) -> None:
        super().__init__(label=label, required=False, help_text=help_text)
        self.widget.attrs |= {"inputmode": "numeric", "size": 6}


# Messages of this form for problems whose usual messages are about the content's JSON.
SAID = {
    ("blocks", "invalid"): gettext_lazy("Say how many of at least one kind."),
    ("types", "required"): gettext_lazy("Choose at least one list."),
    ("items", "required"): gettext_lazy("Add at least one entry."),
    ("items", "invalid"): format_lazy(gettext_lazy("At most {most} entries."), most=MOST_LINKS),
}


class ShowingFields(forms.Form):
    """A form of a row with content, which is stored in the column `shows`."""

    stored: Any
    shows = "content"

    content_type = forms.ChoiceField(label=gettext_lazy("Type of content"), required=False)
    content_title = text_field(gettext_lazy("Title"), SAME_PLACEHOLDERS)
    content_text = text_field(gettext_lazy("Text"), PLACEHOLDERS, LinesField)
    content_image = text_field(
        gettext_lazy("Image"), gettext_lazy("A path, such as /media/hero.jpg.")
    )
    content_link = text_field(gettext_lazy("Link"), LINK_HELP)
    content_count = _Count(
        gettext_lazy("How many of the shopper’s offers"),
        gettext_lazy(
            "From 0 to 5 of the offers that are for the customer, the first of them. Left empty: "
            "5, but none beside entries of your own."
        ),
    )
    content_items = RowsField(
        LINKS,
        label=gettext_lazy("Entries"),
        help_text=gettext_lazy("A label may have the same placeholders as a text."),
    )
    content_lists = RowsField(
        PRODUCTS,
        label=gettext_lazy("Lists of products"),
        help_text=gettext_lazy("In this order; a product stands in the first of them alone."),
    )
    content_sku = text_field(
        gettext_lazy("Product"),
        gettext_lazy(
            "The SKU that “similar” and “bought together” are about. Left empty: what the customer "
            "viewed last, and what is in the cart."
        ),
        widget=AskedFor(SKU),
    )
    content_category = text_field(
        gettext_lazy("Category"),
        gettext_lazy("The code of the category of what is trending; left empty: all."),
        widget=AskedFor(CATEGORY),
    )
    content_blocks_blog_article = _Count(BLOCK_LABELS[ContentType.BLOG_ARTICLE])
    content_blocks_video = _Count(BLOCK_LABELS[ContentType.VIDEO])
    content_blocks_social_proof = _Count(BLOCK_LABELS[ContentType.SOCIAL_PROOF])
    content_blocks_user_generated = _Count(BLOCK_LABELS[ContentType.USER_GENERATED])
    content_json = JsonField(
        label=gettext_lazy("Content"),
        help_text=gettext_lazy(
            "Another system has written something that the fields of this form have no place for: "
            "it is shown as JSON. Choose another type to write it anew."
        ),
    )

    class Media:
        js = [Script("personalization/content_form.js", type="module")]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = getattr(self.stored, self.shows) if self.stored else {}
        values = fields_of(stored)
        for name, value in values.items():
            self.initial[f"{PREFIX}{name}"] = value
        if values["type"] != AS_JSON:
            self.fields.pop("content_json", None)
        if "content_type" in self.fields:
            kinds: list[tuple[str, Any]] = [("", _("nothing")), *KIND_LABELS.items()]
            if values["type"] == AS_JSON:
                kinds.append((AS_JSON, _("as another system wrote it")))
            field = self.fields["content_type"]
            field.choices = kinds  # type: ignore[attr-defined]
            uses = {kind: [f"{PREFIX}{name}" for name in names] for kind, names in USES.items()}
            field.widget.attrs["data-uses"] = json.dumps(uses)

    def content(self) -> dict[str, Any]:
        """Return the content that the form says."""
        data = self.cleaned_data
        values = {name.removeprefix(PREFIX): data.get(name) for name in CONTENT_FIELDS}
        return content_of(data.get("content_type", ""), values)

    def document(self) -> dict[str, Any]:
        """Return the document of the resource from the form."""
        return {**super().document(), self.shows: self.content()}  # type: ignore[misc]

    def document_field_of(self, name: str) -> str:
        """Return the field of the document that the form's field `name` is about."""
        if name in ShowingFields.base_fields:
            return self.shows
        return str(super().document_field_of(name))  # type: ignore[misc]

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        used = {f"{PREFIX}{name}" for name in USES.get(data.get("content_type", ""), ())}
        for name in CONTENT_FIELDS:
            # The script leaves out the fields that the chosen type does not have.
            if name not in {"content_type", "content_json", *used} and data.get(name) not in (
                *("", None),
                [],
            ):
                text = _("The chosen type has no such field: empty it, or choose another type.")
                self.add_error(name, text)
        self._check_twice(data.get("content_lists") or [])
        return super().clean() or data

    def _check_twice(self, rows: Sequence[Row]) -> None:
        field = self.fields.get("content_lists")
        names = [row["list"] for row in rows]
        for index, name in enumerate(names):
            if name in names[:index] and isinstance(field, RowsField):
                said = field.said_of(index, "list", _("This list stands there twice."))
                self.add_error("content_lists", said)

    def report(self, problem: Problem) -> None:
        column, _point, path = problem.path.partition(".")
        if column != self.shows:
            super().report(problem)  # type: ignore[misc]
            return
        field, row, name = field_of(path) if path else ("type", None, "")
        if self.cleaned_data.get("content_type") == AS_JSON:
            self.add_error(
                "content_json", f"{path}: {problem.message}" if path else problem.message
            )
            return
        if path == "blocks" and self.errors.keys() & USED_BLOCKS:
            return  # A number was entered, but an invalid one, which has its own error.
        chosen = self.fields.get(f"{PREFIX}{field}")
        if row is not None and isinstance(chosen, RowsField):
            self.add_error(f"{PREFIX}{field}", chosen.said_of(row, name, problem.message))
        else:
            said = str(SAID.get((path, problem.code)) or problem.message)
            self.add_error(f"{PREFIX}{field}" if chosen else None, said)


USED_BLOCKS = [f"{PREFIX}{name}" for name in BLOCKS]
CONTENT_FIELDS = [name for name in ShowingFields.base_fields if name.startswith(PREFIX)]


def content_fields(stored: Mapping[str, Any]) -> list[str]:
    """Return the names of the fields that the form of stored content has, in their order."""
    is_json = fields_of(stored)["type"] == AS_JSON
    return [name for name in CONTENT_FIELDS if is_json or name != "content_json"]
