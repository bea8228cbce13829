"""The page “Try a cart”: the cart's price, what each rule gave, why others gave nothing.

For a rule, the page begins with a cart that fits the rule, and says first whether it applies.
"""

from decimal import Decimal
from typing import Any, cast

from django import forms
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.database.fields import AMOUNT_LIMIT
from core.forms.datetimes import MomentField
from core.forms.numbers import TypedDecimalField
from core.problems import Invalid
from core.text.formats import currency_symbol
from customers.models import Customer, Product, Store
from customers.models.shop import DEFAULT_STORE
from price_rules.admin.suggested_cart import cart_for
from price_rules.admin.words import gives
from price_rules.evaluation import Evaluation, evaluate
from price_rules.models import Action, CartPriceRule

ROWS = 5
MOST_ROWS = 100
COUPON_WORDS = {
    "applied": gettext_lazy("applied"),
    "valid_not_applied": gettext_lazy("valid, but its rule gave nothing"),
    "unknown": gettext_lazy("unknown"),
    "expired": gettext_lazy("expired"),
    "used_up": gettext_lazy("used up"),
    "not_own": gettext_lazy("issued to another customer"),
}
AMOUNT: dict[str, Any] = {
    "min_value": 0,
    "max_value": AMOUNT_LIMIT,
    "decimal_places": 4,
    "required": False,
}


class CartForm(forms.Form):
    """The cart without its lines: customer, store, coupon code, shipping and time."""

    customer = forms.CharField(
        label=gettext_lazy("Customer number"),
        required=False,
        max_length=64,
        help_text=gettext_lazy("Left empty: somebody who is not logged in."),
    )
    store = forms.ChoiceField(label=gettext_lazy("Store"), required=False)
    coupon_code = forms.CharField(label=gettext_lazy("Coupon code"), required=False, max_length=255)
    shipping_amount = TypedDecimalField(label=gettext_lazy("Shipping amount"), **AMOUNT)
    as_of = MomentField(
        label=gettext_lazy("At"),
        required=False,
        help_text=gettext_lazy("Left empty: now."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _with_currency(self.fields["shipping_amount"])
        stores = list(Store.objects.values_list("code", "name"))
        self.fields["store"].choices = stores  # type: ignore[attr-defined]
        self.fields["store"].initial = DEFAULT_STORE

    def clean_customer(self) -> Customer | None:
        number = self.cleaned_data["customer"]
        if not number:
            return None
        found: Customer | None = Customer.objects.filter(external_id=number).first()
        if found is None and "@" in number:
            raise forms.ValidationError(
                _("This looks like an e-mail address: write the number of the customer here.")
            )
        if found is None:
            raise forms.ValidationError(
                _("There is no customer “%(number)s”."), params={"number": number}
            )
        return found


class LineForm(forms.Form):
    """A line of the cart."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _with_currency(self.fields["price"])

    sku = forms.CharField(label=gettext_lazy("SKU"), max_length=255)
    quantity = TypedDecimalField(
        label=gettext_lazy("Quantity"),
        min_value=Decimal("0.0001"),
        max_value=AMOUNT_LIMIT,
        decimal_places=4,
        initial=1,
    )
    price = TypedDecimalField(
        label=gettext_lazy("Price"), min_value=0, max_value=AMOUNT_LIMIT, decimal_places=4
    )


def _with_currency(field: forms.Field) -> None:
    values = {"name": field.label, "currency": currency_symbol()}
    field.label = _("%(name)s (%(currency)s)") % values


LineForms = forms.formset_factory(
    LineForm, extra=ROWS, max_num=MOST_ROWS, validate_max=True, absolute_max=MOST_ROWS
)


def try_page(
    request: HttpRequest, context: dict[str, Any], rule: CartPriceRule | None
) -> HttpResponse:
    """Show the form, and the evaluation of a sent cart, or of one suggested for `rule`.

    The view writes nothing and takes its input from the URL, which can therefore be bookmarked.
    """
    sent: Any = request.GET if "lines-TOTAL_FORMS" in request.GET else None
    if sent is None and rule is not None:
        sent = cart_for(rule, cast(User, request.user))
    form, lines = CartForm(sent, auto_id="cart_%s"), LineForms(sent, prefix="lines")
    context |= {"form": form, "lines": lines, "page_name": _("Try a cart"), "tab": "try"}
    if sent is not None and form.is_valid() and lines.is_valid():
        try:
            found = evaluate(
                _cart(form, lines),
                customer=form.cleaned_data["customer"],
                as_of=form.cleaned_data["as_of"],
                as_if_active=rule.code if rule else "",
                reader=request.user,
            )
        except (Invalid, ValueError) as error:
            form.add_error(None, str(error))
        else:
            said = COUPON_WORDS.get(found.coupon.status or "", "")
            rules = _rules(found)
            context |= {"found": found, "rules": rules, "coupon_said": said}
            context["own"] = next((one for one in rules if one["rule"] == rule), None)
            context |= {"rows": _rows(found), "shipping": _shipping(found)}
    return TemplateResponse(request, "admin/price_rules/rule/try.html", context)


def _cart(form: CartForm, lines: Any) -> dict[str, Any]:
    said = form.cleaned_data
    return {
        "store": said["store"],
        "coupon_code": said["coupon_code"],
        "shipping_amount": said["shipping_amount"],
        "items": [
            {name: line[name] for name in ("sku", "quantity", "price")}
            for line in lines.cleaned_data
            if line
        ],
    }


def _rows(found: Evaluation) -> list[dict[str, Any]]:
    """Return the lines with their price, the rules applied and whether the SKU is a product's."""
    skus = {line.sku for line in found.lines}
    products = set(Product.objects.filter(sku__in=skus).values_list("sku", flat=True))
    codes = {one.code for one in found.applied}
    names = dict(CartPriceRule.objects.filter(code__in=codes).values_list("code", "name"))
    return [
        {
            "line": line,
            "rules": [{"name": names[one.code], "amount": one.amount} for one in line.rules],
            "is_product": line.sku in products,
        }
        for line in found.lines
    ]


def _shipping(found: Evaluation) -> Decimal:
    """Return the shipping amount before any discount, derived from the totals."""
    return found.grand_total - found.subtotal + found.discount + found.shipping_discount


def _of_what_was_left(found: Evaluation) -> set[str]:
    """Return the codes of applied rules that discounted a line after an earlier rule had."""
    return {one.code for line in found.lines for one in line.rules[1:]}


def _rules(found: Evaluation) -> list[dict[str, Any]]:
    """Return all evaluated rules in the order of application, each with its result."""
    became: dict[str, dict[str, Any]] = {
        one.code: {"amount": one.amount, "stopped": one.stopped} for one in found.applied
    } | {one.code: {"detail": one.detail} for one in found.not_applied}
    rules = CartPriceRule.objects.filter(code__in=became).order_by("priority", "code")
    later = _of_what_was_left(found)
    return [
        {
            "rule": rule,
            "gives": gives(rule),
            "of_the_rest": rule.action == Action.PERCENT and rule.code in later,
            **became[rule.code],
        }
        for rule in rules
    ]
