"""Custom attributes: what customers' and products' own attributes have in common."""

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.database.fields import ExactDecimalField, FoldedTextField, FoldingModel


class AttributeType(models.TextChoices):
    """The type of the values of a custom attribute."""

    TEXT = "text", _("text")
    NUMBER = "number", _("number")
    DATE = "date", _("date")
    CHOICE = "choice", _("choice")
    BOOLEAN = "boolean", _("yes or no")


def options_must_be_texts(options: object) -> None:
    """Raise ValidationError where `options` is not a list of different, non-empty texts."""
    if not isinstance(options, list) or not all(
        isinstance(option, str) and option for option in options
    ):
        raise ValidationError(_("Options are a list of texts, such as [“red”, “blue”]."))
    if len(set(options)) != len(options):
        raise ValidationError(_("An option stands twice in the list."))


class AttributeDefinition(models.Model):
    """A custom attribute: its code, label and type, and for a choice its options."""

    code = models.CharField(
        _("code"),
        max_length=64,
        unique=True,
        validators=[RegexValidator(r"^[A-Za-z0-9_-]+$", _("Letters, digits, “_” and “-” only."))],
    )
    label = models.CharField(_("label"), max_length=255)
    type = models.CharField(_("type"), max_length=16, choices=AttributeType.choices)
    options = models.JSONField(
        _("options"),
        default=list,
        blank=True,
        validators=[options_must_be_texts],
        help_text=_("For a choice: the list of its values."),
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.label


class AttributeValue(FoldingModel):
    """One value of a custom attribute, in the column of its type; the others are null."""

    text = models.TextField(_("text"), null=True, blank=True)
    text_folded = FoldedTextField("text")
    number = ExactDecimalField(_("number"), null=True, blank=True)
    date = models.DateField(_("date"), null=True, blank=True)
    choice = models.CharField(_("choice"), max_length=255, null=True, blank=True)
    boolean = models.BooleanField(_("yes or no"), null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        values = (self.text, self.number, self.date, self.choice, self.boolean)
        return next((str(value) for value in values if value is not None), "")
