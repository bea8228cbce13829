"""Personal data: each column and each address is decided, and none shows more than was decided.

A new column belongs into its model's `personal` or into `OPEN`, a new address into one of the
tables below; the tests fail until it is. The tabs of segments and customers, also those of other
apps, are decided where they are registered: an app runs these tests with it installed, as
`tests/loyalty` does.
"""

import json
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.db import transaction
from django.db.models import DateField, Field, Model
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from conditions import registry
from customers.admin.tabs import TABS as CUSTOMER_TABS
from customers.fields import ExactDecimalField, FoldedTextField
from customers.models import (
    Address,
    AttributeType,
    AuditEntry,
    Category,
    Customer,
    CustomerAttribute,
    CustomerAttributeValue,
    CustomerTag,
    Login,
    Order,
    ProductAttribute,
    ProductView,
    Wishlist,
)
from customers.personal import PERMISSION, Kind, kind_of
from customers.tests.rows import a_cart, a_customer, a_line, a_product, a_refund, an_order
from customers.tests.test_admin_pages import posted
from segmentation_site.monitoring.middleware import ADDRESSES as MONITORING
from segments.admin.tabs import TABS as SEGMENT_TABS
from segments.editing.overrides import set_override
from segments.editing.saving import create_segment
from segments.export.columns import COLUMNS, all_columns
from segments.export.members import export_members
from segments.models import ExportAudit, OverrideKind, Segment
from segments.refresh import refresh_segment
from segments.reports.catalogue import REPORTS
from segments.rules.definition import Definition
from segments.tests.conftest import sent

__all__ = ["sent"]

pytestmark = pytest.mark.django_db

