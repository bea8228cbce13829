"""Results of the nightly fit of recommendations, and the algorithms in use."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Wish(models.TextChoices):
    """The purpose of a personal list: repeats or new products."""

    AGAIN = "again", _("Buy again")
    DISCOVER = "discover", _("Discover")


class RecommendationGate(models.TextChoices):
    """The result of comparing an algorithm with the baseline counters of its list."""

    PASSED = "passed", _("passed")
    FAILED = "failed", _("failed")
    NOT_EVALUATED = "not_evaluated", _("not evaluated")


class RecommendationFit(models.Model):
    """A fit of the history before `as_of`, and the algorithms' evaluation on its last days.

    `content`: arrays in NumPy's own format (npz without pickles), `sha256` its checksum; null once
    it is too old to be used. `popular`: the figures of the baselines, {"popular": {"repeats":
    {"ndcg", "hit"}, "new": {...}}, "popular_30d": {...}}.
    """

    as_of = models.DateTimeField(_("as of"))
    created_at = models.DateTimeField(_("fitted"))
    customers = models.PositiveIntegerField(_("customers"))
    skus = models.PositiveIntegerField(_("SKUs"))
    content = models.BinaryField(null=True)
    sha256 = models.CharField(max_length=64)
    popular = models.JSONField(_("figures of popularity"), default=dict)

    class Meta:
        verbose_name = _("fit of recommendations")
        verbose_name_plural = _("fits of recommendations")
        default_permissions = ()

    def __str__(self) -> str:
        return self.as_of.isoformat()


class RecommendationVersion(models.Model):
    """An algorithm as fitted in one night, and its evaluation for one list.

    `scope`: the code of the website on whose customers it was evaluated; "": all customers.
    `figures`: {"repeats": {"ndcg", "hit"}, "new": {...}} and, of its list, `wish`, `ndcg`, `users`,
    `chosen` {`e`, `beta`}, `against` (the paired difference to each counter), and `difference` and
    `interval`, those to the closest counter.
    """

    number = models.PositiveIntegerField(_("version"), unique=True)
    fit = models.ForeignKey(
        RecommendationFit, models.CASCADE, related_name="versions", verbose_name=_("fit")
    )
    algorithm = models.CharField(_("algorithm"), max_length=32)
    wish = models.CharField(_("list"), max_length=16, choices=Wish.choices, default=Wish.DISCOVER)
    scope = models.CharField(_("website"), max_length=64, blank=True, default="")
    figures = models.JSONField(_("figures"), default=dict)
    gate = models.CharField(_("approval check"), max_length=16, choices=RecommendationGate.choices)

    class Meta:
        verbose_name = _("version of recommendations")
        # Named after its admin page, which shows the lists of a version for a customer.
        verbose_name_plural = _("recommendation inspector")
        default_permissions = ("view", "change")
        permissions = [("view_recommendations", _("Can ask for recommendations"))]

    def __str__(self) -> str:
        return f"{self.number} {self.algorithm}"


class RecommendationPromotion(models.Model):
    """A promotion of a version; the newest one that was not rolled back counts."""

    version = models.ForeignKey(
        RecommendationVersion,
        models.PROTECT,
        related_name="promotions",
        verbose_name=_("version"),
    )
    at = models.DateTimeField(_("promoted"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("by"),
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True, default="")
    rolled_back_at = models.DateTimeField(_("rolled back"), null=True)

    class Meta:
        verbose_name = _("promotion of recommendations")
        verbose_name_plural = _("promotions of recommendations")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.version}: {self.at.isoformat()}"


class RecommendationUse(models.Model):
    """A single row whose lock serializes fits and promotions; it refers to the newest fit.

    All lists are made from that fit, whichever night promoted an algorithm.
    """

    fit = models.ForeignKey(
        RecommendationFit, models.PROTECT, null=True, related_name="+", verbose_name=_("fit")
    )

    class Meta:
        verbose_name = _("use of recommendations")
        verbose_name_plural = _("use of recommendations")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.fit or "-")


class ListInUse(models.Model):
    """The version that serves a list of a website (`scope` "": of all websites without their own
    row).

    `version` null: the counter serves, `personal_frequency` or `popular_30d`. `is_below`: the last
    night found the used algorithm worse than a counter, and replaced it.
    """

    wish = models.CharField(_("list"), max_length=16, choices=Wish.choices)
    scope = models.CharField(_("website"), max_length=64, blank=True, default="")
    version = models.ForeignKey(
        RecommendationVersion,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("version"),
    )
    is_below = models.BooleanField(_("below a counter"), default=False)

    class Meta:
        verbose_name = _("list in use")
        verbose_name_plural = _("lists in use")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["wish", "scope"], name="list_in_use_once")]

    def __str__(self) -> str:
        return f"{self.wish} {self.scope}: {self.version or '-'}"


class SequenceFit(models.Model):
    """A fit of the network `sequence` on the history before `as_of`, and its outcome.

    `content`: the network in the safetensors format, `sha256` its checksum. `figures`: {"device",
    "seconds", "epochs", "loss", "sequences", "skus", "warnings", "libraries"}. Its candidates are
    used once it has finished; `stale_at`: a later night failed to write them again. A fit whose
    lease has expired unfinished was killed.
    """

    as_of = models.DateTimeField(_("as of"))
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True)
    lease_expires_at = models.DateTimeField(null=True)
    cancel_requested_at = models.DateTimeField(_("cancellation requested"), null=True)
    stale_at = models.DateTimeField(_("out of date since"), null=True)
    content = models.BinaryField(null=True)
    sha256 = models.CharField(max_length=64, blank=True, default="")
    figures = models.JSONField(_("figures"), default=dict)

    class Meta:
        verbose_name = _("fit of the order of purchases")
        verbose_name_plural = _("fits of the order of purchases")
        default_permissions = ()

    def __str__(self) -> str:
        return self.as_of.isoformat()


class StoredCandidates(models.Model):
    """The candidates of a fit of `sequence` for a customer's list: [[SKU, score]], best first."""

    fit = models.ForeignKey(
        SequenceFit, models.CASCADE, related_name="candidates", verbose_name=_("fit")
    )
    customer = models.ForeignKey(
        "customers.Customer",
        models.CASCADE,
        related_name="+",
        db_index=False,
        verbose_name=_("customer"),
    )
    wish = models.CharField(_("list"), max_length=16, choices=Wish.choices)
    items = models.JSONField(_("candidates"), default=list)

    class Meta:
        verbose_name = _("stored candidates")
        verbose_name_plural = _("stored candidates")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["customer", "wish", "fit"], name="candidates_once")
        ]

    def __str__(self) -> str:
        return f"{self.customer} {self.wish}"
