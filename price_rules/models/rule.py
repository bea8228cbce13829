"""Cart price rules and their versions."""

import math
from datetime import datetime, time, tzinfo
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.database.fields import ExactDecimalField, FoldedTextField, FoldingModel
from core.resources.models import ResourceVersion
from core.text.codes import CODE


class Action(models.TextChoices):
    """The kind of discount that a rule gives."""

    PERCENT = "percent", _("a percentage of each line")
    FIXED_EACH = "fixed_each", _("an amount from each piece")
    FIXED_CART = "fixed_cart", _("an amount from the whole cart")
    BUY_X_GET_Y = "buy_x_get_y", _("some pieces of a line free")
    NONE = "none", _("nothing (free shipping alone)")


class CouponKind(models.TextChoices):
    """Whether a rule requires a coupon, and of which kind."""

    NONE = "none", _("no coupon")
    SPECIFIC = "specific", _("one code for everybody")
    GENERATED = "generated", _("codes that are generated")


class CartPriceRule(FoldingModel):
    """The conditions and the discount of a cart. Only `price_rules.resource` writes rules.

    Websites, groups and segments are stored by code. A rule whose listed codes are all gone applies
    to nothing; with foreign keys its list would become empty, which means all.
    """

    code = models.CharField(
        _("code"),
        max_length=64,
        unique=True,
        validators=[CODE],
        help_text=_("The name by which other systems know the rule; it never changes."),
    )
    name = models.CharField(_("name"), max_length=255)
    name_folded = FoldedTextField("name")
    label = models.JSONField(_("label"), default=dict, blank=True)
    description = models.TextField(_("description"), blank=True, default="")
    is_active = models.BooleanField(_("active"), default=True)
    websites = models.JSONField(_("websites"), default=list, blank=True)
    customer_groups = models.JSONField(_("customer groups"), default=list, blank=True)
    starts_on = models.DateField(_("first day"), null=True, blank=True)
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    priority = models.IntegerField(_("priority"), default=0)
    stop_further_rules = models.BooleanField(_("no further rules"), default=False)
    segments = models.JSONField(_("segments"), null=True, blank=True)
    conditions = models.JSONField(_("conditions"), null=True, blank=True)
    items = models.JSONField(_("lines"), null=True, blank=True)
    coupon = models.CharField(
        _("coupon"), max_length=16, choices=CouponKind.choices, default=CouponKind.NONE
    )
    coupon_code = models.CharField(_("coupon code"), max_length=64, blank=True, default="")
    uses_total = models.PositiveIntegerField(_("uses in all"), default=0)
    uses_per_customer = models.PositiveIntegerField(_("uses by a customer"), default=0)
    action = models.CharField(_("discount"), max_length=16, choices=Action.choices)
    value = ExactDecimalField(_("value"), null=True, blank=True)
    # How many pieces of each line are discounted, 0 for all; a quantity sold by the metre may be a
    # fraction. The first column is rounded up for the previous release, which only reads this
    # column; the second is exact, and null for whole numbers. Set both by `most_pieces`.
    max_quantity = models.PositiveIntegerField(_("pieces at most"), default=0)
    max_quantity_exact = ExactDecimalField(_("pieces at most"), null=True, editable=False)
    buy = models.PositiveIntegerField(_("pieces to buy"), null=True, blank=True)
    get = models.PositiveIntegerField(_("pieces free"), null=True, blank=True)
    min_subtotal = ExactDecimalField(_("least subtotal"), null=True, blank=True)
    max_discount = ExactDecimalField(_("largest discount"), null=True, blank=True)
    free_shipping = models.BooleanField(_("free shipping"), default=False)
    version = models.PositiveIntegerField(_("version"), default=0, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last changed"), auto_now=True)

    class Meta:
        verbose_name = _("price rule")
        verbose_name_plural = _("price rules")
        # The order in which rules are applied.
        ordering = ["priority", "code"]
        permissions = [("evaluate", _("Can evaluate carts by price rules"))]

    def starts_at(self, zone: tzinfo) -> datetime | None:
        """Return the first instant of the rule's first day in `zone`; None for an open start."""
        return None if self.starts_on is None else datetime.combine(self.starts_on, time.min, zone)

    def ends_at(self, zone: tzinfo) -> datetime | None:
        """Return the last instant of the rule's last day in `zone`; None for an open end."""
        if self.ends_on is None:
            return None
        # Where clocks go back at midnight, the last hour occurs twice: the rule ends with the
        # second occurrence.
        return datetime.combine(self.ends_on, time.max, zone).replace(fold=1)

    def __str__(self) -> str:
        return self.name

    @property
    def most_pieces(self) -> Decimal:
        """Return how many pieces of each line are discounted at most; 0: all.

        The exact column counts unless the previous release has changed the rounded column since.
        """
        exact: Decimal | None = self.max_quantity_exact
        if exact is not None and math.ceil(exact) == self.max_quantity:
            return exact
        return Decimal(self.max_quantity)

    @most_pieces.setter
    def most_pieces(self, most: Decimal | int) -> None:
        self.max_quantity = math.ceil(most)
        self.max_quantity_exact = None if most == self.max_quantity else most


class CartPriceRuleVersion(ResourceVersion):
    """A version of a rule: its complete definition, from which the rule can be restored."""

    rule = models.ForeignKey(
        CartPriceRule,
        models.CASCADE,
        related_name="versions",
        db_index=False,
        verbose_name=_("rule"),
    )

    class Meta:
        verbose_name = _("version of a price rule")
        verbose_name_plural = _("versions of price rules")
        constraints = [
            models.UniqueConstraint(fields=["rule", "number"], name="price_rule_version_once")
        ]
