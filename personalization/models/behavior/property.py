"""Keys of behaviour data that the shop has declared for use in conditions."""

import re

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

KEY_CHARACTERS = 32
IS_KEY = re.compile(rf"[a-z][a-z0-9_]{{0,{KEY_CHARACTERS - 1}}}").fullmatch


class PropertyType(models.TextChoices):
    """The type of a property's values."""

    TEXT = "text", _("text")
    NUMBER = "number", _("number")
    MONEY = "money", _("money")
    INTEGER = "integer", _("whole number")
    BOOLEAN = "boolean", _("yes or no")
    DATE = "date", _("date")
    DATETIME = "datetime", _("date and time")
    CHOICE = "choice", _("choice")


class BehaviorProperty(models.Model):
    """A declared property: the attribute `behavior.<key>`, which also reads rows from before.

    A choice with `options` allows no other values. `types` are the types of behaviour that have the
    property; an empty list is no restriction. Written by `personalization.properties.resource`.
    """

    key = models.CharField(
        _("key"),
        max_length=KEY_CHARACTERS,
        unique=True,
        validators=[
            RegexValidator(
                r"^[a-z][a-z0-9_]*\Z",
                _("Small letters, digits and “_” only, beginning with a letter."),
            )
        ],
        help_text=_("As it stands in the data of behaviours. It never changes."),
    )
    label = models.CharField(_("label"), max_length=255)
    type = models.CharField(
        _("type"),
        max_length=16,
        choices=PropertyType.choices,
        help_text=_("Values of another type count as missing. It never changes."),
    )
    options = models.JSONField(_("options"), default=list, blank=True)
    types = models.JSONField(_("types of behaviour"), default=list, blank=True)
    version = models.PositiveIntegerField(_("version"), default=0, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last changed"), auto_now=True)

    class Meta:
        verbose_name = _("property of behaviours")
        verbose_name_plural = _("properties of behaviours")
        ordering = ["key"]

    def __str__(self) -> str:
        return self.label