APPS = ("customers", "conditions", "segments")
# Columns that say nothing which anybody is known by: numbers, codes, dates of deeds, amounts; and
# what the shop's own people write (names of segments, reasons).
OPEN = {
    "customers.AuditEntry": "id at user username action subject name before after",
    "customers.Category": "id code name parent",
    "customers.Product": "id sku sku_folded name name_folded product_type price",
    "customers.ProductCategory": "id product category",
    "customers.ProductAttribute": "id code label type options",
    "customers.ProductAttributeValue": (
        "id text text_folded number date choice boolean product attribute"
    ),
    "customers.Website": "id code name timezone",
    "customers.Store": "id code name website",
    "customers.CustomerGroup": "id code name",
    "customers.Customer": (
        "id external_id external_id_folded kind group website store registered_at is_active "
        "accepts_marketing"
    ),
    "customers.CustomerTag": "id customer tag",
    "customers.CustomerAttribute": "id code label type options",
    "customers.CustomerAttributeValue": "id customer attribute",
    "customers.Address": (
        "id customer country country_folded is_default_billing is_default_shipping"
    ),
    "customers.Login": "id customer logged_in_at occurrence",
    "customers.Cart": (
        "id external_id customer store is_active created_at updated_at items_count items_quantity "
        "subtotal grand_total coupon_code coupon_code_folded"
    ),
    "customers.AppliedRule": "id cart rule",
    "customers.CartItem": (
        "id cart line parent product sku sku_folded name name_folded product_type quantity price "
        "row_total added_at updated_at"
    ),
    "customers.DirtyCustomer": "id customer_id segment_id reason external_id is_rolled_up at",
    "customers.UncheckedText": "id table row_id",
    "customers.StoredFolding": "id version",
    "customers.CustomerMerge": "id guest_external_id customer at",
    "customers.NewsletterSubscription": "id customer store status status_changed_at",
    "customers.Order": (
        "id number number_folded customer store state status created_at updated_at currency "
        "base_to_order_rate total_quantity lines_count subtotal tax_amount shipping_amount "
        "discount_amount grand_total payment_method shipping_method shipping_method_folded "
        "coupon_code coupon_code_folded shipping_country shipping_country_folded billing_country "
        "billing_country_folded"
    ),
    "customers.OrderItem": (
        "id order line parent product sku sku_folded name name_folded product_type quantity price "
        "row_total row_total_incl_tax discount_amount"
    ),
    "customers.Refund": "id number order customer created_at amount",
    "customers.RefundItem": (
        "id refund line product sku sku_folded name name_folded product_type quantity row_total"
    ),
    "customers.ProductView": "id customer product viewed_at occurrence",
    "customers.CustomerRollup": (
        "customer complete website_id sales number_of_orders refunds refunds_of_sales "
        "distinct_products quantity orders first_order_at last_order_at last_login_at views "
        "last_viewed_at wished_products last_wished_at"
    ),
    "customers.Wishlist": "id customer is_shared",
    "customers.WishlistItem": "id wishlist product added_at",
    "conditions.Condition": "id",
    "segments.BatchCustomer": "customer_id reason external_id",
    "segments.RefreshRun": (
        "id segment outcome phase done total entered left version as_of requested_by created_at "
        "started_at finished_at error is_definition_invalid owner fencing heartbeat_at "
        "lease_expires_at cancel_requested_at attempts not_before woken_at"
    ),
    "segments.RefreshShard": (
        "id run first_id last_id as_of version fencing lease_expires_at finished_at"
    ),
    "segments.WantedMember": "run_id customer_id",
    "segments.OwedRefresh": "id segment run_id",
    "segments.Segment_websites": "id segment website",
    "segments.Segment_customer_groups": "id segment customergroup",
    "segments.Segment": (
        "id code name name_folded description conditions applies_to refresh_mode is_active "
        "priority version members_count members_version refreshed_at as_of follows_clock "
        "refresh_schedule failures_count quarantined_at quarantine_reason created_at updated_at "
        "created_by batch_seconds batch_version measured_at worked_in_at"
    ),
    "segments.SegmentVersion": "id segment number definition author created_at",
    "segments.MembershipChange": (
        "sequence segment customer_id customer_external_id kind reason at run"
    ),
    "segments.SegmentSize": "id segment day members_count entered left",
    "segments.ExportAudit": "id user username at segment_code format columns raw rows",
    "segments.MembershipOverride": "id segment customer kind reason author created_at",
    "segments.Membership": "segment customer entered_at",
    "segments.Worker": "name seen_at",
    "segments.Watermark": "name at number",
    "segments.RunningPreview": "id user client seq ended pid server touched_at",
}

# What an address shows at most -----------------------------------------------------------------
# All that is personal, to those with the permission; to the others nothing of it.
PERSONAL = {
    *(f"admin:customers_customer_{page}" for page in ("changelist", "add", "change")),
    *(f"admin:customers_customer_{page}" for page in ("export", "import", "process_import")),
    # Their head names the customer.
    *(f"admin:customers_customer_{tab.name}" for tab in CUSTOMER_TABS),
    "admin:customers_order_change",
    "api:customer-in-segment",
}
# E-mail and name, to those who may see or export members; more with the permission only.
NAMES = {
    "admin:segments_segment_export",
    *(f"admin:segments_segment_{page}" for page in ("add", "change")),  # their preview
    "api:members",
    "api:preview",
    "api:preview-explain",
    "api:values",
}
# Nothing, to nobody.
MODEL_PAGES = ("changelist", "add", "change", "history", "delete")
NOTHING = {
    *(
        f"admin:{model}_{page}"
        for model in (
            *("auth_group", "auth_user", "segments_exportaudit"),
            *("customers_login", "customers_productview", "customers_wishlist", "customers_cart"),
            *("customers_auditentry", "customers_category", "customers_product"),
            *("customers_productattribute", "customers_customerattribute", "customers_refund"),
            *("customers_website", "customers_store", "customers_customergroup"),
        )
        for page in MODEL_PAGES
    ),
    "admin:auth_user_password_change",
    *(f"admin:customers_customer_{page}" for page in ("history", "delete")),
    *(f"admin:customers_order_{page}" for page in ("changelist", "add", "history", "delete")),
    *(f"admin:customers_customergroup_{page}" for page in ("export", "import", "process_import")),
    *(
        f"admin:segments_segment_{page}"
        for page in (
            *("changelist", "delete", "restore", "overlaps", "changes", "begin"),
            *("refresh", "cancel", "status", "overrides_remove"),
            *("report", "report_csv", "import", "process_import", "import_maho"),
        )
    ),
    *(f"admin:{page}" for page in ("index", "app_list", "autocomplete", "jsi18n")),
    *(f"admin:{page}" for page in ("login", "logout", "password_change", "password_change_done")),
    *("admin:view_on_site", "admin:None"),
    *(f"api:{name}" for name in ("conditions", "segments", "segment", "overlap", "versions")),
    *(f"api:{name}" for name in ("runs", "run", "run-cancel", "refresh", "restore")),
    *(f"api:{name}" for name in ("overrides", "override", "customer", "running-preview", "None")),
    *("home", "set_language"),
}
BY_KIND = {Kind.OPEN: NOTHING, Kind.NAME: NAMES, Kind.PRIVATE: PERSONAL}
for tab in SEGMENT_TABS:
    BY_KIND[tab.shows].add(f"admin:segments_segment_{tab.name}")
