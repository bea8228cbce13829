"""Registers our own models with data about customers, as other apps register theirs."""

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q

from core.tracing.stored_context import ContextKind
from customers.models import (
    Address,
    AppliedRule,
    AuditEntry,
    Cart,
    CartItem,
    Consent,
    Customer,
    CustomerAttributeValue,
    CustomerMerge,
    CustomerRollup,
    CustomerTag,
    DirtyCustomer,
    Erasure,
    EventVersion,
    KeptContext,
    Login,
    NewsletterSubscription,
    Order,
    OrderItem,
    ProductView,
    Refund,
    RefundItem,
    Wishlist,
    WishlistItem,
)
from customers.privacy.audit_log import entries_of, unname_entries
from customers.privacy.erased import ERASED
from customers.privacy.holdings import HOLDINGS, Holding, Person, Rows, delete, overwrite

# Things in live events that have the number of their customer.
NAMED_BY_CUSTOMER = ("customer", "wishlist", "subscription")
# The parts of an order's addresses that an erasure clears; only the countries stay.
PLACES = tuple(
    f"{kind}_{part}" for kind in ("shipping", "billing") for part in ("region", "city", "postcode")
)


def register() -> None:
    """Register them; called once, when Django is ready."""
    for holding in (
        # Erased after the customer, whose deletion writes a mark with the number.
        Holding(
            DirtyCustomer,
            rows=_marks_of,
            columns=("customer_id", "external_id"),
            erase=_unname_marks,
        ),
        Holding(KeptContext, rows=_contexts_of, columns=("key",)),
        Holding(Customer, "pk", columns=("external_id", "email")),
        Holding(CustomerMerge, "customer", columns=("guest_external_id",)),
        # Triggers insert and delete the figures with their customers.
        Holding(CustomerRollup, "customer", stays=True),
        Holding(Address, "customer", before_move=_keep_one_default_address),
        Holding(CustomerTag, "customer"),
        Holding(CustomerAttributeValue, "customer"),
        Holding(Consent, "customer"),
        Holding(Login, "customer"),
        Holding(NewsletterSubscription, "customer", before_move=_keep_later_subscriptions),
        Holding(Order, "customer", erase=_erase_orders),
        Holding(Refund, "customer", erase=_erase_refunds),
        Holding(OrderItem, "order__customer", erase=_erase_lines),
        Holding(RefundItem, "refund__customer", erase=_erase_lines),
        Holding(Cart, "customer"),
        Holding(CartItem, "cart__customer"),
        Holding(AppliedRule, "cart__customer"),
        Holding(Wishlist, "customer", before_move=_move_wishes),
        Holding(WishlistItem, "wishlist__customer"),
        Holding(ProductView, "customer"),
        Holding(EventVersion, rows=_versions_of, columns=("key",)),
        Holding(Erasure, rows=_erasures_of, columns=("person",), erase=_keep),
        Holding(
            AuditEntry,
            rows=entries_of,
            columns=("name", "before", "after"),
            erase=unname_entries,
        ),
        Holding(LogEntry, rows=_log_of, columns=("object_repr",), erase=_unname_log),
    ):
        HOLDINGS.register(holding)


def _keep_one_default_address(guest: Customer, customer: Customer) -> None:
    for default in ("is_default_billing", "is_default_shipping"):
        if Address.objects.filter(customer=customer, **{default: True}).exists():
            Address.objects.filter(customer=guest, **{default: True}).update(**{default: False})


def _keep_later_subscriptions(guest: Customer, customer: Customer) -> None:
    own = {one.store_id: one for one in NewsletterSubscription.objects.filter(customer=customer)}
    for theirs in NewsletterSubscription.objects.filter(customer=guest):
        stored = own.get(theirs.store_id)
        if stored and not stored.outdates(theirs.status, theirs.status_changed_at):
            stored.delete()


def _move_wishes(guest: Customer, customer: Customer) -> None:
    """Put the guest's wishes on the customer's own list, where there is one."""
    theirs = Wishlist.objects.filter(customer=guest).first()
    own = Wishlist.objects.filter(customer=customer).first()
    if theirs is None or own is None:
        return
    for wish in theirs.items.all():
        own.items.filter(product=wish.product_id, added_at__lt=wish.added_at).delete()
    theirs.items.exclude(product__in=own.items.values("product")).update(wishlist=own)


def _erase_orders(rows: Rows, person: Person, *, keep_orders: bool) -> int:
    if not keep_orders:
        return delete(rows, person, keep_orders=False)
    return rows.update(customer=None, **dict.fromkeys(PLACES, ""))


def _erase_refunds(rows: Rows, person: Person, *, keep_orders: bool) -> int:
    if not keep_orders:
        return delete(rows, person, keep_orders=False)
    count = rows.count()
    # A refund of an order follows its order; until then the triggers would restore the customer.
    rows.filter(order=None).update(customer=None)
    return count


def _erase_lines(rows: Rows, person: Person, *, keep_orders: bool) -> int:
    """Delete lines only with their orders, since lines have no personal data."""
    return 0 if keep_orders else delete(rows, person, keep_orders=False)


def _contexts_of(person: Person) -> Rows:
    """Return the trace contexts for evaluating the customer, which expire after an hour anyway."""
    kinds = (ContextKind.MARKED, ContextKind.JUDGED)
    return KeptContext.objects.filter(kind__in=kinds, key=person.pk)


def _marks_of(person: Person) -> Rows:
    return DirtyCustomer.objects.filter(
        Q(customer_id=person.pk) | Q(external_id__in=person.numbers)
    )


def _unname_marks(rows: Rows, person: Person, *, keep_orders: bool) -> int:
    """Clear the number in the marks of a deleted customer, which still have to end memberships."""
    return rows.exclude(external_id=None).update(external_id="")


def _versions_of(person: Person) -> Rows:
    """Return the event versions of the person's carts and of things with the person's numbers."""
    carts = Cart.objects.filter(customer=person.pk).values("external_id")
    return EventVersion.objects.filter(
        Q(kind__in=NAMED_BY_CUSTOMER, key__in=person.numbers) | Q(kind="cart", key__in=carts)
    )


def _erasures_of(person: Person) -> Rows:
    return Erasure.objects.filter(person__pk=person.pk)


def _keep(rows: Rows, person: Person, *, keep_orders: bool) -> int:
    """Keep the erasure, which needs `person` until it is completed and clears it then."""
    return 0


def _log_of(person: Person) -> Rows:
    customers = ContentType.objects.get_for_model(Customer)
    return LogEntry.objects.filter(
        Q(object_id=str(person.pk)) | Q(object_repr__in=person.numbers), content_type=customers
    )


_unname_log = overwrite(object_id=None, object_repr=ERASED)
