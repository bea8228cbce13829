"""Coupons: the codes of a rule, the batches in which they are generated, and reservations."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.database.fields import FoldedTextField, FoldingModel, FoldingQuerySet
from core.text.folding import fold
from customers.models import Customer
from price_rules.models.rule import CartPriceRule, CouponKind


class CouponBatch(models.Model):
    """Codes that are generated together: none of them is valid before all are generated."""

    rule = models.ForeignKey(
        CartPriceRule, models.CASCADE, related_name="batches", verbose_name=_("rule")
    )
    count = models.PositiveIntegerField(_("number of codes"))
    prefix = models.CharField(_("prefix"), max_length=32, blank=True, default="")
    length = models.PositiveSmallIntegerField(_("length"))
    alphabet = models.CharField(_("characters"), max_length=64)
    uses = models.PositiveIntegerField(_("uses of a code"), default=1)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("author"),
    )
    created_at = models.DateTimeField(_("created"))
    completed_at = models.DateTimeField(_("completed"), null=True)

    class Meta:
        verbose_name = _("batch of coupons")
        verbose_name_plural = _("batches of coupons")

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def state(self) -> str:
        """`running` until all codes are generated, then `completed`."""
        return "running" if self.completed_at is None else "completed"


class CouponQuerySet(FoldingQuerySet):
    """Querysets of coupons, with a filter for coupons that may be shown and used."""

    def issued(self) -> "CouponQuerySet":
        """Return the coupons that are issued: their batch is complete and their rule takes them.

        Other rows only exist so that their uses still count: codes that a rule had earlier, before
        its code or its kind of coupon changed, and codes whose customer was erased.
        """
        specific = Q(batch=None, customer=None)
        wanted = Q(rule__coupon=CouponKind.GENERATED) & ~specific
        own = Q(rule__coupon=CouponKind.SPECIFIC, code=F("rule__coupon_code")) & specific
        complete = Q(batch=None) | Q(batch__completed_at__isnull=False)
        issued: CouponQuerySet = self.filter(wanted | own).filter(complete)
        return issued

    def with_code(self, code: str) -> "CouponQuerySet":
        """Return the coupon with this code, ignoring case."""
        called: CouponQuerySet = self.filter(code_folded=fold(code))
        return called


class Coupon(FoldingModel):
    """A code of a rule. A coupon with a `customer` is only valid for that customer.

    The code of a rule that has one code for everybody is also a row, without batch and customer.
    """

    rule = models.ForeignKey(
        CartPriceRule, models.CASCADE, related_name="coupons", verbose_name=_("rule")
    )
    batch = models.ForeignKey(
        CouponBatch, models.CASCADE, null=True, related_name="coupons", verbose_name=_("batch")
    )
    code = models.CharField(_("code"), max_length=64)
    code_folded = FoldedTextField("code", unique=True)
    customer = models.ForeignKey(
        Customer, models.SET_NULL, null=True, related_name="+", verbose_name=_("customer")
    )
    # 0: without a limit of its own.
    uses = models.PositiveIntegerField(_("uses"), default=1)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    created_at = models.DateTimeField(_("issued"))
    # The app that issued the coupon for its customer, and deletes it once it is of no use.
    issuer = models.CharField(max_length=32, blank=True, default="", editable=False)

    objects = CouponQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("coupon")
        verbose_name_plural = _("coupons")
        permissions = [
            ("generate_coupons", _("Can generate coupons")),
            ("redeem_coupon", _("Can redeem coupons")),
        ]

    def __str__(self) -> str:
        return self.code


class Reservation(models.Model):
    """A coupon reserved for an order that is not stored yet; then the order counts as the use."""

    coupon = models.ForeignKey(
        Coupon,
        models.CASCADE,
        related_name="reservations",
        db_index=False,
        verbose_name=_("coupon"),
    )
    order = models.CharField(_("order"), max_length=64)
    customer = models.ForeignKey(
        Customer, models.SET_NULL, null=True, related_name="+", verbose_name=_("customer")
    )
    expires_at = models.DateTimeField(_("expires"))

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        constraints = [models.UniqueConstraint(fields=["coupon", "order"], name="reservation_once")]
        indexes = [models.Index(fields=["order"], name="reservation_order_idx")]

    def __str__(self) -> str:
        return self.order
