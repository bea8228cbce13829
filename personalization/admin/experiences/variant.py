"""Variants: list and form, the segment builder for audiences in it."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin.moments import MomentField
from customers.json_documents import read_document
from customers.problems import Problem
from personalization.admin.experiences.fields import CONTENT_HELP, CheckedForm, JsonField
from personalization.admin.experiences.rows import RowAdmin
from personalization.audience import is_question
from personalization.experiences.checking import check_variant
from personalization.experiences.definition import VariantSays
from personalization.experiences.saving import Saved, save_variant
from personalization.models import ExperienceVariant
from segments.admin.builder.field import BuilderWidget, page_data
from segments.admin.choices import SearchedChoices
from segments.models import Segment, empty_tree

TREE = "conditions"
KINDS = (
    ("", gettext_lazy("everybody")),
    ("is_one_of", gettext_lazy("who is in one of the segments")),
    ("is_not_one_of", gettext_lazy("who is in none of the segments")),
    ("is", gettext_lazy("who is in the segment")),
    ("is_not", gettext_lazy("who is not in the segment")),
    (TREE, gettext_lazy("who fits the conditions")),
)


class VariantForm(CheckedForm):
    """All of a variant."""

    audience_kind = forms.ChoiceField(label=gettext_lazy("For"), required=False, choices=KINDS)
    segment_codes = forms.MultipleChoiceField(
        label=gettext_lazy("Segments"), required=False, widget=SearchedChoices
    )
    conditions = forms.CharField(
        label=gettext_lazy("Conditions"),
        required=False,
        strip=False,
        widget=BuilderWidget,
        help_text=gettext_lazy("The rule tree, as JSON."),
    )
    context = JsonField(
        label=gettext_lazy("Only in"),
        help_text=gettext_lazy(
            "Values of device, time_of_day, session_type and traffic_source to which it is "
            'limited, as JSON: {"device": ["mobile"]}.'
        ),
    )
    starts_at = MomentField(label=gettext_lazy("From"), required=False)
    ends_at = MomentField(
        label=gettext_lazy("Until"),
        required=False,
        help_text=gettext_lazy("This instant is not included."),
    )
    content = JsonField(label=gettext_lazy("Content"), help_text=CONTENT_HELP)

    class Meta:
        model = ExperienceVariant
        fields = ("placement", "code", "live", "priority", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tree_problems: list[Problem] = []
        row = self.stored or ExperienceVariant()
        audience = row.audience
        codes: list[str] = []
        tree, kind = empty_tree(), ""
        if audience is not None and is_question(audience):
            kind, codes = audience["operator"], audience["segments"]
        elif audience is not None:
            kind, tree = TREE, audience
        self.initial["audience_kind"], self.initial["segment_codes"] = kind, codes
        self.initial[TREE] = json.dumps(tree, ensure_ascii=False, indent=2)
        for name in ("context", "content", "starts_at", "ends_at"):
            self.initial[name] = getattr(row, name)
        if TREE in self.fields:  # Who only reads has no fields.
            self._offer(codes)
            cast(BuilderWidget, self.fields[TREE].widget).page = self._page
        if "priority" in self.fields:
            typed = forms.TextInput(attrs={"inputmode": "numeric"})
            self.fields["priority"].widget = typed

    def _offer(self, codes: Iterable[str]) -> None:
        known = dict(Segment.objects.filter(is_active=True).values_list("code", "name"))
        gone = _("%(code)s (gone or inactive)")
        more = {code: gone % {"code": code} for code in codes if code not in known}
        choices = list((known | more).items())
        self.fields["segment_codes"].choices = choices  # type: ignore[attr-defined]

    def _page(self) -> dict[str, Any]:
        page = page_data(None, saved=None, theirs=None, problems=self.tree_problems)
        empty = _("No condition yet. Add the first one below.")
        caveat = _("Counted by these conditions alone, without time, device and priority.")
        strings = page["strings"] | {"empty": empty}
        return page | {"caveat": caveat, "starters": [], "strings": strings}

    def says(self) -> VariantSays:
        data = self.cleaned_data
        return VariantSays(
            audience=self._audience(),
            context=data["context"],
            live=data["live"],
            priority=data["priority"],
            starts_at=data["starts_at"],
            ends_at=data["ends_at"],
            is_active=data["is_active"],
            content=data["content"],
        )

    def _audience(self) -> Mapping[str, Any] | None:
        data = self.cleaned_data
        kind = data["audience_kind"]
        if kind == TREE:
            tree: Mapping[str, Any] = read_document(data[TREE] or "{}")
            return tree
        return {"operator": kind, "segments": data["segment_codes"]} if kind else None

    def row(self) -> ExperienceVariant:
        data = self.cleaned_data
        return self.stored or ExperienceVariant(placement=data["placement"], code=data["code"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            self.check_says(check_variant)
        return data

    def report(self, problem: Problem) -> None:
        name, _point, path = problem.path.partition(".")
        if name != "audience":
            super().report(problem)
        elif self.cleaned_data["audience_kind"] == TREE:
            self.tree_problems.append(Problem(path, problem.code, problem.message))
            self.add_error(TREE, problem.message)
        else:
            self.add_error("segment_codes", problem.message)


@admin.register(ExperienceVariant)
class VariantAdmin(RowAdmin):
    """Where merchants say what a placement shows, to whom, and when."""

    form = VariantForm
    change_form_template = "admin/personalization/experiences/variant_form.html"
    list_display = [
        "code",
        "placement",
        "audience_of",
        "priority",
        "starts_at",
        "ends_at",
        "is_active",
    ]
    list_filter = ["placement", "is_active", "live"]
    list_select_related = ["placement"]
    search_fields = ["code__contains", "placement__code__contains"]

    @admin.display(description=gettext_lazy("For"))
    def audience_of(self, row: Any) -> str:
        audience = row.audience
        words = dict(KINDS)
        if audience is None:
            return str(words[""])
        if not is_question(audience):
            return str(words[TREE])
        return f"{words[audience['operator']]}: {', '.join(audience['segments'])}"

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        about = ["placement", "code", "is_active"]
        if obj is not None and not self.has_change_permission(request, obj):
            return [(None, {"fields": [*about, "audience_of", "priority"]})]
        return [
            (None, {"fields": about}),
            (gettext_lazy("What it shows"), {"fields": ["content"]}),
            (
                gettext_lazy("Who sees it"),
                {"fields": ["audience_kind", "segment_codes", "live", "conditions"]},
            ),
            (gettext_lazy("When"), {"fields": ["starts_at", "ends_at", "context"]}),
            (gettext_lazy("Beside others"), {"fields": ["priority", "opened_version"]}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is None:
            return []
        if self.has_change_permission(request, obj):
            return ["placement", "code"]
        return ["placement", "code", "audience_of"]

    def stored(self, form: Any, author: User) -> Saved:
        return save_variant(form.row(), form.says(), author=author)
