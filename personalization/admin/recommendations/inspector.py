"""The page “Recommendation inspector”: recommended products, reasons, and omitted products."""

from contextlib import nullcontext
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from core.access.personal import PERMISSION
from core.audit import record_look
from core.text.formats import number_shown
from customers.api.people import customer_called
from customers.merging import customer_known_as
from customers.models import AuditSubject, Customer, Product
from personalization.admin.experiences.placements.preview import BY_EMAIL, BY_NUMBER
from personalization.admin.lists.figures import NAMES as ALGORITHM_NAMES
from personalization.admin.recommendations.rules import CONTEXT_NAMES
from personalization.experiences.content.interests import TASTES
from personalization.models import RecommendationVersion
from personalization.recommend.replies.question import CONTEXTS, Question
from personalization.recommend.replies.reply import recommend_products
from personalization.recommend.sources.using import using
from predictions.admin.single_page import OnePage
from predictions.figures.single_computation import turn
from predictions.refusals import Refused

LISTS = {
    "similar": gettext_lazy("Similar"),
    "complementary": gettext_lazy("Bought together"),
    "trending": gettext_lazy("Trending"),
    "personal": gettext_lazy("Personal"),
    "again": gettext_lazy("Buy again"),
    "discover": gettext_lazy("Discover"),
    "popular": gettext_lazy("Popular"),
}
REASONS = {
    "bought_together": gettext_lazy("bought together"),
    "similar_to": gettext_lazy("similar to"),
    "viewed": gettext_lazy("viewed"),
    "trending": gettext_lazy("trending"),
    "popular": gettext_lazy("popular"),
    "new_product": gettext_lazy("new in the shop"),
    "margin": gettext_lazy("margin"),
    "brand": gettext_lazy("brand"),
}
DROPPED = {
    "not_sold": gettext_lazy("No longer sold, or a service"),
    "out_of_stock": gettext_lazy("Out of stock"),
    "excluded": gettext_lazy("Excluded by a rule"),
    "in_context": gettext_lazy("Looked at, or in the cart"),
    "bought_recently": gettext_lazy("Bought lately"),
    "not_in_brand": gettext_lazy("Of other brands"),
    "not_in_category": gettext_lazy("Of other categories"),
    "no_margin": gettext_lazy("Leaves too little margin"),
    "diversity": gettext_lazy("Too many of one category"),
    "duplicate": gettext_lazy("In an earlier list"),
}


class InspectorForm(forms.Form):
    """The customer and the product for which recommendations are inspected."""

    customer = forms.CharField(
        label=gettext_lazy("Customer"), required=False, max_length=255, strip=False
    )
    sku = forms.CharField(
        label=gettext_lazy("Product, by its SKU"),
        required=False,
        max_length=255,
        strip=False,
        help_text=gettext_lazy("Left empty: no product is looked at."),
    )
    context = forms.ChoiceField(
        label=gettext_lazy("On"),
        required=False,
        choices=[("", gettext_lazy("anywhere")), *((one, CONTEXT_NAMES[one]) for one in CONTEXTS)],
    )

    def __init__(self, *args: Any, user: Any) -> None:
        super().__init__(*args)
        self.user, self.may_name = user, user.has_perm(PERMISSION)
        self.fields["customer"].help_text = BY_EMAIL if self.may_name else BY_NUMBER

    def clean_customer(self) -> Customer | None:
        number = self.cleaned_data["customer"]
        found = customer_known_as(number) if number else None
        if number and found is None and self.may_name:
            found = customer_called(number, self.user)
        if number and found is None:
            text = gettext_lazy("There is no customer “%(number)s”.")
            raise forms.ValidationError(text, params={"number": number})
        return found

    def clean_sku(self) -> str | None:
        sku: str = self.cleaned_data["sku"]
        if sku and not Product.objects.filter(sku=sku).exists():
            text = gettext_lazy("There is no product “%(sku)s”.")
            raise forms.ValidationError(text, params={"sku": sku})
        return sku or None


@admin.register(RecommendationVersion)
class InspectorAdmin(OnePage):
    """The lists of a reply with scores, reasons, and how many were left out by which rule."""

    heading = gettext_lazy("Recommendation inspector")
    template = "admin/personalization/recommendations/inspector.html"
    needed = "personalization.view_recommendations"

    def page_context(self, request: HttpRequest) -> dict[str, Any]:
        """Return the context of the template."""
        sent = request.GET if "sku" in request.GET else None
        form = InspectorForm(sent, user=request.user)
        found: dict[str, Any] = {"form": form}
        if sent is None or not form.is_valid():
            return found
        data = form.cleaned_data
        question = Question(
            customer=data["customer"],
            context=data["context"] or None,
            sku=data["sku"],
            is_explained=True,
        )
        if data["customer"] is not None:
            number = data["customer"].external_id
            record_look(request.user, AuditSubject.CUSTOMER, number, "recommendations")
        try:
            with turn() if using(None).is_computed else nullcontext():
                reply = recommend_products(question, TASTES)
        except Refused as error:
            return found | {"refused": str(error)}
        algorithm = reply["model"]["algorithm"]
        found |= {"algorithm": ALGORITHM_NAMES.get(algorithm, algorithm)}
        return found | {"reply": reply, "lists": _lists(reply), "dropped": _dropped_counts(reply)}


def _lists(reply: dict[str, Any]) -> list[tuple[Any, list[dict[str, Any]]]]:
    """Return each list with its name, its items with reasons in words."""
    return [
        (
            _name(one["type"], reply),
            [
                item | {"score": number_shown(round(Decimal(item["score"]), 2)), "why": _why(item)}
                for item in one["items"]
            ],
        )
        for one in reply["lists"]
    ]


def _name(kind: str, reply: dict[str, Any]) -> Any:
    if kind in {"personal", "discover"} and reply["served"] == "popular":
        return gettext_lazy("Popular, in place of personal ones")
    return LISTS[kind]


def _why(item: dict[str, Any]) -> list[tuple[Any, str, str]]:
    """Return each reason with its SKU and figure; "" for one that is the whole score again."""
    return [
        (
            REASONS[reason["code"]],
            reason.get("sku", ""),
            "" if reason["value"] == item["score"] else _format_figure(reason["value"]),
        )
        for reason in item["reasons"]
    ]


def _format_figure(figure: str) -> str:
    return number_shown(Decimal(figure))


def _dropped_counts(reply: dict[str, Any]) -> list[tuple[Any, int]]:
    """Return why products were left out, and how many, in the order of the rules."""
    return [
        (name, reply["dropped"][code]) for code, name in DROPPED.items() if code in reply["dropped"]
    ]
