"""The shop's own tables in shop snapshots, with the columns that conditions read.

Texts that are compared folded are exported only folded. Columns that no condition reads stay out.
"""

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
    CustomerRollup,
    CustomerTag,
    DirtyCustomer,
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
from customers.snapshots.tables import TABLES, Exported

VALUES = ("attribute", "text_folded", "number", "date", "choice", "boolean")


def register() -> None:
    """Register the tables; called once, when Django is ready."""
    for one in (
        Exported(Website, ("code",)),
        Exported(Store, ("code", "website")),
        Exported(CustomerGroup, ("code",)),
        Exported(Category, ("code", "parent")),
        Exported(CustomerAttribute, ("code", "type")),
        Exported(ProductAttribute, ("code", "type")),
        Exported(Product, ("sku_folded", "name_folded", "price")),
        Exported(ProductCategory, ("product", "category")),
        Exported(ProductAttributeValue, ("product", *VALUES)),
        Exported(
            Customer,
            (
                # The unfolded number identifies a merged guest, whose rows an erasure removes.
                *("external_id", "external_id_folded", "kind", "is_active"),
                *("email_folded", "email_domain_folded", "first_name_folded", "last_name_folded"),
                *("gender", "date_of_birth", "group", "website", "store", "registered_at"),
                "accepts_marketing",
            ),
        ),
        Exported(
            CustomerRollup,
            (
                *("complete", "website_id", "is_active", "kind", "sales", "number_of_orders"),
                *("refunds", "refunds_of_sales", "distinct_products", "quantity", "orders"),
                *("first_order_at", "last_order_at", "last_login_at", "views", "last_viewed_at"),
                *("wished_products", "last_wished_at"),
            ),
        ),
        Exported(DirtyCustomer, ("segment_id", "is_rolled_up")),
        Exported(CustomerTag, ("tag",)),
        Exported(CustomerAttributeValue, VALUES),
        Exported(
            Address,
            (
                *("first_name_folded", "last_name_folded", "company_folded", "street_folded"),
                *("city_folded", "region_folded", "region_code_folded", "postcode_folded"),
                *("country_folded", "telephone_folded"),
                *("is_default_billing", "is_default_shipping"),
            ),
        ),
        Exported(Consent, ("purpose", "state", "at")),
        Exported(Login, ("logged_in_at",), day="logged_in_at"),
        Exported(NewsletterSubscription, ("store", "status", "status_changed_at")),
        Exported(
            Cart,
            (
                *("store", "is_active", "created_at", "updated_at", "items_count"),
                *("items_quantity", "subtotal", "grand_total", "coupon_code_folded"),
            ),
        ),
        Exported(AppliedRule, ("cart", "rule")),
        Exported(
            CartItem,
            (
                *("cart", "parent", "product", "sku_folded", "name_folded", "product_type"),
                *("quantity", "price", "row_total", "added_at", "updated_at"),
            ),
        ),
        Exported(
            Order,
            (
                *("number_folded", "store", "state", "status", "created_at", "updated_at"),
                *("currency", "total_quantity", "lines_count", "subtotal", "tax_amount"),
                *("shipping_amount", "discount_amount", "grand_total", "payment_method"),
                *("shipping_method_folded", "coupon_code_folded"),
                *("shipping_country_folded", "shipping_region_folded"),
                *("shipping_city_folded", "shipping_postcode_folded"),
                *("billing_country_folded", "billing_region_folded"),
                *("billing_city_folded", "billing_postcode_folded"),
            ),
            day="created_at",
        ),
        Exported(
            OrderItem,
            (
                *("order", "parent", "product", "sku_folded", "name_folded", "product_type"),
                *("quantity", "price", "row_total", "row_total_incl_tax", "discount_amount"),
            ),
            day="order__created_at",
        ),
        Exported(Refund, ("order", "created_at", "amount"), day="created_at"),
        Exported(
            RefundItem,
            (
                *("refund", "product", "sku_folded", "name_folded", "product_type"),
                *("quantity", "row_total"),
            ),
            day="refund__created_at",
        ),
        Exported(ProductView, ("product", "viewed_at"), day="viewed_at"),
        Exported(Wishlist, ("is_shared",)),
        Exported(WishlistItem, ("wishlist", "product", "added_at")),
    ):
        TABLES.register(one)
