"""The admin's pages of customers, with addresses, tags, custom attributes and subscriptions."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from customers.admin.attributes import AttributeAdmin, ValueInline
from customers.admin.exchange import CustomerResource, ExchangeAdmin
from customers.admin.inlines import BoundedInline
from customers.admin.lists import begins_with
from customers.admin.rights import DefinitionAdmin
from customers.admin.tabs import TABS, CustomerTab, links_of
from customers.audit import record_look
from customers.folding import fold
from customers.models import (
    Address,
    AuditSubject,
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
PERSONAL = "customers.view_personal_data"
PERSON = _("Person")
# What may be seen without that permission.
IMPERSONAL = ("external_id", "kind", "group", "website", "store", "registered_at", "is_active")


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
            PERSON,
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

    # Personal data are for those who may see them, and that they were seen is noted -------------

    def get_list_display(self, request: HttpRequest) -> Any:
        shown = super().get_list_display(request)
        if request.user.has_perm(PERSONAL):
            return shown
        return [name for name in shown if name in IMPERSONAL]

    def get_search_fields(self, request: HttpRequest) -> Any:
        return self.search_fields if request.user.has_perm(PERSONAL) else ("external_id_folded",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Customer], bool]:
        if request.user.has_perm(PERSONAL):
            return super().get_search_results(request, queryset, search_term)
        return queryset.filter(begins_with("external_id_folded", fold(search_term.strip()))), False

    def get_fieldsets(self, request: HttpRequest, obj: Customer | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if request.user.has_perm(PERSONAL):
            return fieldsets
        return [fieldset for fieldset in fieldsets if fieldset[0] != PERSON]

    def get_inlines(self, request: HttpRequest, obj: Customer | None) -> Any:
        inlines = super().get_inlines(request, obj)
        if request.user.has_perm(PERSONAL):
            return inlines
        return [one for one in inlines if one not in (AddressInline, CustomerValueInline)]

    def has_export_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(PERSONAL) and super().has_export_permission(request)

    # The pages of one customer ------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        pages = [
            path(
                f"<int:object_id>/{tab.name}/",
                self.admin_site.admin_view(partial(self._page, tab)),
                name=f"customers_customer_{tab.name}",
            )
            for tab in TABS
        ]
        return [*pages, *super().get_urls()]

    def _page(self, tab: CustomerTab, request: HttpRequest, object_id: int) -> HttpResponse:
        customer = get_object_or_404(
            Customer.objects.select_related("website", "group", "store"), pk=object_id
        )
        if not self.has_view_permission(request, customer):
            raise PermissionDenied
        if not request.user.has_perms(tab.permissions):
            raise PermissionDenied
        record_look(request.user, AuditSubject.CUSTOMER, customer.external_id, tab.name)
        context = self.admin_site.each_context(request) | self._head(request, customer)
        return tab.page(request, customer, context | {"tab": tab.name})

    def _head(self, request: HttpRequest, customer: Customer) -> dict[str, Any]:
        """Return what all pages of a customer show on top; a name is personal data."""
        may_see = request.user.has_perm(PERSONAL)
        called = str(customer) if may_see else customer.external_id
        return {
            "opts": self.opts,
            "customer": customer,
            "called": called,
            "title": called,
            "subtitle": None,
            "may_see_personal_data": may_see,
            "customer_links": links_of(customer, request.user, _("Profile")),
        }

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        customer = self.get_object(request, unquote(object_id))
        context = dict(extra_context or {})
        if customer is not None and self.has_view_permission(request, customer):
            context |= self._head(request, customer) | {"tab": "change"}
            if request.method == "GET" and request.user.has_perm(PERSONAL):
                record_look(request.user, AuditSubject.CUSTOMER, customer.external_id, "change")
        context["history_links"] = [
            (
                model._meta.verbose_name_plural,
                reverse(f"admin:customers_{model._meta.model_name}_changelist")
                + f"?customer__id__exact={object_id}",
            )
            for model in HISTORY
            if request.user.has_perm(f"customers.view_{model._meta.model_name}")
        ]
        return super().change_view(request, object_id, form_url, context)
