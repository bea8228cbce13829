"""A system check that every model with data about customers is registered in the holdings."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core import checks
from django.db import models
from django.utils.translation import gettext as _

from customers.models import Customer
from customers.privacy.holdings import HOLDINGS


def check_holdings(app_configs: Any = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Find the foreign keys to customers, and to rows about them, of models not registered."""
    text = _("%(model)s holds data about customers by “%(field)s” and is not registered.")
    hint = _("Register it in customers.privacy.holdings: what an erasure and a merge do to it.")
    return [
        checks.Error(
            text % {"model": field.model._meta.label, "field": field.name},
            hint=hint,
            id="customers.E002",
        )
        for field in unregistered_keys()
    ]


def unregistered_keys() -> Iterator[models.ForeignKey[Any, Any]]:
    """Yield the foreign keys by which rows of unregistered models lead to customers."""
    held = {Customer} | {holding.model for holding in HOLDINGS if holding.path}
    known = {holding.model for holding in HOLDINGS}
    for model in apps.get_models(include_auto_created=True):
        if model in known or model._meta.proxy:
            continue
        for field in model._meta.concrete_fields:
            if isinstance(field, models.ForeignKey) and field.related_model in held:
                yield field
