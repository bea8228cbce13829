"""Newsletter subscriptions, one for each customer and store."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from django.db import models
from django.db.models import Case, Exists, ExpressionWrapper, F, OuterRef, Q, Value, When
from django.utils.translation import gettext_lazy as _

from core.clock import is_ahead, now
from core.database.prepared import rows_by_key
from customers.models.identity.customer import Customer
from customers.models.shop import Store

# The time from which a consent that is dated in the future counts: before every refusal.
UNDATED = datetime(1970, 1, 1, tzinfo=UTC)


class SubscriptionStatus(models.TextChoices):
    """The status of a subscription (Maho's 1 to 4)."""

    SUBSCRIBED = "subscribed", _("subscribed")
    NOT_ACTIVE = "not_active", _("not active")
    UNSUBSCRIBED = "unsubscribed", _("unsubscribed")
    UNCONFIRMED = "unconfirmed", _("unconfirmed")


# Statuses that are no statement of the customer's: neither consent nor refusal.
UNSAID = frozenset({SubscriptionStatus.NOT_ACTIVE.value, SubscriptionStatus.UNCONFIRMED.value})


def received_moment(status: str, at: datetime) -> datetime:
    """Return the time from which a statement counts that is received now and dated `at`.

    A refusal that is dated in the future counts from now on, so that a later consent undoes the
    refusal. A consent that is dated in the future counts as a consent without a time, and undoes no
    refusal of the mailbox, now or later. `imports.stale_rows` has the same rule in SQL.
    """
    if is_ahead(at) and status == SubscriptionStatus.SUBSCRIBED:
        return UNDATED
    return min(at, now())


class Subscriptions(models.QuerySet["NewsletterSubscription"]):
    """Subscriptions with the shop's status, and with the status that counts for mail."""

    def standing(self, at: datetime | None = None) -> Any:
        """Annotate each row with `standing`, the status that counts for the customer's mailbox.

        Consents dated after `at` (aware; now unless given) are dated in the future.

        A consent does not count where any customer with the same mailbox has a refusal for the same
        store that is not older: mail to a guest and to an account with one address reaches the same
        person.
        """
        refusals = NewsletterSubscription.objects.filter(
            customer=OuterRef("pk"),
            store=OuterRef(OuterRef("store")),
            status=SubscriptionStatus.UNSUBSCRIBED,
        )
        said_at = OuterRef(OuterRef("status_changed_at"))
        # A consent that is dated in the future undoes no refusal.
        refusals = refusals.annotate(said_at=ExpressionWrapper(said_at, models.DateTimeField()))
        is_ahead_of_now = Q(said_at__gt=at or now())
        refusals = refusals.filter(Q(status_changed_at__gte=F("said_at")) | is_ahead_of_now)
        # Nested, not joined: SQLite without statistics would read all subscriptions of the store.
        others = Customer.objects.with_mailbox(OuterRef("customer__mailbox"))
        refusing = others.filter(Exists(refusals))
        is_taken_back = Q(Exists(refusing), status=SubscriptionStatus.SUBSCRIBED)
        standing = Case(
            When(is_taken_back, then=Value(SubscriptionStatus.UNSUBSCRIBED)),
            default=F("status"),
        )
        # A keyword by name, so that the model can declare the type of the attribute.
        return self.annotate(**{"standing": standing})  # noqa: PIE804


class NewsletterSubscription(models.Model):
    """A customer's subscription to the newsletter of a store."""

    # Added by `Subscriptions.standing`.
    standing: str

    customer = models.ForeignKey(
        Customer,
        models.CASCADE,
        related_name="subscriptions",
        db_index=False,
        verbose_name=_("customer"),
    )
    store = models.ForeignKey(Store, models.PROTECT, related_name="+", verbose_name=_("store"))
    status = models.CharField(_("status"), max_length=16, choices=SubscriptionStatus.choices)
    status_changed_at = models.DateTimeField(_("status changed"))

    objects = Subscriptions.as_manager()

    class Meta:
        verbose_name = _("newsletter subscription")
        verbose_name_plural = _("newsletter subscriptions")
        constraints = [
            models.UniqueConstraint(fields=["customer", "store"], name="subscription_once")
        ]
        indexes = [models.Index(fields=["status", "customer"], name="subscription_status_idx")]

    def outdates(self, status: str, at: datetime) -> bool:
        """Return whether the stored status takes precedence over `status` since `at`.

        The later statement counts. A consent undoes another status only where the consent is later
        and not dated in the future; a stored consent that is dated in the future never takes
        precedence. Only a consent undoes a refusal: the statuses `UNSAID` are no statements.
        """
        refused = SubscriptionStatus.UNSUBSCRIBED
        if refused in (self.status, status) and {self.status, status} & UNSAID:
            return self.status == refused
        if status == SubscriptionStatus.SUBSCRIBED != self.status:
            return not self.status_changed_at < at <= now()
        return at < self.status_changed_at <= now()

    def __str__(self) -> str:
        return self.get_status_display()


# A refusal of marketing counts for all customers of the mailbox, as an unsubscription does.
_refusing = Customer.objects.filter(accepts_marketing=False)


def refuses_marketing(path: str) -> Exists:
    """Return the query condition that a customer with the mailbox at `path` refuses marketing."""
    return Exists(_refusing.with_mailbox(OuterRef(path)))


def refusing_among(mailboxes: Collection[str]) -> set[str]:
    """Return those of `mailboxes` that have a customer who refuses marketing."""

    def rows_of(*mailboxes: str) -> models.QuerySet[Any, Any]:
        rows = _refusing.filter(mailbox__in=mailboxes).exclude(mailbox="")
        return rows.values_list("mailbox")

    if len(mailboxes) == 1:  # A mail is sent: the single query must be fast.
        found = rows_by_key("refusing among", Customer.objects.db, rows_of, *mailboxes)
    else:
        found = list(rows_of(*mailboxes))
    return {mailbox for (mailbox,) in found}


def subscription_with_standing(customer: Customer, store_id: int) -> NewsletterSubscription | None:
    """Return the customer's newsletter subscription of a store; None without one.

    Its `standing` is the status that counts for the customer's mailbox. Sending asks for each
    message, so the statement is prepared once.
    """

    def rows_of(customer: int, store: int, at: datetime) -> models.QuerySet[Any]:
        rows: models.QuerySet[Any] = NewsletterSubscription.objects.standing(at)
        return rows.filter(customer=customer, store=store)

    alias = NewsletterSubscription.objects.db
    keys = (customer.pk, store_id, now())
    return next(iter(rows_by_key("standing of", alias, rows_of, *keys)), None)
