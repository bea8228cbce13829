"""The read-only list of all coupons, and the table of a customer's coupons."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.admin.guarded import OwnLookups
from core.admin.rights import ViewOnly
from core.clock import now
from core.text.folding import fold
from core.text.formats import moment_shown, number_shown
from price_rules.coupons.uses import with_uses
from price_rules.models import Coupon
from segments.admin.customer.rows import Rows


@admin.register(Coupon)
class CouponAdmin(ViewOnly, OwnLookups, admin.ModelAdmin[Coupon]):
    """The list of issued coupons; read-only, since customers may already have them."""

    change_list_template = "admin/price_rules/coupons.html"
    empty_text = gettext_lazy(
        "A coupon is a code that takes something off a cart. A price rule whose codes are "
        "generated makes as many as you need."
    )
    list_display = ["code", "rule", "customer", "used", "limit", "expires", "created_at"]
    list_display_links = ["code"]
    list_filter = [("rule", admin.RelatedOnlyFieldListFilter)]
    linked = ("rule", "customer")
    list_select_related = ["rule", "customer"]
    list_per_page = 50
    search_fields = ["code_folded__startswith"]
    show_full_result_count = False
    ordering = ["-pk"]
    fields = ["code", "rule", "customer", "used", "uses", "expires_at", "created_at"]

    class Media:
        css = {"all": ["segments/admin.css", "price_rules/admin.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Coupon]:
        return with_uses(Coupon.objects.issued(), at=now())

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Coupon], search_term: str
    ) -> tuple[QuerySet[Coupon], bool]:
        return super().get_search_results(request, queryset, fold(search_term))

    @admin.display(description=gettext_lazy("Used"))
    def used(self, coupon: Any) -> int:
        return int(coupon.used)

    @admin.display(description=gettext_lazy("Limit"), ordering="uses")
    def limit(self, coupon: Any) -> str:
        return number_shown(coupon.uses) if coupon.uses else _("no limit")

    @admin.display(description=gettext_lazy("Expires"), ordering="expires_at")
    def expires(self, coupon: Any) -> str:
        return moment_shown(coupon.expires_at) if coupon.expires_at else _("never")


COUPONS = Rows(
    "coupons",
    gettext_lazy("Coupons"),
    Coupon,
    (
        gettext_lazy("Code"),
        gettext_lazy("Price rule"),
        gettext_lazy("Issued"),
        gettext_lazy("Expires"),
        gettext_lazy("Used"),
    ),
    lambda customer: (
        with_uses(Coupon.objects.issued().filter(customer=customer), at=now())
        .select_related("rule")
        .order_by("-pk")
    ),
    lambda coupon: (
        coupon.code,
        str(coupon.rule),
        moment_shown(coupon.created_at),
        moment_shown(coupon.expires_at) if coupon.expires_at else "–",
        number_shown(coupon.used),
    ),
)
