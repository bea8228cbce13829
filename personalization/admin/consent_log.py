"""The consent log: what customers have allowed and refused, when and by which way it came."""

from typing import Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy

from core.admin.lists import BigListAdmin
from core.admin.rights import ViewOnly
from customers.admin.shop_data.columns import customer_number
from customers.models import Consent


@admin.register(Consent)
class ConsentLogAdmin(ViewOnly, BigListAdmin[Consent]):
    """Entries are only ever added, by the requests and pages that note a customer's consent."""

    empty_text = gettext_lazy(
        "Each consent or refusal of a customer is listed here. The first ones come from your "
        "shop, or from the tab “Privacy” of a customer."
    )
    list_display: Any = ("at", customer_number, "purpose", "state", "source")
    fields: ClassVar[Any] = (customer_number, "purpose", "state", "source", "at", "evidence")
    list_filter = ("purpose", "state", "at")
    list_select_related: ClassVar[Any] = ("customer",)
    ordering = ("-id",)
    sortable_by = ()
    search_fields = ("customer__external_id_folded",)
    search_help_text = gettext_lazy("Finds a customer number by its beginning.")
