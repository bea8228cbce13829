"""Segments, their definitions over time, who is in them and what was done to keep that right."""

from typing import Any

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Case, F, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from customers.fields import FoldedTextField, FoldingModel, FoldingQuerySet
from customers.models import Customer, CustomerGroup, Website
from segments.running_preview import RunningPreview as RunningPreview


class AppliesTo(models.TextChoices):
    """The kind of customers that a segment is about."""

    REGISTERED = "registered", _("registered customers")
    GUEST = "guest", _("guests")
    BOTH = "both", _("registered customers and guests")


class RefreshMode(models.TextChoices):
    """Whether a segment is refreshed by itself or only when somebody asks."""

    AUTO = "auto", _("automatic")
    MANUAL = "manual", _("manual")


class RunState(models.TextChoices):
    """Where a refresh run stands."""

    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    COMPLETED = "completed", _("completed")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class SegmentStatus(models.TextChoices):
    """What a segment shows of its latest run and of its definition."""

    NEVER = "never", _("never refreshed")
    QUEUED = "queued", _("queued")
    RUNNING = "running", _("refreshing")
    COMPLETED = "completed", _("refreshed")
    FAILED = "failed", _("refresh failed")
    INVALID = "invalid", _("invalid conditions")


class OverrideKind(models.TextChoices):
    """What somebody decided by hand about a customer and a segment."""

    INCLUDE = "include", _("always a member")
    EXCLUDE = "exclude", _("never a member")


class ChangeKind(models.TextChoices):
    """Which way a customer went."""

    ENTERED = "entered", _("entered")
    LEFT = "left", _("left")


class ChangeReason(models.TextChoices):
    """Why a customer entered or left."""

    REFRESH = "refresh", _("refresh")
    EVENT = "event", _("shop event")
    TIME = "time", _("time passed")
    MANUAL = "manual", _("by hand")
    DEFINITION = "definition", _("new definition")


def empty_tree() -> dict[str, object]:
    """Return the tree of a new segment: no condition yet."""
    return {"match": "all", "conditions": []}


class SegmentQuerySet(FoldingQuerySet):
    """Segments, with their status where asked for."""

    def with_status(self) -> "SegmentQuerySet":
        """Annotate, in one query, `current_status` (a `SegmentStatus` value) and `members_version`,
        the version of the definition by which the stored members were found.
        """
        completed = RefreshRun.objects.filter(segment=OuterRef("pk"), state=RunState.COMPLETED)
        latest = (
            RefreshRun.objects.filter(segment=OuterRef("pk"))
            .exclude(state=RunState.CANCELLED)
            .order_by("-pk")
            .annotate(
                status=Case(
                    When(
                        state=RunState.FAILED,
                        is_definition_invalid=True,
                        version=F("segment__version"),
                        then=Value(SegmentStatus.INVALID),
                    ),
                    default=F("state"),
                    output_field=models.CharField(),
                )
            )
        )
        annotated: SegmentQuerySet = self.annotate(
            current_status=Coalesce(
                Subquery(latest.values("status")[:1]), Value(SegmentStatus.NEVER)
            ),
            members_version=Subquery(completed.order_by("-pk").values("version")[:1]),
        )
        return annotated


