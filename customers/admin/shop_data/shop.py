"""The admin's pages of websites, stores and customer groups."""

from django.contrib import admin

from core.admin.rights import DefinitionAdmin
from customers.admin.files.exchange import ExchangeAdmin, GroupResource
from customers.models import CustomerGroup, Store, Website


@admin.register(Website)
class WebsiteAdmin(DefinitionAdmin[Website]):
    list_display = ("code", "name", "timezone")
    search_fields = ("code", "name")


@admin.register(Store)
class StoreAdmin(DefinitionAdmin[Store]):
    list_display = ("code", "name", "website")
    list_select_related = ("website",)
    list_filter = ("website",)
    search_fields = ("code", "name")


@admin.register(CustomerGroup)
class CustomerGroupAdmin(ExchangeAdmin, DefinitionAdmin[CustomerGroup]):
    resource_classes = [GroupResource]
    example = {"code": "wholesale", "name": "Wholesale"}
    list_display = ("code", "name")
    search_fields = ("code", "name")
