"""Variants of a campaign's mail, as they were when its recipients were settled."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import Campaign
from campaigns.models.template import MailTemplateVersion


class CampaignVariant(models.Model):
    """What a variant of a campaign's experiment says; written by `audience.freezing` only.

    Without a version it is the campaign's own template, and without a subject that of its template.
    """

    campaign = models.ForeignKey(
        Campaign,
        models.CASCADE,
        related_name="variants",
        db_index=False,
        verbose_name=_("campaign"),
    )
    # As the experiment calls it.
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
