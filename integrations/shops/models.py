"""The sources whose rows are in the database, and the imports that people begin in the admin."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.clock import now
from core.database.lease import LeasedWork
from core.database.sentence_field import SentenceField, ShortSentenceField

# Of the name of a source, in characters.
LONGEST_NAME = 64


class ImportedSources(models.Manager["ShopSource"]):
    """The sources of which rows were imported."""

    def get_queryset(self) -> models.QuerySet[ShopSource]:
        return super().get_queryset().filter(first_import_at__isnull=False)


class ShopSource(models.Model):
    """A name under which identifiers of customers, orders and so on mean the same things.

    Identifiers of a source are stored behind `prefix` and a colon, codes behind `prefix` and a
    hyphen; without a prefix as they are. A source whose first synchronization has failed has no
    import yet, and so no prefix.
    """

    name = models.CharField(_("source"), max_length=LONGEST_NAME, unique=True)
    prefix = models.CharField(_("prefix"), max_length=32, blank=True, default="")
    first_import_at = models.DateTimeField(_("first import"), null=True, blank=True)
    last_import_at = models.DateTimeField(_("last import"), null=True, blank=True)
    # The codes of segments that were imported, by their numbers in the shop.
    segments = models.JSONField(_("segments"), default=dict, blank=True)
    # The end of the last synchronization, and why it was incomplete; no personal data.
    last_sync_at = models.DateTimeField(_("last synchronization"), null=True, blank=True)
    sync_error = ShortSentenceField(_("error"), max_length=500, blank=True, default="")

    objects = ImportedSources()
    # Also the sources without any import.
    all_sources: models.Manager[ShopSource] = models.Manager()

    class Meta:
        verbose_name = _("source of shop data")
        verbose_name_plural = _("sources of shop data")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class SourceRow(models.Model):
    """Remembers a row of a source, so that the row is deleted here when gone there.

    `row` is the primary key of the customer, cart or refund, or of the newsletter subscription that
    the source has ended; the next import removes notes of rows that are deleted here.
    `status_changed_at` is the time that was stored with the source's unsubscription: where the
    subscription has a later one, the customer has unsubscribed here since.
    """

    class Kind(models.TextChoices):
        CUSTOMER = "customer", _("customer")
        CART = "cart", _("cart")
        # Unsubscriptions alone: others were made here, and no shop may take them back.
        REFUSAL = "refusal", _("unsubscription")
        # Of Magento alone: numbers of other shops tell whose a refund is.
        REFUND = "refund", _("refund")

    source = models.ForeignKey(ShopSource, models.CASCADE, verbose_name=_("source"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    row = models.BigIntegerField(_("row"))
    # Null for all but unsubscriptions, and for those noted by versions without this column.
    status_changed_at = models.DateTimeField(_("status changed"), null=True, blank=True)

    class Meta:
        verbose_name = _("row of a source")
        verbose_name_plural = _("rows of a source")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "row", "source"], name="shops_one_row_of_a_source"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.row}"


class SyncState(models.Model):
    """How far the objects of one kind of a source are read by its API.

    `since` is when the last pass over all of them began. A pass that has not ended has a beginning;
    `cursor` is where it continues: a text that only the reader of the API understands.
    """

    source = models.ForeignKey(ShopSource, models.CASCADE, db_index=False, verbose_name=_("source"))
    kind = models.CharField(_("kind"), max_length=32)
    since = models.DateTimeField(_("all read since"), null=True, blank=True)
    pass_since = models.DateTimeField(_("changes asked for since"), null=True, blank=True)
    pass_started_at = models.DateTimeField(_("pass started"), null=True, blank=True)
    cursor = models.CharField(_("cursor"), max_length=128, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("state of a synchronization")
        verbose_name_plural = _("states of synchronizations")
        constraints = [
            models.UniqueConstraint(fields=["source", "kind"], name="shops_one_state_of_a_kind")
        ]

    def __str__(self) -> str:
        return self.kind


class ImportState(models.TextChoices):
    """Where an import stands."""

    UPLOADED = "uploaded", _("waits to be planned")
    PLANNING = "planning", _("being planned")
    PLANNED = "planned", _("planned")
    WAITING = "waiting", _("waits to begin")
    IMPORTING = "importing", _("importing")
    DONE = "completed", _("done")
    REFUSED = "refused", _("refused")
    CANCELED = "cancelled", pgettext_lazy("import", "canceled")
    FAILED = "failed", _("failed")


# The ends of an attempt; a planned, refused or failed import may begin again.
ENDS = (
    ImportState.PLANNED,
    ImportState.DONE,
    ImportState.REFUSED,
    ImportState.CANCELED,
    ImportState.FAILED,
)


class ShopImport(LeasedWork):
    """An import of uploaded files, which is planned first and started by a user afterwards.

    `outcome` is the result of the plan, and after the start the result of the import. The state is
    not stored, but derived from the outcome and the lease.
    """

    outcome = models.CharField(
        _("outcome"),
        max_length=16,
        blank=True,
        default="",
        choices=[(state.value, state.label) for state in ENDS],
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("requested by"),
    )
    error = SentenceField(_("error"), blank=True, default="")
    # The language of the requesting user, in which messages are stored that are no sentences.
    language = models.CharField(_("language"), max_length=16, blank=True, default="")
    source = models.CharField(_("source"), max_length=64, blank=True, default="")
    # The names of the files as they were uploaded.
    files = models.JSONField(_("files"), default=list)
    # Where they lie below SHOP_UPLOAD_DIR; "" when they are deleted.
    folder = models.CharField(_("folder"), max_length=64, blank=True, default="")
    # The user's answers: the options of `import_shop` that a page asks for.
    answers = models.JSONField(_("answers"), default=dict)
    is_started = models.BooleanField(_("started"), default=False)
    # The report as `import_shop --report` writes it, of the plan, then of the import, and what
    # the page shows besides; without problems.
    report = models.JSONField(_("report"), default=dict)
    # The first problems, which quote cells, and how many there are; deleted with the files.
    problems = models.JSONField(_("problems"), default=list)
    problem_count = models.PositiveIntegerField(_("number of problems"), default=0)

    class Meta:
        verbose_name = _("import of a shop")
        verbose_name_plural = _("Bring your shop")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["id"], name="shops_import_open_idx", condition=Q(outcome="")),
            models.Index(fields=["source", "id"], name="shops_import_source_idx"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["is_started"],
                condition=Q(is_started=True, outcome=""),
                name="shops_one_import_at_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.state.label}"

    @property
    def state(self) -> ImportState:  # type: ignore[override]
        """Where it stands now."""
        if self.outcome:
            return ImportState(self.outcome)
        is_held = _is_held(self)
        if self.is_started:
            return ImportState.IMPORTING if is_held else ImportState.WAITING
        return ImportState.PLANNING if is_held else ImportState.UPLOADED

    @property
    def has_lost_worker(self) -> bool:
        """Return whether a worker began and died without an outcome; the next one begins again."""
        return not self.outcome and self.attempts > 0 and not _is_held(self)

    @property
    def may_start(self) -> bool:
        """Return whether the plan is good, so that the import may begin."""
        return self.outcome == ImportState.PLANNED and bool(self.folder)

    @property
    def may_be_planned(self) -> bool:
        """Return whether the run ended without an import and its files can be planned again."""
        return self.outcome not in ("", ImportState.DONE) and bool(self.folder)


def _is_held(run: ShopImport) -> bool:
    return run.lease_expires_at is not None and run.lease_expires_at > now()
