"""Cart price rules and what they said over time."""

import math
from datetime import datetime, time, tzinfo
from decimal import Decimal

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.database.fields import ExactDecimalField, FoldedTextField, FoldingModel


class Action(models.TextChoices):
    """What a rule takes off."""

    PERCENT = "percent", _("a percentage of each line")
    FIXED_EACH = "fixed_each", _("an amount from each piece")
    FIXED_CART = "fixed_cart", _("an amount from the whole cart")
    BUY_X_GET_Y = "buy_x_get_y", _("some pieces of a line free")
    NONE = "none", _("nothing (free shipping alone)")


class CouponKind(models.TextChoices):
    """Whether a rule wants a coupon."""

    NONE = "none", _("no coupon")
    SPECIFIC = "specific", _("one code for everybody")
    GENERATED = "generated", _("codes that are generated")


class CartPriceRule(FoldingModel):
    """When a cart gets how much off. Written by `price_rules.resource` only.

    Websites, groups and segments are kept by their codes: of a list whose codes are all gone
    nothing is left that the rule applies to, where an empty one would mean all.
    """

    code = models.CharField(
        _("code"),
        max_length=64,
        unique=True,
        validators=[
            RegexValidator(
                r"^[a-z0-9][a-z0-9_-]*\Z",
                _("Small letters, digits, “_” and “-” only, beginning with a letter or digit."),
            )
        ],
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
    # The discounted pieces of each line, 0 for all; what is sold by the metre has parts of a piece.
    # They are rounded up in the first column, as the release before reads it, and exact in the
    # second where they are not whole. Set both by `most_pieces`.
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
        # The order in which they are applied.
        ordering = ["priority", "code"]
        permissions = [("evaluate", _("Can evaluate carts by price rules"))]

    def starts_at(self, zone: tzinfo) -> datetime | None:
        """Return the first instant of the rule's first day in `zone`; None for an open start."""
        return None if self.starts_on is None else datetime.combine(self.starts_on, time.min, zone)

    def ends_at(self, zone: tzinfo) -> datetime | None:
        """Return the last instant of the rule's last day in `zone`; None for an open end."""
        if self.ends_on is None:
            return None
        # Where clocks go back at midnight, the last hour comes twice and the second one counts.
        return datetime.combine(self.ends_on, time.max, zone).replace(fold=1)

    def __str__(self) -> str:
        return self.name

    @property
    def most_pieces(self) -> Decimal:
        """Return how many pieces of each line are discounted at most; 0: all.

        The exact number counts unless the release before has changed the rounded one since.
        """
        exact: Decimal | None = self.max_quantity_exact
        if exact is not None and math.ceil(exact) == self.max_quantity:
            return exact
        return Decimal(self.max_quantity)

    @most_pieces.setter
    def most_pieces(self, most: Decimal | int) -> None:
        self.max_quantity = math.ceil(most)
        self.max_quantity_exact = None if most == self.max_quantity else most


class CartPriceRuleVersion(models.Model):
    """What a rule said, complete, so that it can be restored."""

    rule = models.ForeignKey(
        CartPriceRule,
        models.CASCADE,
        related_name="versions",
        db_index=False,
        verbose_name=_("rule"),
    )
    number = models.PositiveIntegerField(_("version"))
    definition = models.JSONField(_("definition"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("author"),
    )
    created_at = models.DateTimeField(_("saved"))

    class Meta:
        verbose_name = _("version of a price rule")
        verbose_name_plural = _("versions of price rules")
        constraints = [
            models.UniqueConstraint(fields=["rule", "number"], name="price_rule_version_once")
        ]

    def __str__(self) -> str:
        return str(self.number)
