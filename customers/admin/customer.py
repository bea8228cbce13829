"""The admin's pages of customers, with addresses, tags, custom attributes and subscriptions."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.timezone import localtime
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from core.access.personal import PERMISSION
from core.access.website_limits import is_limited, limit_rows
from core.admin.guarded import shows
from core.admin.inlines import BoundedInline
from core.admin.lists import begins_with
from core.admin.permissions import require
from core.admin.rights import DefinitionAdmin
from core.admin.website_pages import within_websites
from core.audit import record_look
from core.clock import is_ahead, now
from core.forms.stale_pages import ShownForm
from core.text.folding import is_address
from core.text.formats import day_shown
from customers.admin.deletion import consequences
from customers.admin.files.exchange import CustomerResource, ExchangeAdmin
from customers.admin.filters import CUSTOMER_FILTERS, LIST_STEPS, ListStep, OwnWebsitesFilter
from customers.admin.shop_data.attributes import AttributeAdmin, ValueInline
from customers.admin.tabs import CUSTOMER_TABS, CustomerTab, checked_tabs, customer_url, links_of
from customers.imports.readers import upload_pages
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
from customers.models.identity.customer import CustomerKind
from customers.models.identity.newsletter import SubscriptionStatus
from customers.models.shop import DEFAULT_GROUP, DEFAULT_STORE, DEFAULT_WEBSITE

VIEW = "customers.view_customer"
# Where the website is found of what a customer's form names.
WEBSITE_OF = {"website": "pk", "store": "website"}
# The most customers with a shared address that are named.
MOST_NAMED = 3
ONLY_CONSENT = gettext_noop(
    "The customer refused marketing: only the customer's consent undoes that."
)
# The history of a customer may have any length, so each of these models has a page of its own.
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


class SubscriptionForm(ShownForm):
    """A form for a subscription; a changed status is dated now unless the form has a new time.

    The form refuses a time more than 5 minutes in the future, and a status that undoes a refusal
    without a newer consent. The store of a stored subscription cannot be changed, and a refusal
    cannot be dated earlier: an older consent for the same mailbox would count then.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "status_changed_at" in self.fields:
            self.fields["status_changed_at"].required = False
        if "store" in self.fields and self.instance.pk:
            self.fields["store"].disabled = True

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        is_old = "status" in self.changed_data and "status_changed_at" not in self.changed_data
        if "status_changed_at" not in self.errors and (is_old or not data.get("status_changed_at")):
            data["status_changed_at"] = now()
        at, status = data.get("status_changed_at"), data.get("status")
        if at is None or status is None or not self.has_changed():
            return data
        if is_ahead(at):
            self.add_error("status_changed_at", _("This is more than 5 minutes in the future."))
        elif self.initial.get("status") == SubscriptionStatus.UNSUBSCRIBED:
            stored = NewsletterSubscription.objects.filter(pk=self.instance.pk).first()
            if stored and stored.outdates(status, at):
                if status == stored.status:
                    self.add_error("status_changed_at", _("A refusal cannot be dated earlier."))
                else:
                    self.add_error("status", _(ONLY_CONSENT))
        return data


class SubscriptionInline(BoundedInline):
    """Subscriptions, which end by their status: deleting a row would lose its refusal."""

    model = NewsletterSubscription
    form = SubscriptionForm
    can_delete = False


