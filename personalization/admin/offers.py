"""Offers: list and form, the segment builder for audiences in it."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.functional import lazy
from django.utils.translation import gettext, gettext_lazy

from core.forms.moments import MomentField, moment_said
from core.forms.numbers import typed
from core.text.formats import UNKNOWN, number_shown
from personalization.admin.experiences.audience import AudienceForm, audience_said
from personalization.admin.experiences.rows import RowAdmin
from personalization.admin.numbers import TypedField, WholeField
from personalization.editing.rows import Saved
from personalization.models import Offer
from personalization.offers.checking import check_offer
from personalization.offers.definition import OfferSays
from personalization.offers.saving import save_offer
from personalization.offers.words import value_said

NUMBERS = ("value", "priority", "budget", "max_per_customer", "min_margin")


def _unit() -> str:
    text = gettext(
        "Per cent, an amount in %(currency)s or points, as the kind is; free shipping and early "
        "access have none."
    )
    return text % {"currency": settings.BASE_CURRENCY}


class OfferForm(AudienceForm):
    """All of an offer."""

    own_fields = ("starts_at", "ends_at")
    starts_at = MomentField(label=gettext_lazy("From"), required=False)
    ends_at = MomentField(
        label=gettext_lazy("Until"),
        required=False,
        help_text=gettext_lazy("This instant is not included."),
    )

    value = TypedField(label=gettext_lazy("Value"), required=False, help_text=lazy(_unit, str)())
    priority = WholeField(
        label=gettext_lazy("Priority"),
        help_text=gettext_lazy("Of several offers the lowest is given, then the first code."),
    )
    budget = TypedField(
        label=gettext_lazy("Budget"),
        required=False,
        help_text=gettext_lazy("In the base currency, of all customers together. Empty: no end."),
    )
    max_per_customer = WholeField(
        label=gettext_lazy("Times per customer"),
        required=False,
        help_text=gettext_lazy("Empty: as often as they like."),
    )
    min_margin = TypedField(
        label=gettext_lazy("Least margin"),
        required=False,
        help_text=gettext_lazy("The share of the price that has to be left: 0.2 is a fifth."),
    )

    class Meta:
        model = Offer
        fields = ("code", "kind", "legal_basis", "is_active", *NUMBERS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in NUMBERS:
            number = getattr(self.stored or Offer(), name)
            self.initial[name] = "" if number is None else typed(number)

    def says(self) -> OfferSays:
        data = self.cleaned_data
        plain = ("kind", "legal_basis", "is_active", *NUMBERS)
        return OfferSays(
            audience=self.audience(),
            starts_at=moment_said(self, "starts_at", self.stored),
            ends_at=moment_said(self, "ends_at", self.stored),
            **{name: data[name] for name in plain},
        )

    def row(self) -> Offer:
        return self.stored or Offer(code=self.cleaned_data["code"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            self.check_says(check_offer)
        return data


@admin.register(Offer)
class OfferAdmin(RowAdmin):
    """Where merchants say what is given to whom, and by which right."""

    form = OfferForm
    change_form_template = "admin/personalization/experiences/variant_form.html"
    list_display = ["code", "kind", "value_of", "audience_of", "priority", "budget_of", "is_active"]
    list_filter = ["kind", "is_active"]
    search_fields = ["code__contains"]

    @admin.display(description=gettext_lazy("Value"), ordering="value")
    def value_of(self, row: Any) -> str:
        return value_said(row)

    @admin.display(description=gettext_lazy("Budget"), ordering="budget")
    def budget_of(self, row: Any) -> str:
        if row.budget is None:
            return UNKNOWN
        return f"{number_shown(row.budget)} {settings.BASE_CURRENCY}"

    @admin.display(description=gettext_lazy("For"))
    def audience_of(self, row: Any) -> str:
        return audience_said(row.audience)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        about = ["code", "kind", "value", "is_active"]
        if obj is not None and not self.has_change_permission(request, obj):
            return [(None, {"fields": [*about, "legal_basis", "audience_of", "priority"]})]
        limits = ["budget", "max_per_customer", "min_margin"]
        return [
            (None, {"fields": [*about, "legal_basis"]}),
            (
                gettext_lazy("Who gets it"),
                {"fields": ["audience_kind", "segment_codes", "conditions"]},
            ),
            (gettext_lazy("When"), {"fields": ["starts_at", "ends_at"]}),
            (gettext_lazy("How much of it"), {"fields": limits}),
            (gettext_lazy("Beside others"), {"fields": ["priority", "opened_version"]}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is None:
            return []
        return ["code"] if self.has_change_permission(request, obj) else ["code", "audience_of"]

    def stored(self, form: Any, author: User) -> Saved:
        return save_offer(form.row(), form.says(), author=author)
