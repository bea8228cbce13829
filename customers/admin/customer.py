"""The admin's pages of customers, with addresses, tags, custom attributes and subscriptions."""

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from customers.admin.attributes import AttributeAdmin, ValueInline
from customers.admin.exchange import CustomerResource, ExchangeAdmin
from customers.admin.inlines import BoundedInline
from customers.admin.lists import begins_with
from customers.admin.rights import DefinitionAdmin
from customers.models import (
    Address,
    Cart,
    Customer,
    CustomerAttribute,
    CustomerAttributeValue,
    CustomerTag,
    Login,
    NewsletterSubscription,
    Order,
    ProductView,
    Refund,
    Wishlist,
)

# What a customer did is on pages of its own, since there is no end to it.
HISTORY = (Order, Refund, Cart, Wishlist, ProductView, Login)


class AddressInline(admin.StackedInline[Address, Customer], BoundedInline):
    model = Address
    classes = ("collapse",)
    fields = (
        ("first_name", "last_name"),
        "company",
        "street",
        ("postcode", "city"),
        ("region", "region_code", "country"),
        "telephone",
        ("is_default_billing", "is_default_shipping"),
    )


class TagInline(BoundedInline):
    model = CustomerTag


class CustomerValueInline(ValueInline):
    model = CustomerAttributeValue


class SubscriptionInline(BoundedInline):
    model = NewsletterSubscription


@admin.register(CustomerAttribute)
class CustomerAttributeAdmin(AttributeAdmin):
    pass


@admin.register(Customer)
class CustomerAdmin(ExchangeAdmin, DefinitionAdmin[Customer]):
    resource_classes = [CustomerResource]
    fixed = ("external_id",)
    list_display = (
        "external_id",
        "email",
        "full_name",
        "group",
        "website",
        "registered_at",
    )
    # Columns without an index would make the database sort everyone.
    sortable_by = ("external_id", "registered_at")
    ordering = ("id",)
    list_filter = ("kind", "website", "group", "is_active")
    list_select_related = ("group", "website")
    search_fields = ("external_id_folded", "email_folded", "last_name_folded")
    search_help_text = _("Finds a customer number, email, last name or full name by its beginning.")
    inlines = (AddressInline, TagInline, CustomerValueInline, SubscriptionInline)
    fieldsets = (
        (None, {"fields": ("external_id", "kind", "is_active")}),
        (
            _("Person"),
            {"fields": ("email", ("first_name", "last_name"), ("gender", "date_of_birth"))},
        ),
        (
            _("Shop"),
            {"fields": ("group", ("website", "store"), "registered_at", "accepts_marketing")},
        ),
    )

    @admin.display(description=_("name"))
    def full_name(self, customer: Customer) -> str:
        return customer.name

    def has_delete_permission(self, request: HttpRequest, obj: Customer | None = None) -> bool:
        # All that refers to a customer is the customer's own and goes with them.
        return super(DefinitionAdmin, self).has_delete_permission(request, obj)

    def matches(self, term: str) -> Q:
        found = super().matches(term)
        first, _space, last = term.rpartition(" ")
        if first:
            # The index of last names finds few, whose first names are then looked at.
            found |= begins_with("last_name_folded", last) & begins_with("first_name_folded", first)
        return found

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        links = [
            (
                model._meta.verbose_name_plural,
                reverse(f"admin:customers_{model._meta.model_name}_changelist")
                + f"?customer__id__exact={object_id}",
            )
            for model in HISTORY
            if request.user.has_perm(f"customers.view_{model._meta.model_name}")
        ]
        context = {**(extra_context or {}), "history_links": links}
        return super().change_view(request, object_id, form_url, context)
