"""The names that merchants give to clusters."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from predictions.models.lifecycle.model import PredictionModel


class ClusterName(models.Model):
    """The name of a cluster's label; the name is kept when versions with the label are replaced."""

    model = models.ForeignKey(
        PredictionModel,
        models.CASCADE,
        related_name="cluster_names",
        db_index=False,
        verbose_name=_("model"),
    )
    label = models.CharField(_("label"), max_length=16)
    name = models.CharField(_("name"), max_length=64)

    class Meta:
        verbose_name = _("name of a cluster")
        verbose_name_plural = _("names of clusters")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["model", "label"], name="cluster_name_unique")
        ]

    def __str__(self) -> str:
        return f"{self.label}: {self.name}"
