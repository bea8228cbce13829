"""The page “Conversions”: orders with what personalization contributed, and the measured lift."""

from decimal import Decimal
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.admin.lists import BigListAdmin
from core.admin.rights import ViewOnly
from core.text.formats import UNKNOWN, number_shown, share_shown
from customers.admin.shop_data.columns import customer_number, in_money, money, total
from personalization.conversions.listing import NEEDED
from personalization.models import AttributedConversion

# Lifts are differences of rates or of amounts, and shown with so many decimals.
DECIMALS = 4
BASES = {"experiment": gettext_lazy("experiment"), "holdout": gettext_lazy("control group")}


@admin.register(AttributedConversion)
class ConversionAdmin(ViewOnly, BigListAdmin[AttributedConversion]):
    """Attributed sales, the newest first; their programs write them."""

    change_list_template = "admin/personalization/conversions.html"
    empty_text = gettext_lazy(
        "Orders are listed here with the part that personalization contributed to them. The "
        "first ones appear soon after your shop sends orders."
    )
    list_display: Any = (
        "number",
        customer_number,
        "at",
        total(AttributedConversion, "revenue"),
        "contribution_column",
        "placements_column",
        "lift_column",
    )
    fields: ClassVar[Any] = (
        "number",
        customer_number,
        "at",
        money(AttributedConversion, "revenue"),
        "model",
        "contribution_column",
        "share_column",
        "touches_column",
        "lift_column",
        "attributed_at",
    )
    list_select_related: ClassVar[Any] = ("customer",)
    ordering = ("-id",)
    sortable_by = ()
    search_fields = ("customer__external_id_folded",)
    search_help_text = gettext_lazy("Finds a customer number by its beginning.")

    class Media:
        css: ClassVar[Any] = {"all": ["segments/admin.css"]}

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return all(request.user.has_perm(name) for name in NEEDED)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @admin.display(description=gettext_lazy("Share of revenue"))
    def share_column(self, row: AttributedConversion) -> str:
        """Return the contribution in per cent of the revenue; a dash where nothing was shown."""
        if row.share is None or not row.touches:
            return UNKNOWN
        return share_shown(row.share, in_column=True)

    @admin.display(description=gettext_lazy("Contribution of personalization"))
    def contribution_column(self, row: AttributedConversion) -> str:
        """Return the credited part of the revenue; a dash where nothing was shown before."""
        return in_money(row.contribution if row.touches else None)

    @admin.display(description=gettext_lazy("Places in the shop"))
    def placements_column(self, row: AttributedConversion) -> str:
        """Return the codes of the placements that touched the customer."""
        return ", ".join(row.placements.split()) or UNKNOWN

    @admin.display(description=gettext_lazy("Measured lift"))
    def lift_column(self, row: AttributedConversion) -> str:
        """Return the lift with its interval; never one without the other."""
        if not row.lift:
            return _("not measured yet")
        low, high = (_signed_number(one) for one in row.lift["interval"])
        words = {
            "value": _signed_number(row.lift["value"]),
            "low": low,
            "high": high,
            "basis": BASES[row.lift["basis"]],
        }
        return _("%(value)s (%(low)s to %(high)s, %(basis)s)") % words

    @admin.display(description=gettext_lazy("Touches"))
    def touches_column(self, row: AttributedConversion) -> SafeString | str:
        """Return the exposures before the order, with their credit."""
        lines = (
            (touch["at"], f"{touch['placement'] or UNKNOWN}/{touch['variant'] or UNKNOWN}",
             touch["credit"])
            for touch in row.touches
        )  # fmt: skip
        if not row.touches:
            return UNKNOWN
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{} · {} · {}</li>", lines))


def _signed_number(value: float) -> str:
    text = number_shown(Decimal(value), DECIMALS)
    return f"+{text}" if value > 0 else text
