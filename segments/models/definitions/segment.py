"""Segments and their definitions over time."""

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.clock import now
from core.database.fields import FoldedTextField, FoldingModel, FoldingQuerySet
from core.database.lease import RunState, state_expression
from core.resources.models import ResourceVersion
from core.text.codes import CODE
from customers.models import CustomerGroup, Website
from segments.models.cron import validate_schedule
from segments.models.work.run import OwedRefresh, RefreshRun


class AppliesTo(models.TextChoices):
    """The kind of customers that a segment is about."""

    REGISTERED = "registered", _("registered customers")
    GUEST = "guest", _("guests")
    BOTH = "both", _("registered customers and guests")


class RefreshMode(models.TextChoices):
    """How a segment gets its members: automatic refreshes, refreshes on request, or a list.

    A list contains customers that people or programs put on it, and has no conditions. It is kept
    current like an automatic segment, because scope and overrides still apply to it.
    """

    AUTO = "auto", _("automatic")
    MANUAL = "manual", _("manual")
    LIST = "list", _("list")


class SegmentStatus(models.TextChoices):
    """The state of a segment's latest run and definition, as pages and the API show it."""

    NEVER = "never", _("never refreshed")
    QUEUED = "queued", _("queued")
    RUNNING = "running", _("refreshing")
    COMPLETED = "completed", _("refreshed")
    FAILED = "failed", _("refresh failed")
    INVALID = "invalid", _("invalid conditions")


def empty_tree() -> dict[str, object]:
    """Return the tree of a new segment: no condition yet."""
    return {"match": "all", "conditions": []}


class SegmentQuerySet(FoldingQuerySet):
    """Filters and annotations for segments."""

    def automatic(self) -> "SegmentQuerySet":
        """Return the active segments that are refreshed without a request."""
        active = self.filter(is_active=True)
        automatic: SegmentQuerySet = active.exclude(refresh_mode=RefreshMode.MANUAL)
        return automatic

    def kept_current(self) -> "SegmentQuerySet":
        """Return, by id, the segments whose members follow data and time without a refresh."""
        kept: SegmentQuerySet = (
            self.automatic()
            .filter(
                members_version=F("version"),
                follows_clock=True,
                quarantined_at=None,
            )
            .order_by("pk")
        )
        return kept

    def costly(self) -> "SegmentQuerySet":
        """Return the segments that take too long to evaluate together with other segments."""
        costly: SegmentQuerySet = self.filter(batch_seconds__gte=settings.COSTLY_SECONDS)
        return costly

    def in_own_lane(self) -> "SegmentQuerySet":
        """Return the segments that are updated one by one, not together with others."""
        own_lane: SegmentQuerySet = self.costly() | self.filter(compares_customers=True)
        return own_lane

    def with_overrides(self) -> "SegmentQuerySet":
        """Annotate, in the same query, `has_overrides`: whether there are overrides."""
        overrides = self.model._meta.get_field("overrides").related_model
        annotated: SegmentQuerySet = self.annotate(
            has_overrides=Exists(overrides._default_manager.filter(segment=OuterRef("pk")))
        )
        return annotated

    def with_status(self) -> "SegmentQuerySet":
        """Annotate, in one query, `current_status` (a `SegmentStatus` value)."""
        latest = (
            RefreshRun.objects.filter(segment=OuterRef("pk"))
            .exclude(outcome=RunState.CANCELLED)
            .order_by("-pk")
            .annotate(
                status=Case(
                    When(
                        outcome=RunState.FAILED,
                        is_definition_invalid=True,
                        version=F("segment__version"),
                        then=Value(SegmentStatus.INVALID),
                    ),
                    default=state_expression(now()),
                    output_field=models.CharField(),
                )
            )
        )
        annotated: SegmentQuerySet = self.annotate(
            current_status=Coalesce(
                Subquery(latest.values("status")[:1]),
                # A list has its members from the beginning.
                Case(
                    When(refresh_mode=RefreshMode.LIST, then=Value(SegmentStatus.COMPLETED)),
                    default=Value(SegmentStatus.NEVER),
                ),
            ),
        )
        return annotated.with_owed_refresh()

    def with_owed_refresh(self) -> "SegmentQuerySet":
        """Annotate, in the same query, `owed_refresh`: see `Segment.is_owed_refresh`."""
        owed = OwedRefresh.objects.filter(segment=OuterRef("pk"))
        annotated: SegmentQuerySet = self.annotate(owed_refresh=Exists(owed))
        return annotated