class CustomerForm(ShownForm):
    """A customer; a new e-mail address has to be one that mail can be sent to.

    An address that the shop's data brought stays as it is until somebody changes it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "accepts_marketing" in self.fields:
            widget = self.fields["accepts_marketing"].widget
            widget.choices = [("unknown", _("Not asked yet")), *widget.choices[1:]]

    def clean_email(self) -> str | None:
        email: str | None = self.cleaned_data["email"]
        if email and "email" in self.changed_data and not is_address(email):
            raise forms.ValidationError(_("This is no e-mail address that mail can be sent to."))
        return email

    def clean_date_of_birth(self) -> date | None:
        born: date | None = self.cleaned_data["date_of_birth"]
        if born and "date_of_birth" in self.changed_data and born > now().date():
            raise forms.ValidationError(_("This day is still to come."))
        return born

    def clean_accepts_marketing(self) -> bool | None:
        accepts: bool | None = self.cleaned_data["accepts_marketing"]
        refused = self.initial.get("accepts_marketing") is False
        if refused and accepts is None and "accepts_marketing" in self.changed_data:
            raise forms.ValidationError(_(ONLY_CONSENT))
        return accepts


@admin.register(CustomerAttribute)
class CustomerAttributeAdmin(AttributeAdmin):
    empty_text = _(
        "An attribute is a detail of customers, such as their shoe size. Attributes come with "
        "an import of your shop, or you add them here."
    )


def _facts(customer: Customer, *, with_email: bool) -> list[str]:
    """Return what stands below the name: the e-mail address, the number, since when."""
    facts = [customer.email] if with_email and customer.email else []
    facts.append(gettext("No. %(number)s") % {"number": customer.external_id})
    if customer.registered_at:
        since = day_shown(localtime(customer.registered_at).date())
        facts.append(gettext("customer since %(day)s") % {"day": since})
    if not customer.is_active:
        facts.append(gettext("inactive"))
    return facts


def _declared(page: Any, tab: CustomerTab) -> Any:
    """Return `page`, declared for people with a limit to websites where `tab` is."""
    return within_websites(page) if tab.is_of_one_customer else page


class CustomerList(ChangeList):
    """The list of customers, which leads to what is known of each rather than to the form."""

    steps: Sequence[ListStep] = ()

    def url_for_result(self, result: Any) -> str:
        return customer_url(result.pk)


@admin.register(Customer)
class CustomerAdmin(ExchangeAdmin, DefinitionAdmin[Customer]):
    form = CustomerForm
    resource_classes = [CustomerResource]
    example = {
        "id": "1001",
        "email": "ann@shop.example",
        "first_name": "Ann",
        "last_name": "Smith",
        "gender": "female",
        "date_of_birth": "1985-04-30",
        "group": DEFAULT_GROUP,
        "website": DEFAULT_WEBSITE,
        "store": DEFAULT_STORE,
        "registered_at": "2026-01-31T10:00:00Z",
        "is_active": "yes",
        "kind": CustomerKind.REGISTERED.value,
        "tags": "vip|wholesale",
        "accepts_marketing": "yes",
    }
    empty_text = _(
        "The customers of your shop are listed here. They come with an import of your shop, "
        "or you add them here."
    )
    first_page = "overview"
    audited_as = AuditSubject.CUSTOMER
    fixed = ("external_id",)
    website_path = "website"
    change_list_template = "admin/customers/customer/change_list.html"
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
    list_filter = ("kind", ("website", OwnWebsitesFilter), "group", "is_active")
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

    @shows("first_name", "last_name")
    @admin.display(description=_("name"))
    def full_name(self, customer: Customer) -> str:
        return customer.name

    def detail_in_search(self, request: HttpRequest, customer: Customer) -> str:
        """Return the name and the e-mail address, each for those who may see it."""
        values = {"full_name": customer.name, "email": customer.email}
        return " · ".join(
            value for column, value in values.items() if value and self._shown(request, column)
        )

    def get_import_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_import_context_data(**kwargs), "upload_pages": upload_pages()}

    def has_delete_permission(self, request: HttpRequest, obj: Customer | None = None) -> bool:
        # All that refers to a customer is the customer's own and goes with them.
        return super(DefinitionAdmin, self).has_delete_permission(request, obj)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in WEBSITE_OF and is_limited(request.user):
            rows = db_field.related_model._default_manager.all()
            kwargs["queryset"] = limit_rows(rows, request.user, WEBSITE_OF[db_field.name])
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.locks_row = request.method == "POST"  # type: ignore[attr-defined]
        return super().changeform_view(request, *args, **kwargs)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: Any = None
    ) -> Customer | None:
        customer = super().get_object(request, object_id, from_field)
        if customer is not None and getattr(request, "locks_row", False):
            # Lock the customer, as a concurrent unsubscribe request does.
            locked = Customer.objects.select_for_update(no_key=True)
            customer = locked.filter(pk=customer.pk).first()
        return customer

    def save_model(self, request: HttpRequest, obj: Customer, form: Any, change: bool) -> None:
        if "accepts_marketing" in form.changed_data:
            # A statement that is entered now is newer than every stored statement.
            obj.note_marketing(obj.accepts_marketing, now())
        super().save_model(request, obj, form, change)
        if "email" in form.changed_data:
            self._warn_of_shared_address(request, obj)

    def _warn_of_shared_address(self, request: HttpRequest, customer: Customer) -> None:
        """Name the other customers of the same mailbox: mail and refusals are for all of them."""
        others = Customer.objects.with_mailbox(customer.mailbox).exclude(pk=customer.pk)
        shown = limit_rows(others, request.user, "website")
        numbers = list(shown.order_by("pk").values_list("pk", "external_id")[: MOST_NAMED + 1])
        if not numbers:
            return
        pages = [(customer_url(pk), number) for pk, number in numbers[:MOST_NAMED]]
        links = format_html_join(", ", '<a href="{}">{}</a>', pages)
        text = _("Other customers have this e-mail address, too: {links}.")
        if len(numbers) > MOST_NAMED:
            text = _("Other customers have this e-mail address, too: {links} and others.")
        messages.warning(request, format_html(str(text), links=links))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        return consequences(list(objs), request, self.admin_site)

    def get_list_filter(self, request: HttpRequest) -> Any:
        added = [one.filter for one in CUSTOMER_FILTERS if request.user.has_perms(one.permissions)]
        return [*super().get_list_filter(request), *added]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CustomerList

    def get_changelist_instance(self, request: HttpRequest) -> CustomerList:
        changes = cast(CustomerList, super().get_changelist_instance(request))
        if "last_name_folded" not in self.get_search_fields(request):
            changes.search_help_text = str(_("Finds a customer number by its beginning."))
        filters = changes.get_filters_params()
        if filters or changes.query:
            found = (step(request.user, filters, changes.query) for step in LIST_STEPS)
            changes.steps = [one for one in found if one is not None]
        return changes

    def matches(self, term: str, columns: Sequence[str]) -> Q:
        found = super().matches(term, columns)
        first, _space, last = term.rpartition(" ")
        if first and "last_name_folded" in columns:
            # The index of last names finds few, whose first names are then looked at.
            found |= begins_with("last_name_folded", last) & begins_with("first_name_folded", first)
        return found

    # The pages of one customer ------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        pages = [
            path(
                f"<int:object_id>/{tab.name}/",
                self.admin_site.admin_view(_declared(partial(self._page, tab), tab)),
                name=f"customers_customer_{tab.name}",
            )
            for tab in CUSTOMER_TABS
        ]
        others = super().get_urls()
        numbered = path(
            "by-number/",
            self.admin_site.admin_view(self._by_number),
            name="customers_customer_by_number",
        )
        return [*checked_tabs(pages, others), numbered, *others]

    @within_websites
    def _by_number(self, request: HttpRequest) -> HttpResponseBase:
        """Redirect to the page of the customer whose number is the parameter `number`."""
        require(request.user, [VIEW])
        rows = limit_rows(Customer.objects.all(), request.user, "website")
        # PostgreSQL accepts no NUL in values, so replace it by a character that no number has.
        number = request.GET.get("number", "").replace("\0", "\N{REPLACEMENT CHARACTER}")
        customer = get_object_or_404(rows, external_id=number)
        return redirect("admin:customers_customer_overview", customer.pk)

    def _page(self, tab: CustomerTab, request: HttpRequest, object_id: int) -> HttpResponseBase:
        rows = Customer.objects.select_related("website", "group", "store")
        customer = get_object_or_404(limit_rows(rows, request.user, "website"), pk=object_id)
        seen = () if self.has_view_permission(request, customer) else (VIEW,)
        require(request.user, [*seen, *tab.permissions])
        record_look(request.user, AuditSubject.CUSTOMER, customer.external_id, tab.name)
        context = self.admin_site.each_context(request) | self._head(request, customer)
        return tab.page(request, customer, context | {"tab": tab.name})

    def _head(self, request: HttpRequest, customer: Customer) -> dict[str, Any]:
        """Return what all pages of a customer show on top; a name is personal data."""
        may_see = request.user.has_perm(PERMISSION)
        called = customer.called if may_see else customer.external_id
        return {
            "opts": self.opts,
            "customer": customer,
            "called": called,
            "title": called,
            "subtitle": None,
            "may_see_personal_data": may_see,
            "customer_links": links_of(customer, request.user),
            "customer_facts": _facts(customer, with_email=may_see),
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
            if request.method == "GET" and request.user.has_perm(PERMISSION):
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
