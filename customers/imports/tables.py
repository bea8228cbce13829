"""The files of a shop's directory: columns, keys and references of each, in the order of import."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from customers.imports.staging import cells
from customers.imports.staging.cells import Convert
from customers.models import (
    Address,
    AppliedRule,
    Cart,
    CartItem,
    Category,
    Consent,
    Customer,
    CustomerAttribute,
    CustomerAttributeValue,
    CustomerGroup,
    CustomerTag,
    Login,
    NewsletterSubscription,
    Order,
    OrderItem,
    Product,
    ProductAttribute,
    ProductAttributeValue,
    ProductCategory,
    ProductView,
    Refund,
    RefundItem,
    Store,
    Website,
    Wishlist,
    WishlistItem,
)
from customers.models.attribute import AttributeDefinition
from customers.models.identity.newsletter import SubscriptionStatus

Model = type[models.Model]


def staged_column(name: str, column: models.Field[Any, Any]) -> models.Field[Any, Any]:
    """Return `column`, called `name`: one that a file has and the model of its rows has not."""
    column.set_attributes_from_name(name)
    return column


@dataclass(frozen=True)
class Elements:
    """Where the elements of a cell with a list go: a row each of `model`."""

    model: Model
    column: str
    # The file whose codes the elements are; their ids are stored then.
    codes_of: str = ""


@dataclass(frozen=True)
class CustomAttributes:
    """Where the columns `attributes.<code>` go."""

    definition: type[AttributeDefinition]
    value: Model


@dataclass(frozen=True, eq=False)
class Table:
    """One CSV file. A column fills the field of `model` with its name, or as `fields` maps it."""

    name: str
    model: Model
    key: tuple[str, ...]
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    # Columns that name a row of a small file: its id is looked up while reading.
    codes: Mapping[str, str] = field(default_factory=dict)
    # Columns that name a row of a file of any size: joined in the database.
    references: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, Elements] = field(default_factory=dict)
    attributes: CustomAttributes | None = None
    # Converters of columns whose model field does not determine how a cell is read.
    converts: Mapping[str, Convert] = field(default_factory=dict)
    # Columns that are staged as another field than one of the model.
    staged_as: Mapping[str, models.Field[object, object]] = field(default_factory=dict)
    # Columns that stay null when empty, to be filled in the database.
    filled_later: tuple[str, ...] = ()
    # The column with the time of a row: a row that is older than the stored row changes nothing.
    dated: str = ""
    # The column of a person's statements, and its values for yes and no; all others are no
    # statements: see `customers.imports.storing.stale_rows`.
    agrees: tuple[str, str, str] | None = None
    # A small file: its codes are looked up while other files are read.
    is_small: bool = False

    @property
    def file(self) -> str:
        """The file's name."""
        return f"{self.name}.csv"

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column but those of custom attributes."""
        return self.required + self.optional

    @property
    def customer(self) -> str:
        """The column that has a customer's number; `''` where there is none."""
        if self.model is Customer:
            return self.key[0]
        return next((one for one, file in self.references.items() if file == "customers"), "")

    def field_of(self, column: str) -> models.Field[object, object]:
        """Return the field that `column` fills: one of the model, or what it is staged as."""
        if column in self.staged_as:
            return self.staged_as[column]
        found = self.model._meta.get_field(self.fields.get(column, column))
        assert isinstance(found, models.Field)
        return found


PERSON = ("first_name", "last_name")
PLACES = tuple(
    f"{kind}_{part}"
    for kind in ("shipping", "billing")
    for part in ("country", "region", "city", "postcode")
)

