"""Recommendation rules: list and form, the segment builder for audiences in it."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.forms.numbers import TypedIntegerField
from core.resources.admin import ResourceAdmin
from customers.models import Website
from personalization.admin.audience import AudienceFields, describe_audience
from personalization.admin.typed_lines import TypedLinesForm, ValuesField
from personalization.models import PersonalizationRule
from personalization.recommend.replies.question import CONTEXTS
from personalization.recommend.resource import RECOMMENDATION_RULES

CONTEXT_NAMES = {
    "homepage": gettext_lazy("home page"),
    "product_detail_page": gettext_lazy("page of a product"),
    "category": gettext_lazy("page of a category"),
    "cart": gettext_lazy("cart"),
    "email": gettext_lazy("e-mail"),
}
TYPED = ("exclude", "brands", "categories")
SWITCHES = ("prefer_high_margin", "respect_brand_preferences")


class SwitchSelect(forms.NullBooleanSelect):
    """Yes, no, or left open by the rule."""

    def __init__(self, attrs: Any = None) -> None:
        super().__init__(attrs)
        self.choices = [
            ("unknown", gettext_lazy("the rule does not say")),
            ("true", gettext_lazy("Yes")),
            ("false", gettext_lazy("No")),
        ]


class RuleForm(AudienceFields, TypedLinesForm):
    """All of a rule."""

    typed_lines = TYPED
    resource = RECOMMENDATION_RULES

    website = forms.ChoiceField(label=gettext_lazy("Website"), required=False)
    contexts = forms.MultipleChoiceField(
        label=gettext_lazy("Only on"),
        required=False,
        choices=[(name, CONTEXT_NAMES[name]) for name in CONTEXTS],
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None chosen: wherever recommendations are shown."),
    )
    exclude = ValuesField(
        gettext_lazy("Never these products"), gettext_lazy("An SKU in each line.")
    )
    brands = ValuesField(
        gettext_lazy("Only these brands"),
        gettext_lazy("One in each line. Empty: the rule does not say."),
    )
    categories = ValuesField(
        gettext_lazy("Only these categories"),
        gettext_lazy(
            "The code of a category in each line, those below it included. Empty: the rule does "
            "not say."
        ),
    )

    class Meta:
        model = PersonalizationRule
        fields = (
            *("code", "name", "is_active", "website", "contexts", "starts_at", "ends_at"),
            *("priority", "bought_recently_days", "min_margin", "max_per_category", "again_share"),
            *(*TYPED, *SWITCHES),
        )
        field_classes = dict.fromkeys(
            ("priority", "bought_recently_days", "max_per_category"), TypedIntegerField
        )
        widgets = dict.fromkeys(SWITCHES, SwitchSelect)
        help_texts = {
            "ends_at": gettext_lazy("This instant is not included."),
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
            "again_share": gettext_lazy(
                "The share, from 0 to 1, of products bought before in personal lists. Empty: as "
                "often as customers buy again, less often on pages of categories, never on pages "
                "of products and in the cart."
            ),
            "priority": gettext_lazy("Of several rules the lowest is heard, then the first code."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "website" in self.fields:
            known = dict(Website.objects.values_list("code", "name"))
            stored = self.instance.website
            if stored and stored not in known:
                known[stored] = _("%(code)s (gone or inactive)") % {"code": stored}
            choices = [("", _("all websites")), *known.items()]
            cast(forms.ChoiceField, self.fields["website"]).choices = choices


@admin.register(PersonalizationRule)
class RuleAdmin(ResourceAdmin):
    """Where merchants say what may be recommended."""

    resource, form = RECOMMENDATION_RULES, RuleForm
    change_form_template = "admin/personalization/experiences/variant_form.html"
    empty_text = gettext_lazy(
        "A rule narrows what is recommended: products left out, only some brands or categories, a "
        "smallest margin."
    )
    list_display = ["name", "code", "audience_of", "priority", "starts_at", "ends_at", "activity"]
    list_filter = ["is_active"]
    search_fields = ["code__icontains", "name__icontains"]

    class Media:
        css = {"all": ["segments/admin.css", "personalization/experiences.css"]}

    @admin.display(description=gettext_lazy("For"))
    def audience_of(self, row: Any) -> str:
        return describe_audience(row.audience)

    def value_in_words(self, name: str, value: Any) -> str:
        if name == "audience":
            return describe_audience(value)
        return super().value_in_words(name, value)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        about = ["name", "code", "is_active"]
        if obj is not None and not self.has_change_permission(request, obj):
            return [(None, {"fields": [*about, "audience_of", "priority"]})]
        limits = ["exclude", "bought_recently_days", "brands", "categories", "min_margin"]
        order = ["again_share", "max_per_category"]
        order += ["prefer_high_margin", "respect_brand_preferences"]
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
