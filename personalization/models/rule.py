"""The shop's recommendation rules and their versions."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.database.fields import ExactDecimalField
from core.resources.models import ResourceVersion
from core.text.codes import CODE


class PersonalizationRule(models.Model):
    """A rule on recommendations by place, time and audience; written by `recommend.resource`.

    Empty `website` and `contexts` mean all; websites, SKUs, brands and categories are stored by
    their codes. `audience`: {"operator", "segments"}, a tree of conditions, or null for everybody.
    Of several matching rules, every `exclude` takes effect; for each other setting, only the first
    rule, by priority and then code, that sets it does.
    """

    code = models.CharField(
        _("code"),
        max_length=64,
        unique=True,
        validators=[CODE],
    )
    name = models.CharField(_("name"), max_length=255)
    is_active = models.BooleanField(_("active"), default=True)
    website = models.CharField(_("website"), max_length=64, blank=True, default="")
    contexts = models.JSONField(_("contexts"), default=list, blank=True)
    starts_at = models.DateTimeField(_("starts"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    audience = models.JSONField(_("audience"), null=True, blank=True)
    priority = models.IntegerField(_("priority"), default=0)
    exclude = models.JSONField(_("left out"), default=list, blank=True)
    bought_recently_days = models.PositiveIntegerField(
        _("days after a purchase"), null=True, blank=True
    )
    brands = models.JSONField(_("only brands"), default=list, blank=True)
    categories = models.JSONField(_("only categories"), default=list, blank=True)
    min_margin = ExactDecimalField(_("least margin"), null=True, blank=True)
    max_per_category = models.PositiveIntegerField(_("most of a category"), null=True, blank=True)
    again_share = ExactDecimalField(_("share of buying again"), null=True, blank=True)
    prefer_high_margin = models.BooleanField(_("prefer high margins"), null=True, blank=True)
    respect_brand_preferences = models.BooleanField(
        _("prefer the customer’s brands"), null=True, blank=True
    )
    version = models.PositiveIntegerField(_("version"), default=0, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last changed"), auto_now=True)

    class Meta:
        verbose_name = _("recommendation rule")
        verbose_name_plural = _("recommendation rules")
        # The order of precedence.
        ordering = ["priority", "code"]

    def __str__(self) -> str:
        return self.name


class PersonalizationRuleVersion(ResourceVersion):
    """A complete version of a rule."""

    rule = models.ForeignKey(
        PersonalizationRule,
        models.CASCADE,
        related_name="versions",
        db_index=False,
        verbose_name=_("rule"),
    )

    class Meta:
        verbose_name = _("version of a recommendation rule")
        verbose_name_plural = _("versions of recommendation rules")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "number"], name="recommendation_rule_version_once"
            )
        ]