WEBSITES = Table(
    "websites",
    Website,
    key=("code",),
    required=("code", "name"),
    optional=("timezone",),
    converts={"timezone": cells.time_zone},
    is_small=True,
)
STORES = Table(
    "stores",
    Store,
    key=("code",),
    required=("code", "name", "website"),
    codes={"website": "websites"},
    is_small=True,
)
CUSTOMER_GROUPS = Table(
    "customer_groups", CustomerGroup, key=("code",), required=("code", "name"), is_small=True
)
CUSTOMER_ATTRIBUTES = Table(
    "customer_attributes",
    CustomerAttribute,
    key=("code",),
    required=("code", "label", "type"),
    optional=("options",),
    converts={"code": cells.code(64), "options": cells.options},
)
CUSTOMERS = Table(
    "customers",
    Customer,
    key=("id",),
    required=("id",),
    optional=(
        "email",
        *PERSON,
        "gender",
        "date_of_birth",
        "group",
        "website",
        "store",
        "registered_at",
        "is_active",
        "kind",
        "tags",
        "accepts_marketing",
    ),
    fields={"id": "external_id"},
    codes={"group": "customer_groups", "website": "websites", "store": "stores"},
    lists={"tags": Elements(CustomerTag, "tag")},
    attributes=CustomAttributes(CustomerAttribute, CustomerAttributeValue),
    filled_later=("website", "store"),
)
ADDRESSES = Table(
    "addresses",
    Address,
    key=(),
    required=("customer",),
    optional=(
        *PERSON,
        "company",
        "street",
        "city",
        "region",
        "region_code",
        "postcode",
        "country",
        "telephone",
        "is_default_billing",
        "is_default_shipping",
    ),
    references={"customer": "customers"},
)
NEWSLETTER_SUBSCRIPTIONS = Table(
    "newsletter_subscriptions",
    NewsletterSubscription,
    key=("customer", "store"),
    required=("customer", "status", "status_changed_at"),
    optional=("store",),
    codes={"store": "stores"},
    references={"customer": "customers"},
    dated="status_changed_at",
    agrees=("status", SubscriptionStatus.SUBSCRIBED, SubscriptionStatus.UNSUBSCRIBED),
)
CONSENTS = Table(
    "consents",
    Consent,
    key=(),
    required=("customer", "purpose", "state", "at"),
    references={"customer": "customers"},
)
LOGINS = Table(
    "logins",
    Login,
    key=(),
    required=("customer", "logged_in_at"),
    references={"customer": "customers"},
)
CATEGORIES = Table(
    "categories",
    Category,
    key=("code",),
    required=("code", "name"),
    optional=("parent",),
    references={"parent": "categories"},
    is_small=True,
)
PRODUCT_ATTRIBUTES = Table(
    "product_attributes",
    ProductAttribute,
    key=("code",),
    required=("code", "label", "type"),
    optional=("options",),
    converts={"code": cells.code(64), "options": cells.options},
)
PRODUCTS = Table(
    "products",
    Product,
    key=("sku",),
    required=("sku", "name"),
    optional=("product_type", "price", "categories", "created_at"),
    lists={"categories": Elements(ProductCategory, "category_id", codes_of="categories")},
    attributes=CustomAttributes(ProductAttribute, ProductAttributeValue),
)
ORDERS = Table(
    "orders",
    Order,
    key=("number",),
    required=("number", "state", "created_at", "grand_total"),
    optional=(
        "customer",
        "store",
        "status",
        "updated_at",
        "currency",
        "base_to_order_rate",
        "total_quantity",
        "subtotal",
        "tax_amount",
        "shipping_amount",
        "discount_amount",
        "payment_method",
        "shipping_method",
        "coupon_code",
        *PLACES,
    ),
    codes={"store": "stores"},
    references={"customer": "customers"},
    converts={"base_to_order_rate": cells.rate, "discount_amount": cells.size},
    filled_later=("updated_at", "total_quantity"),
    dated="updated_at",
)
ORDER_ITEMS = Table(
    "order_items",
    OrderItem,
    key=("order", "line"),
    required=("order", "line", "sku", "quantity"),
    optional=(
        "parent_line",
        "name",
        "product_type",
        "price",
        "row_total",
        "row_total_incl_tax",
        "discount_amount",
    ),
    fields={"parent_line": "parent"},
    references={"order": "orders", "parent_line": "order_items"},
    converts={"discount_amount": cells.size},
)
REFUNDS = Table(
    "refunds",
    Refund,
    key=("number",),
    required=("number", "created_at", "amount"),
    optional=("order", "customer"),
    references={"order": "orders", "customer": "customers"},
    converts={"amount": cells.size},
)
REFUND_ITEMS = Table(
    "refund_items",
    RefundItem,
    key=("refund", "line"),
    required=("refund", "line", "sku", "quantity", "row_total"),
    optional=("name", "product_type"),
    references={"refund": "refunds"},
    converts={"quantity": cells.size, "row_total": cells.size},
)
CARTS = Table(
    "carts",
    Cart,
    key=("id",),
    required=("id", "created_at", "updated_at"),
    optional=(
        "customer",
        "store",
        "is_active",
        "items_count",
        "items_quantity",
        "subtotal",
        "grand_total",
        "coupon_code",
        "applied_rules",
    ),
    fields={"id": "external_id"},
    codes={"store": "stores"},
    references={"customer": "customers"},
    lists={"applied_rules": Elements(AppliedRule, "rule")},
    filled_later=("items_count", "items_quantity"),
    dated="updated_at",
)
CART_ITEMS = Table(
    "cart_items",
    CartItem,
    key=("cart", "line"),
    required=("cart", "line", "sku", "quantity", "added_at"),
    optional=("parent_line", "name", "product_type", "price", "row_total", "updated_at"),
    fields={"parent_line": "parent"},
    references={"cart": "carts", "parent_line": "cart_items"},
    filled_later=("updated_at",),
)
WISHLISTS = Table(
    "wishlists",
    Wishlist,
    key=("customer",),
    required=("customer",),
    optional=("is_shared",),
    references={"customer": "customers"},
)
WISHLIST_ITEMS = Table(
    "wishlist_items",
    WishlistItem,
    key=("customer", "sku"),
    required=("customer", "sku", "added_at"),
    fields={"sku": "product", "customer": "wishlist"},
    references={"customer": "customers", "sku": "products"},
)
PRODUCT_VIEWS = Table(
    "product_views",
    ProductView,
    key=(),
    required=("customer", "sku", "viewed_at"),
    fields={"sku": "product"},
    references={"customer": "customers", "sku": "products"},
)

TABLES = (
    WEBSITES,
    STORES,
    CUSTOMER_GROUPS,
    CUSTOMER_ATTRIBUTES,
    CUSTOMERS,
    ADDRESSES,
    NEWSLETTER_SUBSCRIPTIONS,
    CONSENTS,
    LOGINS,
    CATEGORIES,
    PRODUCT_ATTRIBUTES,
    PRODUCTS,
    ORDERS,
    ORDER_ITEMS,
    REFUNDS,
    REFUND_ITEMS,
    CARTS,
    CART_ITEMS,
    WISHLISTS,
    WISHLIST_ITEMS,
    PRODUCT_VIEWS,
)
