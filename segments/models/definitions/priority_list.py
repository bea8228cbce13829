"""Priority lists: ordered segments; a customer counts for the first of which they are a member."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.database.fields import FoldedTextField, FoldingModel
from core.resources.models import ResourceVersion
from core.text.codes import CODE


class PriorityList(FoldingModel):
    """The codes of segments, highest priority first. Only its resource writes priority lists."""

    code = models.CharField(
        _("code"),
        max_length=64,
        unique=True,
        validators=[CODE],
        help_text=_("The name by which conditions know the list; it never changes."),
    )
    name = models.CharField(_("name"), max_length=255)
    name_folded = FoldedTextField("name")
    segments = models.JSONField(_("segments"), default=list)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last changed"), auto_now=True)

    class Meta:
        verbose_name = _("priority list")
        verbose_name_plural = _("priority lists")
        ordering = ["name", "code"]

    def __str__(self) -> str:
        return self.name


class PriorityListVersion(ResourceVersion):
    """The complete definition of a priority list at one version, so that it can be restored."""

    priority_list = models.ForeignKey(
        PriorityList,
        models.CASCADE,
        related_name="versions",
        db_index=False,
        verbose_name=_("priority list"),
    )

    class Meta:
        verbose_name = _("version of a priority list")
        verbose_name_plural = _("versions of priority lists")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["priority_list", "number"], name="priority_list_version_once"
            )
        ]