# What answers without a log-in, besides refusals and the way to it.
PUBLIC = {"admin:login", "admin:jsi18n"}
# Answers that may be kept: what conditions there are.
KEPT = {"api:conditions"}

# Users: each has every permission but these.
MEMBERS_ONLY = (PERMISSION,)
NOBODY = (
    PERMISSION,
    *("segments.view_members", "segments.export_members", "segments.export_raw_members"),
)


# Columns ----------------------------------------------------------------------------------------


def columns() -> Iterator[tuple[type[Model], Field]]:
    for app in APPS:
        for model in apps.get_app_config(app).get_models(include_auto_created=True):
            for field in model._meta.concrete_fields:
                yield model, field


def personal_columns() -> list[tuple[type[Model], Field]]:
    return [(model, field) for model, field in columns() if kind_of(model, field.name)]


def test_every_column_is_decided() -> None:
    undecided = [
        f"{model._meta.label}.{field.name}"
        for model, field in columns()
        if (kind_of(model, field.name) is Kind.OPEN)
        != (field.name in OPEN.get(model._meta.label, "").split())
    ]
    assert undecided == []


def test_what_is_declared_personal_is_there() -> None:
    for app in APPS:
        for model in apps.get_app_config(app).get_models():
            declared = getattr(model, "personal", None)
            for name in (*declared.names, *declared.private) if declared else ():
                assert model._meta.get_field(name), name


# A shop in which every personal column has a value that is found nowhere else --------------------


@pytest.fixture
def secrets() -> dict[tuple[str, str], str]:
    """The value of each personal column as it is looked for, by model and column."""
    found = {}
    for number, (model, field) in enumerate(personal_columns()):
        if isinstance(field, FoldedTextField):
            continue
        key = (model.__name__, field.name)
        if isinstance(field, DateField):
            found[key] = str(1831 + number)
        elif isinstance(field, ExactDecimalField):
            found[key] = f"915.{8200 + number}"
        elif field.get_internal_type() != "BooleanField":  # Two values are found everywhere.
            found[key] = f"zq{number}secret"
    return found


def stored(field: Field, secret: str) -> Any:
    if isinstance(field, DateField):
        return date(int(secret), 3, 7)
    return Decimal(secret) if isinstance(field, ExactDecimalField) else secret


