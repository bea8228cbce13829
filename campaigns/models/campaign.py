"""Campaigns, the variants of their mail, and their holdout groups."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.template import MailTemplate, MailTemplateVersion
from core.database.fields import FoldedTextField, FoldingModel
from core.text.codes import CODE
from customers.models import Customer
from price_rules.models import CartPriceRule


class CampaignState(models.TextChoices):
    """How far a campaign is."""

    DRAFT = "draft", _("draft")
    SCHEDULED = "scheduled", _("scheduled")
    FREEZING = "freezing", _("its recipients are being settled")
    SENDING = "sending", _("being sent")
    PAUSED = "paused", _("paused")
    SENT = "sent", _("sent")
    CANCELLED = "cancelled", _("cancelled")


class Match(models.TextChoices):
    """Whether one of the segments is enough."""

    ANY = "any", _("members of any of the segments")
    ALL = "all", _("members of all of the segments")


class SendTime(models.TextChoices):
    """At which time of the day each recipient's mail leaves."""

    ASAP = "asap", _("at once")
    BEST_HOUR = "best_hour", _("at each customer's best hour")


class OptimizeFor(models.TextChoices):
    """By which rate of the test the winner is chosen."""

    OPEN_RATE = "open_rate", _("opened mails")
    CLICK_RATE = "click_rate", _("mails that were clicked in")


class Campaign(FoldingModel):
    """One mail to an audience. Written by `editing`, `audience` and `delivery` only.

    Segments and stores are stored by their codes: a list whose codes are all deleted means nobody,
    while an empty list means everybody.
    """

    code = models.CharField(_("code"), max_length=64, unique=True, validators=[CODE])
    name = models.CharField(_("name"), max_length=255)
    name_folded = FoldedTextField("name")
    template = models.ForeignKey(
        MailTemplate, models.PROTECT, related_name="campaigns", verbose_name=_("template")
    )
    # The version that is sent: the newest at the freeze.
    frozen_template = models.ForeignKey(
        MailTemplateVersion,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("version of the template"),
    )
    segments = models.JSONField(_("segments"), default=list, blank=True)
    match = models.CharField(_("match"), max_length=8, choices=Match.choices, default=Match.ANY)
    exclude_segments = models.JSONField(_("excluded segments"), default=list, blank=True)
    stores = models.JSONField(_("stores"), default=list)
    # Null: as soon as a user sends it.
    send_at = models.DateTimeField(_("send at"), null=True, blank=True)
    send_time = models.CharField(
        _("time of day"), max_length=16, choices=SendTime.choices, default=SendTime.ASAP
    )
    coupon_rule = models.ForeignKey(
        CartPriceRule,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("price rule of the coupons"),
    )
    respects_holdout = models.BooleanField(_("leaves out the control group"), default=False)
    # The code of an experiment of personalization with variants of the mail; empty: none.
    experiment = models.CharField(_("experiment"), max_length=64, blank=True, default="")
    # So many of 10,000 recipients get the experiment's variants first; null: all of them. So many
    # hours after the last of these mails, the variant with the highest rate goes to the others.
    test_share = models.PositiveIntegerField(_("test share"), null=True, blank=True)
    decide_after_hours = models.PositiveIntegerField(
        _("hours until the decision"), null=True, blank=True
    )
    optimize_for = models.CharField(
        _("winner by"),
        max_length=16,
        choices=OptimizeFor.choices,
        blank=True,
        default="",
        db_default="",
    )
    # The winner and the figures of the decision (`winners.deciding`); null before.
    decision = models.JSONField(_("decision"), null=True, editable=False)
    state = models.CharField(
        _("state"),
        max_length=16,
        choices=CampaignState.choices,
        default=CampaignState.DRAFT,
        editable=False,
    )
    # Why it was paused automatically: `refused`, `login`; empty if a user paused it.
    pause_reason = models.CharField(_("why it is paused"), max_length=64, blank=True, default="")
    refused_in_row = models.PositiveIntegerField(default=0, editable=False)
    # The audience at the freeze: its size, and the numbers of excluded customers by reason.
    audience = models.JSONField(_("audience"), null=True, editable=False)
    # The number of recipients at the last count; after the freeze, the final number.
    eligible = models.PositiveIntegerField(_("recipients"), default=0, editable=False)
    # How many of these get no mail, since they cannot use its coupon; counted at the same time.
    held_back = models.PositiveIntegerField(_("held back"), default=0, editable=False)
    eligible_at = models.DateTimeField(_("recipients counted"), null=True, editable=False)
    # Opens and clicks, as far as a provider reports them.
    opened = models.PositiveIntegerField(_("opened"), default=0, editable=False)
    clicked = models.PositiveIntegerField(_("clicked"), default=0, editable=False)
    frozen_at = models.DateTimeField(_("recipients settled"), null=True, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)
    version = models.PositiveIntegerField(_("version"), default=0, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last changed"), auto_now=True)

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering = ["-pk"]
        permissions = [("send_campaign", _("Can send campaigns"))]

    def __str__(self) -> str:
        return self.name

    def goes_out_at(self, at: datetime) -> datetime:
        """Return when the campaign goes out if a user sends it at `at` (aware): then or later."""
        return max(at, self.send_at) if self.send_at is not None else at

    def is_later_than(self, at: datetime) -> bool:
        """Return whether its scheduled time is later than `at` (aware)."""
        return self.send_at is not None and self.send_at > at


class CampaignVariant(models.Model):
    """The mail of a variant of a campaign's experiment; written by `audience.freezing` only.

    Without a version, the mail has the campaign's own template; without a subject, its template's.
    """

    campaign = models.ForeignKey(
        Campaign,
        models.CASCADE,
        related_name="variants",
        db_index=False,
        verbose_name=_("campaign"),
    )
    # The code of the variant in the experiment.
    code = models.CharField(_("code"), max_length=64)
    template_version = models.ForeignKey(
        MailTemplateVersion,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("version of the template"),
    )
    subject = models.CharField(_("subject"), max_length=250, blank=True, default="")

    class Meta:
        verbose_name = _("variant of a campaign")
        verbose_name_plural = _("variants of campaigns")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["campaign", "code"], name="campaign_variant_once")
        ]

    def __str__(self) -> str:
        return self.code


class HeldOut(models.Model):
    """A customer of a frozen campaign's holdout group who was excluded for no other reason."""

    campaign = models.ForeignKey(
        Campaign, models.CASCADE, related_name="+", db_index=False, verbose_name=_("campaign")
    )
    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="+", verbose_name=_("customer")
    )

    class Meta:
        verbose_name = _("customer of the control group")
        verbose_name_plural = _("customers of the control group")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["campaign", "customer"], name="held_out_once"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
