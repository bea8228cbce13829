"""The shop's data, one family to a file."""

from core.access.api_token import ApiToken
from core.access.websites import GroupWebsite, TokenWebsite, UserWebsite
from core.api.idempotency.stored_response import KeptResponse
from core.audit import AuditAction, AuditEntry, AuditSubject
from core.load.timing import WorkTiming
from core.processes import Process
from core.tracing.stored_context import KeptContext
from customers.models.attribute import AttributeType, AttributeValue
from customers.models.catalogue import (
    Category,
    Product,
    ProductAttribute,
    ProductAttributeValue,
    ProductCategory,
)
from customers.models.identity.consent import Consent, ConsentState, Purpose
from customers.models.identity.customer import (
    Address,
    Customer,
    CustomerAttribute,
    CustomerAttributeValue,
    CustomerTag,
    Login,
)
from customers.models.identity.erasure import ErasedNumber, Erasure, ErasureState, Orders
from customers.models.identity.merge import CustomerMerge
from customers.models.identity.newsletter import NewsletterSubscription
from customers.models.purchases.cart import AppliedRule, Cart, CartItem
from customers.models.purchases.order import (
    NO_SALE_STATES,
    Order,
    OrderItem,
    OrderState,
    Refund,
    RefundItem,
)
from customers.models.purchases.product_view import ProductView
from customers.models.purchases.wishlist import Wishlist, WishlistItem
from customers.models.rollup import CustomerRollup
from customers.models.shop import CustomerGroup, Store, StorefrontOrigin, Website
from customers.models.upkeep.change import DirtyCustomer, DirtyReason, StoredFolding, UncheckedText
from customers.models.upkeep.event import EventVersion, ReceivedEvent
from customers.models.upkeep.snapshot import Snapshot

__all__ = [
    "NO_SALE_STATES",
    "Address",
    "ApiToken",
    "AppliedRule",
    "AttributeType",
    "AttributeValue",
    "AuditAction",
    "AuditEntry",
    "AuditSubject",
    "Cart",
    "CartItem",
    "Category",
    "Consent",
    "ConsentState",
    "Customer",
    "CustomerAttribute",
    "CustomerAttributeValue",
    "CustomerGroup",
    "CustomerMerge",
    "CustomerRollup",
    "CustomerTag",
    "DirtyCustomer",
    "DirtyReason",
    "ErasedNumber",
    "Erasure",
    "ErasureState",
    "EventVersion",
    "GroupWebsite",
    "KeptContext",
    "KeptResponse",
    "Login",
    "NewsletterSubscription",
    "Order",
    "OrderItem",
    "OrderState",
    "Orders",
    "Process",
    "Product",
    "ProductAttribute",
    "ProductAttributeValue",
    "ProductCategory",
    "ProductView",
    "Purpose",
    "ReceivedEvent",
    "Refund",
    "RefundItem",
    "Snapshot",
    "Store",
    "StoredFolding",
    "StorefrontOrigin",
    "TokenWebsite",
    "UncheckedText",
    "UserWebsite",
    "Website",
    "Wishlist",
    "WishlistItem",
    "WorkTiming",
]
