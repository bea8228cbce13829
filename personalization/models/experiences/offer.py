"""Offers, the same for all customers of their audience, and their redemptions by orders."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.database.fields import ExactDecimalField
from core.text.codes import CODE
from customers.models import Customer


class OfferKind(models.TextChoices):
    """The kind of benefit of an offer."""

    PERCENT = "percent", _("a percentage off")
    FIXED = "fixed", _("an amount off")
    FREE_SHIPPING = "free_shipping", _("free shipping")
    POINTS = "points", _("points")
    CATEGORY_BONUS = "category_bonus", _("bonus points in a category")
    EARLY_ACCESS = "early_access", _("early access")
    EXPERIENCE_REWARD = "experience_reward", _("an experience as a reward")


class Offer(models.Model):
    """An offer: its benefit, its audience and its limits.

    Written by `personalization.offers.resource` only.

    `audience` is as that of a variant. `value` is a percentage, an amount in the base currency or a
    number of points, by the kind. `settled` is the cost of redemptions that have been purged.

    `categories`, `products` (SKUs) and `brands` are what the offer is about, by their codes; they
    only move its score. `named_share` and `brands_share` are their shares of all order lines of the
    shop, as of `shares_as_of`; null if the offer names none, and until a score needs them.
    """

    code = models.CharField(
        _("code"),
        max_length=64,
        unique=True,
        validators=[CODE],
        help_text=_("The name by which the shop knows the offer; it never changes."),
    )
    kind = models.CharField(_("kind"), max_length=32, choices=OfferKind.choices)
    value = ExactDecimalField(_("value"), null=True, blank=True)
    audience = models.JSONField(_("audience"), null=True, blank=True)
    priority = models.IntegerField(
        _("priority"), default=0, help_text=_("The lowest comes first, then the first code.")
    )
    starts_at = models.DateTimeField(_("from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    budget = ExactDecimalField(
        _("budget"),
        null=True,
        blank=True,
        help_text=_("In the base currency. None: without a limit."),
    )
    max_per_customer = models.PositiveIntegerField(
        _("times by a customer"), null=True, blank=True, help_text=_("None: without a limit.")
    )
    min_margin = ExactDecimalField(
        _("least margin"),
        null=True,
        blank=True,
        help_text=_("The share of a cart’s price, from 0 to 1, that is left to the shop."),
    )
    legal_basis = models.TextField(
        _("legal basis"), help_text=_("By which right customers are chosen for it.")
    )
    categories = models.JSONField(
        _("of categories"),
        default=list,
        db_default=[],
        blank=True,
        help_text=_("Those below them included."),
    )
    products = models.JSONField(_("of products"), default=list, db_default=[], blank=True)
    brands = models.JSONField(_("of brands"), default=list, db_default=[], blank=True)
    named_share = models.FloatField(null=True, editable=False)
    brands_share = models.FloatField(null=True, editable=False)
    shares_as_of = models.DateTimeField(null=True, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    settled = ExactDecimalField(_("settled"), default=0, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last changed"), auto_now=True)

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        # The order of precedence.
        ordering = ["priority", "code"]
        permissions = [("redeem_offer", _("Can redeem offers"))]

    def __str__(self) -> str:
        return self.code


class OfferRedemption(models.Model):
    """An order's redemption of an offer; `order` is the order number, `amount` the cost.

    `returned_at` is when the amount of a canceled order was given to another order; until then, the
    state of the order decides whether the redemption counts.
    """

    offer = models.ForeignKey(
        Offer,
        models.SET_NULL,
        null=True,
        related_name="redemptions",
        db_index=False,
        verbose_name=_("offer"),
    )
    # The code of the offer, which may have been deleted.
    code = models.CharField(_("code"), max_length=64)
    order = models.CharField(_("order"), max_length=64)
    customer = models.ForeignKey(
        Customer, models.SET_NULL, null=True, related_name="+", verbose_name=_("customer")
    )
    amount = ExactDecimalField(_("amount"))
    redeemed_at = models.DateTimeField(_("redeemed"))
    returned_at = models.DateTimeField(_("given back"), null=True)

    class Meta:
        verbose_name = _("redemption of an offer")
        verbose_name_plural = _("redemptions of offers")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["offer", "order"], name="redemption_once")]

    def __str__(self) -> str:
        return f"{self.code}: {self.order}"
