"""The form of a segment; `segments.editing.saving` validates it like any other input."""

import json
from textwrap import shorten
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from conditions.errors import InvalidTree
from conditions.parse import parse_tree
from core.access.website_limits import websites_of
from core.forms.texts import is_as_shown, with_newlines
from core.problems import Problem
from segments.admin.builder.conflict import Conflict, conflict_of
from segments.admin.builder.field import BuilderWidget, page_data
from segments.admin.builder.marked_tree import Line, marked_lines, printable
from segments.admin.choices import SearchedChoices
from segments.admin.schedule_field import ScheduleField
from segments.database.concurrency_limit import turn
from segments.editing.saving import InvalidDefinition, VersionConflict, check
from segments.editing.tagging import settled_tags, tags_in
from segments.insight.previews.preview import Preview, preview
from segments.models import RefreshMode, Segment
from segments.rules.definition import Definition, Handling, tags_of

KEYS = (
    *("relation", "first", "last", "rows", "at", "aggregate", "of", "periods"),
    *("attribute", "operator", "value", "times"),
    *("match", "conditions"),
)
# The most customers that a preview lists.
LISTED = 100
# The longest name that is taken from conditions, in characters.
NAME_LENGTH = 100


class SegmentForm(forms.ModelForm[Segment]):
    """The definition and the handling of a segment, with the tree as JSON."""

    conditions = forms.CharField(
        label=gettext_lazy("Conditions"),
        strip=False,
        widget=BuilderWidget,
        help_text=gettext_lazy(
            "The rule tree, as JSON. “Show these customers” says it in words and lists whom it "
            "chooses."
        ),
    )
    refresh_schedule = ScheduleField(
        usual=gettext_lazy("every night"),
        label=gettext_lazy("Schedule"),
        help_text=gettext_lazy(
            "When an automatic segment is refreshed as a whole. Between these times, changed "
            "customers enter and leave all the same."
        ),
    )
    tags = forms.CharField(
        label=gettext_lazy("Tags"),
        required=False,
        help_text=gettext_lazy("Words by which to find it again, with commas between."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    opened_version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    # A form submitted earlier, whose preview the page shows.
    kept: QueryDict | None = None

    class Meta:
        model = Segment
        fields = (
            "name",
            "code",
            "description",
            "is_active",
            "refresh_mode",
            "refresh_schedule",
            "priority",
            "applies_to",
            "websites",
            "customer_groups",
            "conditions",
        )
        widgets = {
            "name": forms.TextInput(attrs={"placeholder": gettext_lazy("Name of the segment")}),
            "description": forms.Textarea(attrs={"rows": 2}),
            "websites": SearchedChoices,
            "customer_groups": SearchedChoices,
        }
        help_texts = {
            "websites": gettext_lazy("None chosen: customers of all websites."),
            "customer_groups": gettext_lazy("None chosen: customers of all groups."),
        }

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(self.kept if data is None else data, *args, **kwargs)
        self.wants_preview = "_preview" in self.data
        self.tree_problems: list[Problem] = []
        self.conflict: Conflict | None = None
        # Set by the page: whether its reader may open the pages of customers.
        self.links_customers = False
        self.is_new_copy = False
        # Cleaning assigns the submitted values to the instance.
        self.stored_conditions = self.instance.conditions if self.instance.pk else None
        if "code" in self.fields:
            self.fields["code"].required = False
            self.fields["code"].help_text = _(
                "The name by which other systems know the segment; it never changes. Left empty, "
                "it is made from the name."
            )
        # A link to the form of a new segment may contain a tree, as text.
        brought = self.initial.get("conditions")
        if self.instance.pk or not isinstance(brought, str):
            self.initial["conditions"] = _as_text(self.instance.conditions)
        for name in ("websites", "customer_groups"):
            if name in self.fields:  # Websites and groups are not added from this form.
                cast(Any, self.fields[name].widget).can_add_related = False
        self.initial["opened_version"] = self.instance.version
        self.initial["tags"] = ", ".join(tags_of(self.instance))
        self._settle_mode()
        # Customers can be listed before the segment has a name, and conditions name a new segment.
        self.may_lack_name = "conditions" in self.fields and (
            self.wants_preview or not self.instance.pk
        )
        if self.may_lack_name and "name" in self.fields:
            self.fields["name"].required = False
            self.fields["name"].widget.attrs["placeholder"] = _("Name (optional)")
        if "conditions" in self.fields:
            cast(BuilderWidget, self.fields["conditions"].widget).page = self._page_data

    def _settle_mode(self) -> None:
        """Offer the allowed modes: a list stays a list, and no other segment becomes one."""
        if "refresh_mode" not in self.fields:  # The form is read-only.
            return
        mode = self.instance.refresh_mode
        if not self.instance.pk:
            mode = self.data.get("refresh_mode") or self.initial.get("refresh_mode") or mode
        field = cast(forms.ChoiceField, self.fields["refresh_mode"])
        if mode == RefreshMode.LIST:
            field.choices = [(RefreshMode.LIST, RefreshMode.LIST.label)]
            field.widget = forms.HiddenInput()
            del self.fields["conditions"]
        else:
            field.choices = [one for one in RefreshMode.choices if one[0] != RefreshMode.LIST]

    def _page_data(self) -> dict[str, Any]:
        return page_data(
            self.instance if self.instance.pk else None,
            saved=self.stored_conditions,
            theirs=self.conflict.theirs.conditions if self.conflict else None,
            problems=self.tree_problems,
            links_customers=self.links_customers,
            is_new_copy=self.is_new_copy,
        )

    def is_valid(self) -> bool:
        """Return False for a form that asks for a preview: it is shown again and not stored."""
        return super().is_valid() and not self.wants_preview

    def definition(self) -> Definition:
        """Return the definition in the form, as far as its fields are valid."""
        data = self.cleaned_data
        return Definition(
            name=data.get("name", ""),
            description=data.get("description", ""),
            # The field itself reports missing conditions.
            conditions=data.get("conditions"),
            websites=tuple(website.code for website in data.get("websites", ())),
            customer_groups=tuple(group.code for group in data.get("customer_groups", ())),
            applies_to=data.get("applies_to", ""),
        )

    def handling(self) -> Handling:
        """Return the handling in the form."""
        data = self.cleaned_data
        return Handling(
            refresh_mode=data["refresh_mode"],
            is_active=data["is_active"],
            priority=data["priority"],
            refresh_schedule=data.get("refresh_schedule", ""),
            tags=tags_in(data.get("tags", "")),
        )

    def clean_description(self) -> str:
        bound = self["description"]
        if is_as_shown(bound):
            return str(bound.initial)
        return with_newlines(self.cleaned_data["description"])

    def clean_tags(self) -> str:
        tags, problems = settled_tags(tags_in(self.cleaned_data["tags"]))
        if problems:
            raise ValidationError([problem.message for problem in problems])
        return ", ".join(tags)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.may_lack_name and not self.wants_preview:
            data["name"] = data.get("name") or _name_of(data.get("conditions"))
        elif self.instance.pk and data.get("conditions") != self.stored_conditions:
            data["name"] = self._name_kept_true(data.get("name", ""), data.get("conditions"))
        try:
            check(self.definition(), segment=self.instance if self.instance.pk else None)
        except InvalidDefinition as error:
            self.tree_problems = error.by_field.pop("conditions", [])
            if self.may_lack_name and not data.get("name"):
                error.by_field.pop("name", None)
            for problem in self.tree_problems:
                self.add_error("conditions", printable(str(problem)))
            for field, problems in error.by_field.items():
                if field in self.fields and field not in self.errors:
                    self.add_error(field, [problem.message for problem in problems])
        self._check_version()
        return data

    def _name_kept_true(self, name: str, conditions: Any) -> str:
        """Return `name`, or that of the new conditions where the stored ones gave it."""
        for language, _label in settings.LANGUAGES:
            with override(language):
                if name and name == _name_of(self.stored_conditions):
                    return _name_of(conditions) or name
        return name

    def _check_version(self) -> None:
        opened = self.cleaned_data.get("opened_version")
        if not self.instance.pk or opened is None:
            return
        stored = Segment.objects.get(pk=self.instance.pk)
        if opened != stored.version:
            self.add_error(None, str(VersionConflict(stored, opened)))
            self.add_error(
                None,
                _(
                    "Both versions stand side by side below, nothing is lost. Saving again "
                    "replaces the newer version by yours; the history keeps both."
                ),
            )
            self.conflict = conflict_of(stored, self.definition())
            data = cast(QueryDict, self.data).copy()
            data["opened_version"] = str(stored.version)
            self.data = data

    def marked_lines(self) -> list[Line]:
        """Return the lines of a refused tree, each with its problems."""
        if not self.tree_problems:
            return []
        return marked_lines(self.data.get("conditions", ""), self.tree_problems)

    def preview(self, user: User) -> Preview | None:
        """Return the preview of the form, where `user` requested one and the form is valid.

        It has the first `LISTED` customers, for users who may see members.

        Raises PreviewFailed where the database fails, and TooMany where `user` gets no turn.
        """
        if not self.wants_preview or self.errors:
            return None
        definition = self.definition()
        with turn(user):
            return preview(
                definition.conditions,
                websites=definition.websites,
                customer_groups=definition.customer_groups,
                applies_to=definition.applies_to,
                segment=self.instance if self.instance.pk else None,
                limit=LISTED if user.has_perm("segments.view_members") else 0,
                allowed_websites=websites_of(user),
            )


def _as_text(tree: Any) -> str:
    """Return a stored tree as text for editing."""
    return json.dumps(_in_reading_order(tree), ensure_ascii=False, indent=2)


def _in_reading_order(node: Any) -> Any:
    # PostgreSQL stores the keys of a JSON column in an order of its own.
    if isinstance(node, list):
        return [_in_reading_order(child) for child in node]
    if not isinstance(node, dict):
        return node
    keys = sorted(node, key=lambda key: KEYS.index(key) if key in KEYS else len(KEYS))
    return {key: _in_reading_order(node[key]) for key in keys}


def _name_of(conditions: Any) -> str:
    """Return the sentence of valid conditions, without its full stop, as a name; else ""."""
    try:
        sentence = parse_tree(conditions).sentence()
    except InvalidTree:
        return ""
    return shorten(sentence.rstrip("."), NAME_LENGTH, placeholder=" …")
