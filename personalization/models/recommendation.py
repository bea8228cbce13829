"""What the nightly fit of recommendations leaves, and which algorithm is in use."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class RecommendationGate(models.TextChoices):
    """Whether an algorithm is better than popularity and than the one in use."""

    PASSED = "passed", _("passed")
    FAILED = "failed", _("failed")
    NOT_EVALUATED = "not_evaluated", _("not evaluated")


class RecommendationFit(models.Model):
    """What was fitted of the history before `as_of`, and how the algorithms did on its last days.

    `content`: arrays in NumPy's own format (npz, nothing that is executed), `sha256` its sum; null
    once it is too old to be used. `popular`: the figures of what they are measured against,
    {"popular": {"repeats": {"ndcg", "hit"}, "new": {...}}, "popular_30d": {...}}.
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
    """An algorithm as a night has fitted it, with its figures as `RecommendationFit.popular`."""

    number = models.PositiveIntegerField(_("version"), unique=True)
    fit = models.ForeignKey(
        RecommendationFit, models.CASCADE, related_name="versions", verbose_name=_("fit")
    )
    algorithm = models.CharField(_("algorithm"), max_length=32)
    figures = models.JSONField(_("figures"), default=dict)
    gate = models.CharField(_("approval check"), max_length=16, choices=RecommendationGate.choices)

    class Meta:
        verbose_name = _("version of recommendations")
        # Its page asks what a version has for somebody.
        verbose_name_plural = _("recommendation inspector")
        default_permissions = ("view", "change")
        permissions = [("view_recommendations", _("Can ask for recommendations"))]

    def __str__(self) -> str:
        return f"{self.number} {self.algorithm}"


class RecommendationPromotion(models.Model):
    """That a version came into use; the newest one that was not rolled back counts."""

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
    """The one row by which fits and promotions wait for each other, and what is in use.

    `fit` is the newest one, of which all lists but the personal one come.
    """

    fit = models.ForeignKey(
        RecommendationFit, models.PROTECT, null=True, related_name="+", verbose_name=_("fit")
    )
    version = models.ForeignKey(
        RecommendationVersion,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("version"),
    )

    class Meta:
        verbose_name = _("use of recommendations")
        verbose_name_plural = _("use of recommendations")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.version or "-")
