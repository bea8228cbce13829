"""Mail templates and their versions."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.database.fields import FoldedTextField, FoldingModel
from core.resources.models import ResourceVersion
from core.text.codes import CODE


class TemplateFormat(models.TextChoices):
    """The language of a template's body."""

    HTML = "html", "HTML"
    MJML = "mjml", "MJML"


class MailTemplate(FoldingModel):
    """The text of a mail, with placeholders. Written by `campaigns.editing.templates` only."""

    code = models.CharField(_("code"), max_length=64, unique=True, validators=[CODE])
    name = models.CharField(_("name"), max_length=255)
    name_folded = FoldedTextField("name")
    subject = models.CharField(_("subject"), max_length=250)
    preheader = models.CharField(_("preheader"), max_length=250, blank=True, default="")
    html = models.TextField(_("body"), blank=True, default="")
    text = models.TextField(_("text part"), blank=True, default="")
    format = models.CharField(
        _("format"), max_length=8, choices=TemplateFormat.choices, default=TemplateFormat.HTML
    )
    version = models.PositiveIntegerField(_("version"), default=0, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last changed"), auto_now=True)

    class Meta:
        verbose_name = _("mail template")
        verbose_name_plural = _("mail templates")
        ordering = ["name", "pk"]
        permissions = [("send_test", _("Can send test mail"))]

    def __str__(self) -> str:
        return self.name


class MailTemplateVersion(ResourceVersion):
    """A complete version of a template: messages refer to it, and it can be restored."""

    template = models.ForeignKey(
        MailTemplate,
        models.CASCADE,
        related_name="versions",
        db_index=False,
        verbose_name=_("template"),
    )

    class Meta:
        verbose_name = _("version of a mail template")
        verbose_name_plural = _("versions of mail templates")
        constraints = [
            models.UniqueConstraint(fields=["template", "number"], name="mail_template_once")
        ]