@pytest.fixture
def segment(secrets: dict[tuple[str, str], str], admin_user: User) -> Segment:
    """A segment whose member has all of them, with what people have done to both."""
    customer = a_customer("C1")
    address = Address.objects.create(customer=customer, country="France")
    order = an_order(customer, "O1", shipping_country="France")
    rows = {Customer: customer, Address: address, Order: order}
    for model, row in rows.items():
        for (name, column), secret in secrets.items():
            if name == model.__name__:
                setattr(row, column, stored(model._meta.get_field(column), secret))
        row.save()
    for kind in AttributeType.values:
        options = [secrets["CustomerAttributeValue", kind]] if kind == "choice" else []
        attribute = CustomerAttribute.objects.create(
            code=f"my_{kind}", label=f"My {kind}", type=kind, options=options
        )
        field = CustomerAttributeValue._meta.get_field(kind)
        if secret := secrets.get(("CustomerAttributeValue", kind)):
            CustomerAttributeValue.objects.create(
                customer=customer, attribute=attribute, **{kind: stored(field, secret)}
            )
    CustomerTag.objects.create(customer=customer, tag="vip")
    Login.objects.create(customer=customer, logged_in_at=order.created_at)
    ProductView.objects.create(customer=customer, product=a_product(), viewed_at=order.created_at)
    Wishlist.objects.create(customer=customer)
    a_cart(customer)
    a_refund(customer, order)
    a_line(order)
    Category.objects.create(code="shoes", name="Shoes")
    ProductAttribute.objects.create(code="size", label="Size", type="text")
    Group.objects.create(name="Clerks")
    conditions = [
        {"attribute": attribute, "operator": "is_not_empty"}
        for attribute in ("customer.email", "customer.gender", "customer.date_of_birth")
    ] + [{"attribute": "address.street", "operator": "is_not_empty"}]
    definition = Definition("All", conditions={"match": "all", "conditions": conditions})
    segment = create_segment(definition, code="all", author=None).segment
    set_override(segment, customer, OverrideKind.INCLUDE, author=None)
    refresh_segment(segment)
    b"".join(export_members(segment, "csv", user=None))
    edited_by(admin_user, customer)
    # The options of a choice are no customer's: here they only stand in the way.
    CustomerAttribute.objects.filter(type="choice").update(options=["silver"])
    return segment


def edited_by(user: User, customer: Customer) -> None:
    """Change the customer and an address in the admin, so that there is a history."""
    client = Client()
    client.force_login(user)
    page = reverse("admin:customers_customer_change", args=[customer.pk])
    changes = {"accepts_marketing": "true", "addresses-0-is_default_billing": "on"}
    response = posted(client, page, **changes)
    assert response.status_code == 302, response.context["errors"]
    assert Address.objects.get().is_default_billing


def someone_without(*permissions: str) -> User:
    """Return somebody who holds every permission but these; the latest deeds are theirs."""
    user = User.objects.create_user("clerk", is_staff=True)
    user.user_permissions.set(
        [
            one
            for one in Permission.objects.select_related("content_type")
            if f"{one.content_type.app_label}.{one.codename}" not in permissions
        ]
    )
    LogEntry.objects.update(user=user)
    return user


# Addresses --------------------------------------------------------------------------------------