class Segment(FoldingModel):
    """A named set of customers: a scope, a rule tree and the state of the stored members.

    Only `segments.editing.saving` writes definitions; it validates them and keeps versions.
    """

    code = models.CharField(
        _("code"),
        max_length=64,
        unique=True,
        validators=[CODE],
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
    # The version by which the stored members were found; null before the first refresh.
    members_version = models.PositiveIntegerField(null=True, editable=False)
    refreshed_at = models.DateTimeField(_("last refreshed"), null=True, editable=False)
    as_of = models.DateTimeField(_("as of"), null=True, editable=False)
    # False after a refresh as of a requested time, and where only refreshes bring the members up to
    # date.
    follows_clock = models.BooleanField(default=True, editable=False)
    # Whether the definition by which the stored members were found compares customers with each
    # other: a change of one customer may then change the membership of all others.
    compares_customers = models.BooleanField(default=False, editable=False)
    refresh_schedule = models.CharField(
        _("refresh schedule"),
        max_length=128,
        blank=True,
        default="",
        validators=[validate_schedule],
        help_text=_(
            "When to refresh as a whole, as a cron expression in the shop’s time zone, such as "
            "“0 5 * * *” for every day at five; empty: every night."
        ),
    )
    # The seconds that evaluating a batch of changed customers took, and the version that was
    # measured (`segments.rules.evaluation.cost`); null before the first refresh.
    batch_seconds = models.FloatField(_("cost of a batch"), null=True, editable=False)
    batch_version = models.PositiveIntegerField(null=True, editable=False)
    measured_at = models.DateTimeField(null=True, editable=False)
    # When changes were last worked into a segment that has a lane of its own.
    worked_in_at = models.DateTimeField(null=True, editable=False)
    # The number of consecutive failed refreshes, and since when the segment is in quarantine.
    failures_count = models.PositiveSmallIntegerField(default=0, editable=False)
    quarantined_at = models.DateTimeField(_("quarantined"), null=True, editable=False)
    quarantine_reason = models.TextField(_("reason"), blank=True, default="", editable=False)
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

    # Set for rows that the API shows.
    sentence: str

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
            ("view_alert", _("Can see alerts about segments")),
            ("change_alert", _("Can resolve and mute alerts about segments")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def status(self) -> SegmentStatus:
        """The status by the latest run and the definition; see `SegmentQuerySet.with_status`."""
        status = self.__dict__.get("current_status")
        if status is None:
            own = Segment.objects.with_status().filter(pk=self.pk)
            status = own.values_list("current_status", flat=True).first()
        return SegmentStatus(status or SegmentStatus.NEVER)

    @property
    def is_list(self) -> bool:
        """Return whether the segment's customers come from a list instead of from conditions."""
        return self.refresh_mode == RefreshMode.LIST

    @property
    def is_automatic(self) -> bool:
        """Return whether the segment is active and refreshed without a request."""
        return self.is_active and self.refresh_mode != RefreshMode.MANUAL

    @property
    def is_costly(self) -> bool:
        """Return whether evaluating customers takes so long that the segment has its own lane."""
        return self.batch_seconds is not None and self.batch_seconds >= settings.COSTLY_SECONDS

    @property
    def is_owed_refresh(self) -> bool:
        """Return whether an event needs a complete refresh to take effect (`OwedRefresh`).

        Costs a query unless the segment comes from `SegmentQuerySet.with_owed_refresh`.
        """
        owed = self.__dict__.get("owed_refresh")
        return OwedRefresh.objects.filter(segment=self.pk).exists() if owed is None else bool(owed)

    @property
    def is_stale(self) -> bool:
        """Return whether the stored members may differ from those that the definition selects."""
        return bool(self.stale_reason)

    @property
    def stale_reason(self) -> str:
        """Why the stored members may differ from those that the definition selects now; "" if not.

        An inactive or manual segment is not stale for that reason alone: pages show those states.
        """
        if self.members_version is None:
            return gettext("It has never been refreshed.")
        if self.members_version != self.version:
            return gettext("The definition has changed since the last refresh.")
        if self.quarantined_at is not None:
            return gettext("Refreshing keeps failing: %(reason)s") % {
                "reason": self.quarantine_reason
            }
        if not self.follows_clock or self.is_owed_refresh:
            return gettext("What has happened since the last refresh has not reached the members.")
        return ""


class SegmentVersion(ResourceVersion):
    """The complete definition of a segment at one version, so that it can be restored."""

    segment = models.ForeignKey(
        Segment, models.CASCADE, related_name="versions", db_index=False, verbose_name=_("segment")
    )
    # The name of the program that saved the version, such as `code:shop-eu`; empty for a user.
    program = models.CharField(max_length=80, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("segment version")
        verbose_name_plural = _("segment versions")
        constraints = [
            models.UniqueConstraint(fields=["segment", "number"], name="segment_version_once")
        ]

    @property
    def author_name(self) -> str | None:
        """The name of the user or program that saved the version; None if unknown or deleted."""
        return self.author.get_username() if self.author else self.program or None
