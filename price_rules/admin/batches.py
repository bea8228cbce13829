"""The Coupons page of a rule: numbers of coupons, progress of batches, and a form for more."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.clock import now
from core.forms.datetimes import MomentField
from core.forms.numbers import TypedIntegerField
from core.problems import Invalid
from core.text.formats import number_shown
from price_rules.coupons.batches import (
    AT_ONCE,
    MOST,
    Wanted,
    begin_batch,
    make_coupons,
)
from price_rules.coupons.codes import LONGEST, PREFIX_LENGTH, SHORTEST
from price_rules.coupons.uses import number_of, uses_of_rule
from price_rules.models import CartPriceRule, Coupon, CouponKind
from price_rules.tasks import make_missing_coupons

SHOWN = 20


class BatchForm(forms.Form):
    """The number of coupons to generate, their form, uses and expiry."""

    count = TypedIntegerField(label=gettext_lazy("How many"), min_value=1, max_value=MOST)
    prefix = forms.CharField(  # type: ignore[assignment]
        label=gettext_lazy("Prefix"), required=False, max_length=PREFIX_LENGTH
    )
    length = TypedIntegerField(
        label=gettext_lazy("Random characters"),
        initial=10,
        min_value=SHORTEST,
        max_value=LONGEST,
        help_text=gettext_lazy("Behind the prefix; the more, the harder to guess."),
    )
    uses = TypedIntegerField(
        label=gettext_lazy("Uses of a code"),
        initial=1,
        min_value=0,
        help_text=gettext_lazy("0: no limit of its own."),
    )
    expires_at = MomentField(label=gettext_lazy("Expires"), required=False)


def batches_page(
    request: HttpRequest, rule: CartPriceRule, context: dict[str, Any]
) -> HttpResponse:
    """Show the numbers of the rule's coupons; generate more coupons on POST."""
    form = BatchForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            make_batch(request, rule, Wanted(**form.cleaned_data))
        except Invalid as error:
            for problem in error.problems:
                form.add_error(problem.path or None, problem.message)
        else:
            return redirect(request.path)
    made = number_of(Coupon.objects.filter(batch=OuterRef("pk")))
    batches = rule.batches.select_related("author").annotate(made=made).order_by("-pk")[:SHOWN]
    context |= {
        "form": form,
        "page_name": _("Coupons"),
        "tab": "coupons",
        "is_generated": rule.coupon == CouponKind.GENERATED,
        "issued": Coupon.objects.issued().filter(rule=rule).count(),
        "used": uses_of_rule(rule, at=now()),
        "batches": batches,
    }
    return TemplateResponse(request, "admin/price_rules/rule/coupons.html", context)


def make_batch(request: HttpRequest, rule: CartPriceRule, wanted: Wanted) -> None:
    """Make the coupons, in the background if they are many; raises `Invalid` like `begin_batch`."""
    with transaction.atomic():
        batch = begin_batch(rule, wanted, author=request.user)
        if wanted.count <= AT_ONCE:
            make_coupons(batch)
            text = ngettext("%(n)s coupon is made.", "%(n)s coupons are made.", wanted.count)
        else:
            transaction.on_commit(make_missing_coupons.delay)
            text = ngettext(
                "%(n)s coupon is being made.", "%(n)s coupons are being made.", wanted.count
            )
    messages.success(request, text % {"n": number_shown(wanted.count)})