def addresses(patterns: Any = None, space: str = "") -> Iterator[tuple[str, list[str]]]:
    """Yield each address's name and the names of its arguments."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(one, URLPattern):
            known = list(one.pattern.converters) or list(one.pattern.regex.groupindex)
            yield f"{space}{one.name}", known
        else:
            yield from addresses(one.url_patterns, f"{one.namespace}:" if one.namespace else space)


def test_every_address_is_decided() -> None:
    tables = (PERSONAL, NAMES, NOTHING)
    found = {name for name, _arguments in addresses()}
    assert sorted(found - set().union(*tables)) == []
    assert sorted(set().union(*tables) - found) == []
    assert sum(map(len, tables)) == len(set().union(*tables))


def argument(name: str, argument: str, segment: Segment) -> Any:
    if argument in {"object_id", "id"} and name.startswith("admin:") and "_" in name:
        app, model = name.removeprefix("admin:").split("_")[:2]
        if (app, model) in {(m._meta.app_label, m._meta.model_name) for m in admin.site._registry}:
            row = apps.get_model(app, model)._default_manager.first()
            assert row is not None, name
            return row.pk
    number = segment.runs.first() if name.startswith("api:run") else None
    return {
        "app_label": "customers",
        "client": "tab",
        "code": "all",
        "content_type_id": 1,
        "format": "csv",
        "key": "sizes",
        "number": number.pk if number else 1 if name == "api:restore" else "C1",
        "object_id": 1,
        "url": "nowhere",
    }[argument]


# Rules that ask for everything, so that all of it can be found in an answer.
TREE = {
    "match": "all",
    "conditions": [
        {"attribute": "customer.date_of_birth", "operator": "is_not_empty"},
        {"attribute": "customer.email", "operator": "is_not_empty"},
        {"attribute": "address.street", "operator": "is_not_empty"},
    ],
}


def questions(
    name: str, arguments: list[str], segment: Segment, secrets: dict[tuple[str, str], str]
) -> Iterator[tuple[str, str, Any]]:
    """Yield what is asked of an address: method, address and body."""
    if name.endswith(":None"):
        yield "GET", "/admin/nowhere/" if name.startswith("admin") else "/api/v1/nowhere/", None
        return
    address = reverse(name, kwargs={one: argument(name, one, segment) for one in arguments})
    yield "GET", address, None
    yield "POST", address, {}
    if name.endswith("_changelist"):
        for secret in secrets.values() if "_customer_" in name else ():
            yield "GET", f"{address}?{urlencode({'q': secret})}", None
        yield "GET", f"{address}?_popup=1&_to_field=email", None
        yield "GET", f"{address}?o=1.2.3.4.5.6.7", None
    elif name == "api:values":
        for attribute in registry.attributes():
            asked = urlencode({"attribute": attribute.code, "q": "zq"})
            yield "GET", f"{address}?{asked}", None
    elif name == "admin:autocomplete":
        for model in ("order", "address", "refund", "customerattributevalue", "cart"):
            asked = {"app_label": "customers", "model_name": model, "field_name": "customer"}
            yield "GET", f"{address}?{urlencode(asked)}", None
    elif name.startswith("admin:segments_segment_report"):
        for report in REPORTS:
            yield "GET", reverse(name, args=[report.key]), None
    elif name == "admin:segments_segment_export" and arguments:
        for column in all_columns():
            yield "GET", f"{address}?columns={column.name}", None
    elif name in {"api:preview", "api:preview-explain"}:
        body = {"conditions": TREE} | ({"customer": "C1"} if "explain" in name else {})
        yield "POST", address, body
    elif name in {"admin:segments_segment_add", "admin:segments_segment_change"}:
        sent = {"name": "New", "applies_to": "registered", "refresh_mode": "auto"}
        sent |= {"is_active": "on", "priority": "0", "conditions": json.dumps(TREE)}
        yield "POST", address, sent | {"_preview": "1"}
    elif name == "admin:segments_segment_overrides":
        yield "POST", address, {"customer": "C1", "kind": "exclude", "reason": ""}
    elif name == "admin:customers_customer_change":
        yield "POST", address, {"external_id": "C1", "email": ""}
    elif name == "admin:customers_customer_export":
        columns = {f"customerresource_{one.name}": "on" for one in COLUMNS}
        yield "POST", address, {"format": "0", "resource": "0", **columns}


def answer(client: Client, method: str, address: str, body: Any) -> Any:
    is_api = address.startswith("/api/")
    if method == "GET":
        return client.get(address)
    content = {"content_type": "application/json"} if is_api else {}
    return client.post(address, body, follow=not is_api, **content)


def text_of(response: Any) -> str:
    content = b"".join(response) if response.streaming else response.content
    return str(content.decode(errors="replace")).lower()


def stands_in(text: str, secret: str) -> bool:
    """Say whether a text shows a secret; a year counts with its day, since numbers hold years."""
    if secret.isdecimal():
        return bool(re.search(rf"\b{secret}-03-07\b|\b0?7\b.{{1,8}}\b{secret}\b", text))
    return secret in text


def shown_to(
    user: User, segment: Segment, secrets: dict[tuple[str, str], str]
) -> dict[str, set[tuple[str, str]]]:
    """Return which secrets the user is shown, by address; nothing that is done stays."""
    found: dict[str, set[tuple[str, str]]] = {}
    for name, arguments in addresses():
        client = Client(raise_request_exception=False)
        client.force_login(user)
        for method, address, body in questions(name, arguments, segment, secrets):
            with transaction.atomic():
                response = answer(client, method, address, body)
                text = text_of(response)
                transaction.set_rollback(True)
            assert response.status_code < 500, (name, method, address)
            kept = response.headers.get("Cache-Control", "")
            assert "no-store" in kept or name in KEPT, (name, address, kept)
            # What was asked for comes back, in the field of the search.
            asked = address.lower().partition("?")[2]
            seen = {
                key
                for key, secret in secrets.items()
                if stands_in(text, secret) and secret not in asked
            }
            found.setdefault(name, set()).update(seen)
    return found


def leaks(shown: dict[str, set[tuple[str, str]]], allowed: set[str]) -> list[str]:
    names = {("Customer", name) for name in Customer.personal.names}
    return [
        f"{address}: {model}.{column}"
        for address, seen in shown.items()
        for model, column in sorted(seen - (names if address in allowed else set()))
    ]


def test_who_lacks_the_permission_sees_nothing_personal(
    segment: Segment, secrets: dict[tuple[str, str], str]
) -> None:
    assert leaks(shown_to(someone_without(*NOBODY), segment, secrets), set()) == []


def test_who_sees_members_sees_their_names_and_no_more(
    segment: Segment, secrets: dict[tuple[str, str], str]
) -> None:
    shown = shown_to(someone_without(*MEMBERS_ONLY), segment, secrets)

    assert leaks(shown, NAMES) == []
    assert {name for name in NAMES if shown[name]} == NAMES


def test_who_has_the_permission_sees_what_there_is(
    segment: Segment, secrets: dict[tuple[str, str], str]
) -> None:
    shown = shown_to(someone_without(), segment, secrets)

    assert [f"{name}: {seen}" for name, seen in shown.items() if seen and name in NOTHING] == []
    # Otherwise these tests would find nothing anywhere.
    assert set().union(*shown.values()) == set(secrets)


def test_nothing_but_the_way_in_answers_without_a_log_in(
    segment: Segment, secrets: dict[tuple[str, str], str]
) -> None:
    for name, arguments in addresses():
        for method, address, body in questions(name, arguments, segment, secrets):
            response = answer(Client(), method, address, body)
            inside = response.status_code == 200 and b"login-form" not in response.content
            assert not inside or name in PUBLIC, (name, method)
            text = text_of(response)
            assert not any(stands_in(text, secret) for secret in secrets.values())


def test_probes_name_nobody(segment: Segment, secrets: dict[tuple[str, str], str]) -> None:
    for address in MONITORING:
        text = text_of(Client().get(address))
        assert not any(stands_in(text, secret) for secret in secrets.values())


# Guessing ---------------------------------------------------------------------------------------


def paths_to_personal(model: type[Model], depth: int = 3) -> Iterator[str]:
    """Yield every path of relations, there and back, that ends at a personal column."""
    for field in model._meta.get_fields():
        if isinstance(field, Field) and not field.is_relation:
            if kind_of(model, field.name):
                yield field.name
        elif depth and field.related_model is not None:
            name = (
                field.name if isinstance(field, Field) else field.related_query_name or field.name
            )
            name = field.name if callable(name) else name
            for path in paths_to_personal(field.related_model, depth - 1):
                yield f"{name}__{path}"


def test_no_list_tells_a_personal_value_by_its_letters(rf: Any) -> None:
    request = rf.get("/")
    request.user = someone_without(PERMISSION)
    for model, page in admin.site._registry.items():
        for path in paths_to_personal(model):
            for lookup in ("", "__startswith", "__gte", "__year"):
                allowed = page.lookup_allowed(f"{path}{lookup}", "x", request)
                assert not allowed, (model, path, lookup)


def test_no_list_searches_or_sorts_by_what_it_does_not_show(rf: Any) -> None:
    request = rf.get("/")
    request.user = someone_without(PERMISSION)
    for model, page in admin.site._registry.items():
        named = [*page.get_search_fields(request), *page.get_list_filter(request)]
        named += [*page.get_sortable_by(request), *(page.get_ordering(request) or ())]
        columns = [one.lstrip("-") for one in named if isinstance(one, str)]
        assert not [one for one in columns if kind_of(model, one)], model


LOOKUPS = (
    "customer/?email__startswith=zq",
    "customer/?first_name__startswith=zq",
    "customer/?last_name__contains=zq",
    "customer/?email_folded__startswith=zq",
    "customer/?date_of_birth=1931-03-07",
    "customer/?date_of_birth__year__gte=1900",
    "customer/?addresses__street__startswith=zq",
    "customer/?attribute_values__text=zq",
    "order/?shipping_city__startswith=zq",
    "order/?customer__email__startswith=zq",
)


def test_a_look_up_by_address_is_refused(segment: Segment) -> None:
    client = Client()
    client.force_login(someone_without(PERMISSION))
    for asked in LOOKUPS:
        assert client.get(f"/admin/customers/{asked}").status_code == 400, asked


def test_who_is_in_a_segment_is_not_guessed_from_the_list(segment: Segment) -> None:
    client = Client()
    client.force_login(someone_without("segments.view_members"))

    asked = f"/admin/segments/segment/?memberships__customer={Customer.objects.get().pk}"

    assert client.get(asked).status_code == 400


def test_filters_and_links_still_filter(segment: Segment) -> None:
    client = Client()
    client.force_login(someone_without(PERMISSION))
    customer = Customer.objects.get()
    for asked, count in (
        (f"customers/order/?customer__id__exact={customer.pk}", 1),
        (f"customers/order/?customer__id__exact={customer.pk + 1}", 0),
        (f"customers/customer/?website__id__exact={customer.website_id}&kind__exact=guest", 0),
        ("customers/customer/?is_active__exact=1", 1),
        ("customers/auditentry/?at__gte=2000-01-01T00:00Z&action__exact=exported", 1),
        ("segments/segment/?status=completed", 1),
        ("segments/segment/?websites__isnull=True", 1),
    ):
        page = client.get(f"/admin/{asked}")
        assert page.status_code == 200, asked
        assert page.context["cl"].result_count == count, asked


# Names in passing -------------------------------------------------------------------------------


def test_rows_are_not_named_by_what_is_personal(
    segment: Segment, secrets: dict[tuple[str, str], str]
) -> None:
    for model in {model for model, _field in personal_columns()}:
        for row in model._default_manager.all():
            said = f"{row} {row!r}".lower()
            assert not any(stands_in(said, secret) for secret in secrets.values()), said


def test_logs_of_deeds_name_nobody(segment: Segment, secrets: dict[tuple[str, str], str]) -> None:
    assert AuditEntry.objects.exists()
    assert ExportAudit.objects.exists()
    said = [f"{one.object_repr} {one.change_message}" for one in LogEntry.objects.all()]
    said += [f"{one.name} {one.before} {one.after}" for one in AuditEntry.objects.all()]
    assert said
    assert not any(stands_in(line.lower(), secret) for secret in secrets.values() for line in said)
