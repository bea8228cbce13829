"""Senders of stores' mail, as a resource: each store has one row at most."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework import serializers

from campaigns.audit import SENDER
from campaigns.consent.addresses import is_valid
from campaigns.models import MailSender
from core.api.parsing import TextField, YesNoField
from core.problems import Problem
from core.resources.fields import Stored
from core.resources.resource import Resource
from core.resources.serializers import ResourceSerializer, checks
from customers.models import Store

ADDRESSES = ("from_email", "reply_to")
FIELDS = ("from_name", *ADDRESSES, "postal_address", "is_default")


class SenderSerializer(ResourceSerializer):
    """Who the mail of a store is from."""

    store: Any = serializers.SlugRelatedField(slug_field="code", read_only=True)
    postal_address = TextField(default="", allow_blank=True, max_length=2_000)
    is_default = YesNoField(default=Stored(bool))  # type: ignore[arg-type]

    class Meta:
        model = MailSender
        fields: ClassVar = ["store", *FIELDS, "version"]

    def read_values(self, data: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
        values, problems = super().read_values(data)
        stored = self.new if self.instance is None else self.instance
        if "store" in data and data["store"] != stored.store.code:
            text = _("The address names the store, which is “%(code)s”.")
            problems.append(Problem("store", "read_only", text % {"code": stored.store.code}))
        return values, problems

    @checks()
    def headers_can_be_sent(self, sender: MailSender) -> Iterator[Problem]:
        # `NameField` checks `from_name`: some scripts need joiners, which are not printable.
        for name in ADDRESSES:
            value = getattr(sender, name)
            if value and not is_valid(value):
                yield Problem(name, "invalid", _("This is no e-mail address."))
            if not value.isprintable():
                text = _("No line breaks and no control characters here.")
                yield Problem(name, "control", text)

    @checks("from_email", "postal_address", "is_default")
    def default_is_complete(self, sender: MailSender) -> Iterator[Problem]:
        if sender.is_default and not sender.is_complete:
            text = _("The default sender needs an address and a postal address.")
            yield Problem("is_default", "incomplete", text)

    @checks("is_default")
    def default_is_the_only_one(self, sender: MailSender) -> None:
        """Warn that another sender serves the stores without one no longer."""
        if not sender.is_default:
            return
        for other in MailSender.objects.filter(is_default=True).exclude(pk=sender.pk):
            text = _(
                "This is the default sender now, and the one of “%(store)s” no longer is: stores "
                "without a sender of their own send from here."
            )
            self.warn("is_default", "replaces_default", text % {"store": other.store.name})


class Senders(Resource):
    """The senders of all stores; `save` makes that of a store that has none."""

    serializer = SenderSerializer
    subject = SENDER

    def rows(self) -> Any:
        return super().rows().select_related("store")

    def name_of(self, row: MailSender) -> str:
        return str(row.store.code)

    def hold(self) -> None:
        """Lock all stores: a sender may not be there yet, and a default sender concerns all."""
        list(Store.objects.select_for_update(no_key=True).order_by("pk"))

    def lock_row(self, row: MailSender) -> MailSender:
        self.hold()
        stored: MailSender | None = self.rows().filter(store=row.store_id).first()
        return stored or MailSender(store=row.store)

    def before_save(self, row: MailSender, *, author: Any) -> None:
        """Have a new default sender replace the former one."""
        if row.is_default:
            for other in self.rows().filter(is_default=True).exclude(pk=row.pk):
                self.change(other, {"is_default": False}, author=author)


SENDERS = Senders()