class Segment(FoldingModel):
    """A named set of customers: a scope and a rule tree, and what was last found to fit them.

    Definitions are written by `segments.saving` only, which validates them and keeps versions.
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
        help_text=_("The name by which other systems know the segment; it never changes."),
    )
    name = models.CharField(_("name"), max_length=255)
    name_folded = FoldedTextField("name")
    description = models.TextField(_("description"), blank=True, default="")
    conditions = models.JSONField(_("conditions"), default=empty_tree)
    websites = models.ManyToManyField(
        Website, blank=True, related_name="+", verbose_name=_("websites")
    )
    customer_groups = models.ManyToManyField(
        CustomerGroup, blank=True, related_name="+", verbose_name=_("customer groups")
    )
    applies_to = models.CharField(
        _("applies to"), max_length=16, choices=AppliesTo.choices, default=AppliesTo.REGISTERED
    )
    refresh_mode = models.CharField(
        _("refresh"), max_length=16, choices=RefreshMode.choices, default=RefreshMode.AUTO
    )
    is_active = models.BooleanField(_("active"), default=True)
    priority = models.IntegerField(
        _("priority"),
        default=0,
        help_text=_("Order in lists, and where only one segment is wanted: lower first."),
    )
    version = models.PositiveIntegerField(_("version"), default=0, editable=False)
    members_count = models.PositiveBigIntegerField(_("members"), default=0, editable=False)
    refreshed_at = models.DateTimeField(_("last refreshed"), null=True, editable=False)
    as_of = models.DateTimeField(_("as of"), null=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last changed"), auto_now=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("created by"),
    )

    objects = SegmentQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        ordering = ["priority", "name", "id"]
        permissions = [
            ("refresh_segment", _("Can refresh segments")),
            ("view_members", _("Can see the members of segments")),
            ("export_members", _("Can export the members of segments")),
            ("export_raw_members", _("Can export members without the guard against formulas")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def status(self) -> SegmentStatus:
        """What to show of the latest run and the definition; see `SegmentQuerySet.with_status`."""
        return SegmentStatus(self._annotated("current_status") or SegmentStatus.NEVER)

    @property
    def is_stale(self) -> bool:
        """Whether the definition has changed since the members were last refreshed."""
        version = self._annotated("members_version")
        return version is not None and version != self.version

    def _annotated(self, name: str) -> Any:
        if name in self.__dict__:
            return self.__dict__[name]
        return Segment.objects.with_status().filter(pk=self.pk).values_list(name, flat=True).first()


class SegmentVersion(models.Model):
    """A definition that a segment had, complete, so that it can be restored."""

    segment = models.ForeignKey(
        Segment, models.CASCADE, related_name="versions", db_index=False, verbose_name=_("segment")
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
        verbose_name = _("segment version")
        verbose_name_plural = _("segment versions")
        constraints = [
            models.UniqueConstraint(fields=["segment", "number"], name="segment_version_once")
        ]

    def __str__(self) -> str:
        return str(self.number)


class MembershipOverride(models.Model):
    """That a customer always or never is a member, whatever the conditions say; with the reason."""

    segment = models.ForeignKey(
        Segment, models.CASCADE, related_name="overrides", db_index=False, verbose_name=_("segment")
    )
    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="+", verbose_name=_("customer")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=OverrideKind.choices)
    reason = models.CharField(_("reason"), max_length=255, blank=True, default="")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("author"),
    )
    created_at = models.DateTimeField(_("decided"))

    class Meta:
        verbose_name = _("override")
        verbose_name_plural = _("overrides")
        constraints = [
            models.UniqueConstraint(fields=["segment", "customer"], name="override_once")
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.get_kind_display()}"


class Membership(models.Model):
    """That a customer is in a segment, and since when. Written by `segments.diff` only."""

    # The unique pair serves the segment's side, the index below the customer's. Rows come and go by
    # the million under `lock_members` only, as does their segment (`segments.deletion`): that it is
    # there need not be checked for each.
    segment = models.ForeignKey(
        Segment,
        models.CASCADE,
        related_name="memberships",
        db_index=False,
        db_constraint=False,
    )
    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="memberships", db_index=False
    )
    entered_at = models.DateTimeField(_("entered"))

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.UniqueConstraint(fields=["segment", "customer"], name="membership_once")
        ]
        indexes = [models.Index(fields=["customer", "segment"], name="membership_customer_idx")]

    def __str__(self) -> str:
        return f"{self.customer_id} in {self.segment_id}"


class RefreshRun(models.Model):
    """One refresh of a segment: who asked, how far it is, what came of it."""

    segment = models.ForeignKey(
        Segment, models.CASCADE, related_name="runs", db_index=False, verbose_name=_("segment")
    )
    state = models.CharField(
        _("state"), max_length=16, choices=RunState.choices, default=RunState.QUEUED
    )
    phase = models.CharField(_("phase"), max_length=16, blank=True, default="")
    done = models.PositiveBigIntegerField(_("done"), default=0)
    total = models.PositiveBigIntegerField(_("total"), null=True)
    entered = models.PositiveBigIntegerField(_("entered"), default=0)
    left = models.PositiveBigIntegerField(_("left"), default=0)
    # The definition that the run went by; null until it has read it.
    version = models.PositiveIntegerField(_("version"), null=True)
    as_of = models.DateTimeField(_("as of"), null=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("requested by"),
    )
    created_at = models.DateTimeField(_("requested"))
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    error = models.TextField(_("error"), blank=True, default="")
    is_definition_invalid = models.BooleanField(_("invalid definition"), default=False)

    class Meta:
        verbose_name = _("refresh run")
        verbose_name_plural = _("refresh runs")
        indexes = [models.Index(fields=["segment", "id"], name="run_segment_idx")]

    def __str__(self) -> str:
        return f"{self.pk}: {self.get_state_display()}"


class MembershipChange(models.Model):
    """That a customer entered or left a segment: exactly one row for each change, in order."""

    sequence = models.BigAutoField(primary_key=True)
    # Not checked for each row, for the same reason as a membership's.
    segment = models.ForeignKey(
        Segment,
        models.CASCADE,
        related_name="changes",
        db_index=False,
        db_constraint=False,
        verbose_name=_("segment"),
    )
    # Plain values, no reference: what happened stays true when the customer is deleted.
    customer_id = models.BigIntegerField()
    customer_external_id = models.CharField(_("customer number"), max_length=64)
    kind = models.CharField(_("kind"), max_length=16, choices=ChangeKind.choices)
    reason = models.CharField(_("reason"), max_length=16, choices=ChangeReason.choices)
    at = models.DateTimeField(_("at"))
    # Nor here: a run may be purged before its changes.
    run = models.ForeignKey(
        RefreshRun,
        models.DO_NOTHING,
        null=True,
        related_name="changes",
        db_constraint=False,
        db_index=False,
    )

    class Meta:
        verbose_name = _("membership change")
        verbose_name_plural = _("membership changes")
        indexes = [
            models.Index(fields=["segment", "sequence"], name="change_segment_idx"),
            models.Index(fields=["customer_id", "sequence"], name="change_customer_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_external_id} {self.kind}"


class ExportAudit(models.Model):
    """That somebody exported members. `rows` is null until the export has ended."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("user"),
    )
    # Who it was, even when the user is deleted; empty for the command line.
    username = models.CharField(_("user name"), max_length=255, blank=True, default="")
    at = models.DateTimeField(_("at"))
    segment_code = models.CharField(_("segment"), max_length=64)
    format = models.CharField(_("format"), max_length=8)
    columns = models.JSONField(_("columns"))
    raw = models.BooleanField(_("raw"), default=False)
    rows = models.PositiveBigIntegerField(_("rows"), null=True)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.segment_code}.{self.format}"
