"""Offers: list and form, the segment builder for audiences in it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.functional import lazy
from django.utils.translation import gettext, gettext_lazy

from core.forms.numbers import TypedIntegerField
from core.text.formats import UNKNOWN, currency_symbol, money_shown
from personalization.admin.audience import AudienceFields, describe_audience
from personalization.admin.experiences.history import AuditedHistory
from personalization.admin.typed_lines import TypedLinesForm, ValuesField
from personalization.models import Offer
from personalization.offers.resource import OFFERS
from personalization.offers.words import value_with_unit


def _unit() -> str:
    text = gettext(
        "Per cent, an amount in %(currency)s or points, as the kind is; free shipping and early "
        "access have none."
    )
    return text % {"currency": currency_symbol()}


class OfferForm(AudienceFields, TypedLinesForm):
    """All of an offer."""

    resource = OFFERS
    typed_lines = ("categories", "products", "brands")

    categories = ValuesField(
        gettext_lazy("Of these categories"),
        gettext_lazy("The code of a category in each line, those below it included."),
    )
    products = ValuesField(gettext_lazy("Of these products"), gettext_lazy("An SKU in each line."))
    brands = ValuesField(gettext_lazy("Of these brands"), gettext_lazy("A brand in each line."))

    class Meta:
        model = Offer
        fields = (
            *("code", "kind", "legal_basis", "is_active", "starts_at", "ends_at", "value"),
            *("priority", "budget", "max_per_customer", "min_margin", "categories"),
            *("products", "brands"),
        )
        field_classes = dict.fromkeys(("priority", "max_per_customer"), TypedIntegerField)
        labels = {"max_per_customer": gettext_lazy("Times per customer")}
        widgets = {
            "legal_basis": forms.Textarea(attrs={"rows": 2}),
        }
        help_texts = {
            "code": gettext_lazy("Such as birthday-10. The shop knows the offer by it for ever."),
            "legal_basis": gettext_lazy(
                "What allows you to choose customers for it, such as: consent to profiling; "
                "contract of the loyalty programme; legitimate interest."
            ),
            "ends_at": gettext_lazy("The offer ends at this minute."),
            "value": lazy(_unit, str)(),
            "priority": gettext_lazy("Of several offers the lowest is given, then the first code."),
            "budget": gettext_lazy(
                "In the shop’s currency, of all customers together. Empty: no end."
            ),
            "max_per_customer": gettext_lazy("Empty: as often as they like."),
            "min_margin": gettext_lazy(
                "The share of the price that has to be left: 0.2 is a fifth."
            ),
        }


@admin.register(Offer)
class OfferAdmin(AuditedHistory):
    """The admin of offers: their value, audience and limits."""

    resource, form = OFFERS, OfferForm
    change_form_template = "admin/personalization/experiences/variant_form.html"
    empty_text = gettext_lazy(
        "A personal offer is an advantage that a customer sees in your shop: a percentage, points, "
        "free shipping or early access."
    )
    list_display = ["code", "kind", "value_of", "audience_of", "priority", "budget_of", "activity"]
    list_filter = ["kind", "is_active"]
    search_fields = ["code__icontains"]

    @admin.display(description=gettext_lazy("Value"), ordering="value")
    def value_of(self, row: Any) -> str:
        return value_with_unit(row)

    @admin.display(description=gettext_lazy("Budget"), ordering="budget")
    def budget_of(self, row: Any) -> str:
        if row.budget is None:
            return UNKNOWN
        return money_shown(row.budget)

    @admin.display(description=gettext_lazy("For"))
    def audience_of(self, row: Any) -> str:
        return describe_audience(row.audience)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        about = ["code", "kind", "value", "is_active"]
        if obj is not None and not self.has_change_permission(request, obj):
            return [(None, {"fields": [*about, "legal_basis", "audience_of", "priority"]})]
        limits = ["budget", "max_per_customer", "min_margin"]
        folded = {"classes": ["collapse"] if obj is None and request.method != "POST" else []}
        return [
            (None, {"fields": [*about, "legal_basis"]}),
            (
                gettext_lazy("Who gets it"),
                {"fields": ["audience_kind", "segment_codes", "conditions"]},
            ),
            (
                gettext_lazy("What it is about"),
                {
                    "fields": ["categories", "products", "brands"],
                    "description": gettext_lazy(
                        "By this each offer has a score of how well it fits a customer. The offer "
                        "stays for the same customers."
                    ),
                    **folded,
                },
            ),
            (gettext_lazy("When"), {"fields": ["starts_at", "ends_at"], **folded}),
            (
                gettext_lazy("Limits, and order among offers"),
                {"fields": [*limits, "priority", "opened_version"], **folded},
            ),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is None:
            return []
        return ["code"] if self.has_change_permission(request, obj) else ["code", "audience_of"]
