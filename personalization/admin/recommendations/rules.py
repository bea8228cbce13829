"""Rules about recommendations: list and form, the segment builder for audiences in it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.forms.moments import MomentField
from core.problems import Problem
from core.resources.resource import Saved
from customers.models import Website
from personalization.admin.experiences.audience import AudienceForm, audience_said
from personalization.admin.experiences.rows import RowAdmin
from personalization.admin.experiences.texts import LinesField
from personalization.editing.checking import check
from personalization.editing.definition import CONTEXTS, LISTS, NAMES, Definition
from personalization.editing.missing import unknown_in
from personalization.editing.saving import create_rule, delete_rule, save_rule
from personalization.models import PersonalizationRule

NUMBERS = ("priority", "bought_recently_days", "min_margin", "max_per_category")
CONTEXT_NAMES = {
    "homepage": gettext_lazy("home page"),
    "product_detail_page": gettext_lazy("page of a product"),
    "category": gettext_lazy("page of a category"),
    "cart": gettext_lazy("cart"),
    "email": gettext_lazy("e-mail"),
}
TYPED = tuple(name for name in LISTS if name != "contexts")
ONE_EACH_LINE = gettext_lazy("One in each line. Empty: the rule does not say.")


class CodesField(LinesField):
    """Codes, one in each line; blank lines are none, and what is around a code is its own."""

    def __init__(self, label: Any, help_text: Any = ONE_EACH_LINE) -> None:
        super().__init__(label=label, required=False, strip=False, help_text=help_text)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> Any:
        return tuple(line for line in super().clean(value).split("\n") if line.strip())


class RuleForm(AudienceForm):
    """All of a rule."""

    own_fields = ("starts_at", "ends_at", "website", *LISTS)

    website = forms.ChoiceField(label=gettext_lazy("Website"), required=False)
    contexts = forms.MultipleChoiceField(
        label=gettext_lazy("Only on"),
        required=False,
        choices=[(name, CONTEXT_NAMES[name]) for name in CONTEXTS],
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None chosen: wherever recommendations are shown."),
    )
    starts_at = MomentField(label=gettext_lazy("From"), required=False)
    ends_at = MomentField(
        label=gettext_lazy("Until"),
        required=False,
        help_text=gettext_lazy("This instant is not included."),
    )
    exclude = CodesField(gettext_lazy("Never these products"), gettext_lazy("An SKU in each line."))
    brands = CodesField(gettext_lazy("Only these brands"))
    categories = CodesField(
        gettext_lazy("Only these categories"),
        gettext_lazy(
            "The code of a category in each line, those below it included. Empty: the rule does "
            "not say."
        ),
    )

    class Meta:
        model = PersonalizationRule
        fields = (
            *("code", "name", "is_active", *NUMBERS),
            *("prefer_high_margin", "respect_brand_preferences"),
        )
        help_texts = {
            "bought_recently_days": gettext_lazy(
                "So many days after its purchase nobody is recommended a product among what is "
                "chosen for them. Empty: the rule does not say."
            ),
            "min_margin": gettext_lazy(
                "The share of the price, from 0 to 1, that a product has to leave. What costs an "
                "unknown amount is kept."
            ),
            "max_per_category": gettext_lazy(
                "So many products of one category in a list, 3 where no rule says anything."
            ),
            "priority": gettext_lazy("Of several rules the lowest is heard, then the first code."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in NUMBERS:
            if name in self.fields:
                self.fields[name].widget = forms.TextInput(attrs={"inputmode": "decimal"})
        for name in ("prefer_high_margin", "respect_brand_preferences"):
            if name in self.fields:
                self.fields[name].widget = forms.NullBooleanSelect()
                said = [("unknown", _("the rule does not say")), ("true", _("Yes"))]
                self.fields[name].widget.choices = [*said, ("false", _("No"))]
        if "website" in self.fields:
            known = dict(Website.objects.values_list("code", "name"))
            stored = self.stored.website if self.stored else ""
            if stored and stored not in known:
                known[stored] = _("%(code)s (gone or inactive)") % {"code": stored}
            choices = [("", _("all websites")), *known.items()]
            self.fields["website"].choices = choices  # type: ignore[attr-defined]

    def says(self) -> Definition:
        data = self.cleaned_data
        values = {name: data[name] for name in NAMES if name != "audience"}
        values["contexts"] = tuple(values["contexts"])
        return Definition(**values, audience=self.audience())

    def row(self) -> PersonalizationRule:
        return self.stored or PersonalizationRule(code=self.cleaned_data["code"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            self.check_says(check)
        return data

    def report(self, problem: Problem) -> None:
        name, bracket, rest = problem.path.partition("[")
        if name in TYPED and bracket:
            line = _("Line %(number)d: %(message)s")
            place = {"number": int(rest.partition("]")[0]) + 1, "message": problem.message}
            self.add_error(name, line % place)
        else:
            super().report(problem)


@admin.register(PersonalizationRule)
class RuleAdmin(RowAdmin):
    """Where merchants say what may be recommended."""

    form = RuleForm
    change_form_template = "admin/personalization/experiences/variant_form.html"
    list_display = ["name", "code", "audience_of", "priority", "starts_at", "ends_at", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["code__contains", "name__contains"]

    @admin.display(description=gettext_lazy("For"))
    def audience_of(self, row: Any) -> str:
        return audience_said(row.audience)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        about = ["name", "code", "is_active"]
        if obj is not None and not self.has_change_permission(request, obj):
            return [(None, {"fields": [*about, "audience_of", "priority"]})]
        limits = ["exclude", "bought_recently_days", "brands", "categories", "min_margin"]
        order = ["max_per_category", "prefer_high_margin", "respect_brand_preferences"]
        who = ["audience_kind", "segment_codes", "conditions"]
        return [
            (None, {"fields": about}),
            (gettext_lazy("What may be recommended"), {"fields": limits}),
            (gettext_lazy("In which order"), {"fields": order}),
            (gettext_lazy("For whom"), {"fields": who}),
            (gettext_lazy("Where"), {"fields": ["website", "contexts"]}),
            (gettext_lazy("When"), {"fields": ["starts_at", "ends_at"]}),
            (gettext_lazy("Beside others"), {"fields": ["priority", "opened_version"]}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is None:
            return []
        return ["code"] if self.has_change_permission(request, obj) else ["code", "audience_of"]

    def stored(self, form: Any, author: User) -> Saved:
        says = form.says()
        unknown = tuple(unknown_in(says))
        if form.stored is None:
            code = form.cleaned_data["code"]
            return Saved(create_rule(code, says, author=author), unknown)
        return Saved(save_rule(form.stored, says, author=author), unknown)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        delete_rule(obj, author=request.user)
