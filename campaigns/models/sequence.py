"""Sequences: mails that follow a customer's entering or leaving a segment, step by step."""

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
    """The mails that follow one trigger of a segment. Written by `campaigns.editing.sequences`
    only.
    """

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
    # Log entries up to this number precede the activation: they start nothing.
    active_after = models.BigIntegerField(default=0, editable=False)
    # The segment's first refresh, if it came after the activation: its members count as moved by a
    # new definition. Null: yet to come; 0: it came before.
    silent_run = models.BigIntegerField(null=True, default=0, editable=False)
    # When its segment was turned on again: the first refresh that ends later has the changes since
    # it was turned off, which start nothing.
    silent_since = models.DateTimeField(null=True, editable=False)
    # Why its mails were paused automatically: `refused`, `login` and so on.
    pause_reason = models.CharField(_("why it is held"), max_length=64, blank=True, default="")
    refused_in_row = models.PositiveIntegerField(default=0, editable=False)
    # A start for the present members: its time, its progress by customer key, and their number.
    starting_at = models.DateTimeField(null=True, editable=False)
    starting_after = models.BigIntegerField(default=0, editable=False)
    started_members = models.PositiveIntegerField(default=0, editable=False)
    opened = models.PositiveIntegerField(_("opened"), default=0, editable=False)
    clicked = models.PositiveIntegerField(_("clicked"), default=0, editable=False)
    version = models.PositiveIntegerField(_("version"), default=0, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last changed"), auto_now=True)

    # Steps that were assigned to the object and are not stored yet.
    given_steps: "list[Step] | None" = None

    class Meta:
        verbose_name = _("sequence")
        verbose_name_plural = _("sequences")
        ordering = ["segment_code", "trigger", "pk"]
        constraints = [models.UniqueConstraint(fields=["segment", "trigger"], name="sequence_once")]

    def __str__(self) -> str:
        name = self.segment.name if self.segment else self.segment_code
        return f"{name}: {self.get_trigger_display()}"

    @property
    def written_steps(self) -> "list[Step]":
        """The steps in their order: the assigned ones, else the stored ones."""
        if self.given_steps is not None:
            return self.given_steps
        return [] if self.pk is None else list(self.steps.all())

    @written_steps.setter
    def written_steps(self, steps: "list[Step]") -> None:
        self.given_steps = steps

    @property
    def source(self) -> str:
        """The name of the sequence in messages and reports: `sequence:ID`."""
        return f"sequence:{self.pk}"


class StepManager(models.Manager["Step"]):
    """Steps with the rows that they refer to, which every caller reads."""

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

    # The step's stored number, while a sequence is changed.
    had = 0

    class Meta:
        verbose_name = _("step of a sequence")
        verbose_name_plural = _("steps of sequences")
        ordering = ["number", "pk"]
        constraints = [models.UniqueConstraint(fields=["sequence", "number"], name="step_once")]

    def __str__(self) -> str:
        return str(self.number)


class RunState(models.TextChoices):
    """Whether a customer who triggered a sequence gets its mails."""

    STARTED = "started", _("started")
    NOT_ELIGIBLE = "not_eligible", _("may not get mail")


class Run(models.Model):
    """A run of a sequence for a customer who triggered it; its messages refer to the run."""

    sequence = models.ForeignKey(
        Sequence, models.CASCADE, related_name="runs", db_index=False, verbose_name=_("sequence")
    )
    # Null after the deletion of the customer.
    customer = models.ForeignKey(
        Customer, models.SET_NULL, null=True, related_name="+", verbose_name=_("customer")
    )
    # The number of the triggering log entry; null for a run that a user started.
    change = models.BigIntegerField(null=True)
    state = models.CharField(_("state"), max_length=16, choices=RunState.choices)
    # Why the customer may not get mail.
    reason = models.CharField(
        _("reason"), max_length=32, choices=Reason.choices, blank=True, default=""
    )
    started_at = models.DateTimeField(_("started"))
    # When its customer left or came back, which ends the run; otherwise its last message ends it.
    ended_at = models.DateTimeField(_("ended"), null=True)
    # The number of sent messages whose rows have been purged.
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
