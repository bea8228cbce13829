"""Behaviour events: what a shopper did or was shown, where no table of the shop holds it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.access.personal import Personal
from core.database.fields import FoldedJSONField, FoldedTextField, FoldingModel
from core.text.exact_json import ExactDecoder
from customers.models import Customer
from personalization.models.behavior.types import WEB


class BehaviorEvent(FoldingModel):
    """A behaviour of a customer; views, wishes and log-ins are in the shop's own tables instead.

    `key` identifies duplicates: a keyed hash of the type and the source's id of the event, or of
    customer, type, time and folded data. `sku_folded` is '' if the data has no product, and
    `search_query` if the event is no search.
    """

    personal = Personal(private=("search_query", "context", "data"))

    customer = models.ForeignKey(
        Customer,
        models.CASCADE,
        related_name="behaviors",
        db_index=False,
        verbose_name=_("customer"),
    )
    behavior_type = models.CharField(_("type"), max_length=64)
    key = models.CharField(_("key"), max_length=64)
    occurred_at = models.DateTimeField(_("at"))
    received_at = models.DateTimeField(_("received"))
    channel = models.CharField(_("channel"), max_length=32, default=WEB)
    # Case folding may make a text longer.
    sku_folded = models.TextField(_("folded SKU"), default="", blank=True)
    search_query = models.TextField(_("search query"), default="", blank=True)
    search_query_folded = FoldedTextField("search_query")
    context = models.JSONField(_("context"), default=dict, blank=True, decoder=ExactDecoder)
    context_folded = FoldedJSONField("context")
    data = models.JSONField(_("data"), default=dict, blank=True, decoder=ExactDecoder)
    data_folded = FoldedJSONField("data")

    class Meta:
        verbose_name = _("behaviour")
        verbose_name_plural = _("behaviours")
        default_permissions = ()
        permissions = [("track_behavior", _("Can send behaviour"))]
        constraints = [
            models.UniqueConstraint(fields=["key"], name="behavior_once"),
        ]
        indexes = [
            models.Index(fields=["customer", "occurred_at"], name="behavior_customer_idx"),
            models.Index(fields=["occurred_at"], name="behavior_time_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.behavior_type} {self.occurred_at:%Y-%m-%d %H:%M}"
