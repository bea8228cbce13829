"""Sequences: mails that follow a customer's entering or leaving a segment, step by step."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import SendTime
from campaigns.models.reason import Reason
from campaigns.models.template import MailTemplate
from customers.models import Customer
from price_rules.models import CartPriceRule
from segments.models import Segment


class Trigger(models.TextChoices):
    """What starts a sequence."""

    ENTER = "enter", _("a customer enters the segment")
    EXIT = "exit", _("a customer leaves the segment")


class Reentry(models.TextChoices):
    """Whether a sequence starts again for a customer who had it before."""

    NEVER = "never", _("never")
    AFTER_COMPLETION = "after_completion", _("once the one before has ended")
    ALWAYS = "always", _("always, beside one that has not ended, too")


class OnDefinition(models.TextChoices):
    """Whether customers who enter or leave by a change of the segment's conditions start a
    sequence.
    """

    SILENT = "silent", _("starts nothing")
    START = "start", _("starts like any other change")


class Sequence(models.Model):
    """What follows one trigger of a segment. Written by `campaigns.editing.sequences` only."""

    # Null once the segment is deleted, which an active sequence prevents.
    segment = models.ForeignKey(
        Segment,
        models.SET_NULL,
        null=True,
        related_name="sequences",
        db_index=False,
        verbose_name=_("segment"),
    )
    segment_code = models.CharField(_("code of the segment"), max_length=64)
    trigger = models.CharField(_("begins when"), max_length=8, choices=Trigger.choices)
    is_active = models.BooleanField(_("active"), default=False)
    reentry = models.CharField(
        _("again"), max_length=24, choices=Reentry.choices, default=Reentry.AFTER_COMPLETION
    )
    reentry_days = models.PositiveIntegerField(_("least days between two starts"), default=0)
    max_sends = models.PositiveIntegerField(_("most messages to one customer"), default=0)
    on_definition_change = models.CharField(
        _("new conditions of the segment"),
        max_length=8,
        choices=OnDefinition.choices,
        default=OnDefinition.SILENT,
    )
    send_time = models.CharField(
        _("time of day"), max_length=16, choices=SendTime.choices, default=SendTime.ASAP
    )
    stop_on_order = models.BooleanField(_("ends with an order"), default=False)
    # Changes up to this number of the log happened before it was activated: they start nothing.
    active_after = models.BigIntegerField(default=0, editable=False)
    # The first refresh of its segment, if that came after its activation: its members are those of
    # a new definition. Null: it is yet to come; 0: it was before.
    silent_run = models.BigIntegerField(null=True, default=0, editable=False)
    # When its segment was switched on again: the first refresh that ends after it brings what has
    # happened while the segment was off, which starts nothing.
    silent_since = models.DateTimeField(null=True, editable=False)
    # Why nothing of it is sent at present, if nobody deactivated it: `refused`, `login` and so on.
    pause_reason = models.CharField(_("why it is held"), max_length=64, blank=True, default="")
    refused_in_row = models.PositiveIntegerField(default=0, editable=False)
    # Starting the present members: who was one then, and up to which customer it is done.
    starting_at = models.DateTimeField(null=True, editable=False)
    starting_after = models.BigIntegerField(default=0, editable=False)
    started_members = models.PositiveIntegerField(default=0, editable=False)
    opened = models.PositiveIntegerField(_("opened"), default=0, editable=False)
    clicked = models.PositiveIntegerField(_("clicked"), default=0, editable=False)
    version = models.PositiveIntegerField(_("version"), default=0, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last changed"), auto_now=True)

    # Steps that were given to a row and are yet to be stored.
    given_steps: Any = None

    class Meta:
        verbose_name = _("sequence")
        verbose_name_plural = _("sequences")
        ordering = ["segment_code", "trigger", "pk"]
        constraints = [models.UniqueConstraint(fields=["segment", "trigger"], name="sequence_once")]

    def __str__(self) -> str:
        return f"{self.segment_code}: {self.get_trigger_display()}"

    @property
    def written_steps(self) -> Any:
        """The steps in their order: those that were given, else those that are stored."""
        if self.given_steps is not None:
            return self.given_steps
        return [] if self.pk is None else list(self.steps.all())

    @written_steps.setter
    def written_steps(self, steps: Any) -> None:
        self.given_steps = steps

    @property
    def source(self) -> str:
        """How messages and reports name it: `sequence:ID`."""
        return f"sequence:{self.pk}"


class StepManager(models.Manager["Step"]):
    """Steps with what they name: nobody wants one without."""

    def get_queryset(self) -> models.QuerySet["Step"]:
        return super().get_queryset().select_related("template", "coupon_rule")


class Step(models.Model):
    """One mail of a sequence, so many minutes after its trigger."""

    sequence = models.ForeignKey(
        Sequence,
        models.CASCADE,
        related_name="steps",
        db_index=False,
        verbose_name=_("sequence"),
    )
    number = models.PositiveIntegerField(_("number"))
    delay_minutes = models.PositiveIntegerField(_("minutes after the trigger"))
    template = models.ForeignKey(
        MailTemplate, models.PROTECT, related_name="steps", verbose_name=_("template")
    )
    coupon_rule = models.ForeignKey(
        CartPriceRule,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("price rule of the coupon"),
    )
    # 0: it does not expire.
    coupon_days = models.PositiveIntegerField(_("days that the coupon is good for"), default=0)
    coupon_prefix = models.CharField(_("beginning of its code"), max_length=32, default="")
    is_active = models.BooleanField(_("active"), default=True)

    objects = StepManager()

    # The number by which it is known in what is stored, while a sequence is changed.
    had = 0

    class Meta:
        verbose_name = _("step of a sequence")
        verbose_name_plural = _("steps of sequences")
        ordering = ["number", "pk"]
        constraints = [models.UniqueConstraint(fields=["sequence", "number"], name="step_once")]

    def __str__(self) -> str:
        return str(self.number)


class RunState(models.TextChoices):
    """Whether somebody who set off a sequence gets its mails."""

    STARTED = "started", _("started")
    NOT_ELIGIBLE = "not_eligible", _("may not get mail")


class Run(models.Model):
    """That a sequence was set off by a customer. Its messages are its rows."""

    sequence = models.ForeignKey(
        Sequence, models.CASCADE, related_name="runs", db_index=False, verbose_name=_("sequence")
    )
    # Null when the customer is gone.
    customer = models.ForeignKey(
        Customer, models.SET_NULL, null=True, related_name="+", verbose_name=_("customer")
    )
    # The change of the log that set it off; null for one that somebody started by intent.
    change = models.BigIntegerField(null=True)
    state = models.CharField(_("state"), max_length=16, choices=RunState.choices)
    # Why they may not get mail.
    reason = models.CharField(
        _("reason"), max_length=32, choices=Reason.choices, blank=True, default=""
    )
    started_at = models.DateTimeField(_("started"))
    # When its customer left or came back, which ends it; otherwise its last message does.
    ended_at = models.DateTimeField(_("ended"), null=True)
    # Messages that went out and whose rows are not kept any more.
    purged_sends = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("run of a sequence")
        verbose_name_plural = _("runs of sequences")
        constraints = [
            models.UniqueConstraint(fields=["sequence", "change"], name="run_once"),
        ]
        indexes = [
            models.Index(fields=["sequence", "customer", "started_at"], name="run_customer_idx")
        ]

    def __str__(self) -> str:
        return str(self.pk)


class SequenceCursor(models.Model):
    """The last entry of the change log that sequences have processed; a single row."""

    number = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.number)
