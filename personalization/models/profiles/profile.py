"""The figures of customers' profiles that conditions read, and the queue of profiles to rewrite."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.database.fields import ExactDecimalField
from customers.models import Category, Customer


class CustomerProfile(models.Model):
    """The figures of a customer that conditions read; no row if nothing is known of the customer.

    Written by `personalization.profiles.writing` only, which marks customers whom a change may move
    into or out of a segment: no trigger does. Customers who refuse personalization have none.
    """

    customer = models.OneToOneField(
        Customer, models.CASCADE, primary_key=True, related_name="profile"
    )
    # See `personalization.engagement`: units of 1e-12; null if no activity has a weight.
    engagement_level = models.BigIntegerField(null=True)
    sessions_count = models.IntegerField(_("sessions"), default=0)
    last_activity_at = models.DateTimeField(_("last activity"), null=True)
    # When an activity that is dated after these figures begins to count; null: there is none.
    due_at = models.DateTimeField(null=True)
    # See `personalization.lifestyle`: shares and regularity, 0 to 1; null where missing.
    weekend_share = ExactDecimalField(_("orders on weekends"), null=True)
    evening_share = ExactDecimalField(_("orders in the evening"), null=True)
    new_product_share = ExactDecimalField(_("lines of new products"), null=True)
    gift_season_share = ExactDecimalField(_("orders in November and December"), null=True)
    regularity = ExactDecimalField(_("regularity"), null=True)
    updated_at = models.DateTimeField(_("as of"))

    class Meta:
        verbose_name = _("profile of a customer")
        verbose_name_plural = _("profiles of customers")
        default_permissions = ()
        permissions = [("view_profile", _("Can see customers' profiles"))]
        indexes = [
            models.Index(fields=["engagement_level", "customer"], name="profile_engagement_idx"),
            models.Index(fields=["sessions_count", "customer"], name="profile_sessions_idx"),
            models.Index(fields=["last_activity_at", "customer"], name="profile_activity_idx"),
            models.Index(
                fields=["due_at"], condition=models.Q(due_at__isnull=False), name="profile_due_idx"
            ),
        ]

    def __str__(self) -> str:
        return str(self.customer_id)


class CustomerInterest(models.Model):
    """One of the three categories that interest a customer most, compared with other customers."""

    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="best_interests", db_index=False
    )
    category = models.ForeignKey(Category, models.CASCADE, related_name="+", db_index=False)
    place = models.PositiveSmallIntegerField(_("place"))

    class Meta:
        verbose_name = _("interest of a customer")
        verbose_name_plural = _("interests of customers")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["customer", "category"], name="interest_once")
        ]
        indexes = [models.Index(fields=["category", "customer"], name="interest_category_idx")]

    def __str__(self) -> str:
        return f"{self.place}: {self.category}"


class CustomerBrand(models.Model):
    """One of the three brands that interest a customer most, compared with other customers."""

    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="best_brands", db_index=False
    )
    brand = models.TextField(_("brand"))
    place = models.PositiveSmallIntegerField(_("place"))

    class Meta:
        verbose_name = _("brand of a customer")
        verbose_name_plural = _("brands of customers")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["customer", "brand"], name="brand_once")]

    def __str__(self) -> str:
        return f"{self.place}: {self.brand}"


class CustomerValueShare(models.Model):
    """The share (0 to 1) of a customer's spend of a year on products with a value of an attribute.

    `code` is that of the products' attribute (`VALUE_ATTRIBUTES`).
    """

    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="value_shares", db_index=False
    )
    code = models.CharField(_("code"), max_length=64)
    share = ExactDecimalField(_("share"))

    class Meta:
        verbose_name = _("value of a customer")
        verbose_name_plural = _("values of customers")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["customer", "code"], name="value_share_once")
        ]
        indexes = [models.Index(fields=["code", "share", "customer"], name="value_share_idx")]

    def __str__(self) -> str:
        return f"{self.code}: {self.share}"


class WaitingProfile(models.Model):
    """A customer whose profile is to be written later: no segment reads it, or their row was
    locked.

    Not a foreign key: the row may outlive the customer and holds no personal data.
    """

    customer_id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.customer_id)
