"""Senders of stores' mail, as a resource: each store has one row at most.

The default sender serves all stores without a complete sender of their own; its row is that of one
of the stores. If that store gets a sender of its own, the row moves to a store that has none. Where
there is no such store, the row becomes the store's own sender.
"""

from collections.abc import Iterator, Mapping
from decimal import ROUND_FLOOR, Decimal
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db.models import Exists, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rest_framework import serializers

from campaigns.audit import SENDER
from campaigns.consent.addresses import is_valid
from campaigns.content.brand import LEAST_CONTRAST, brand_values, contrast_of, is_color
from campaigns.models import MailSender, MailTemplate
from campaigns.words import NO_ADDRESS
from core.api.parsing import TextField, YesNoField
from core.audit import AuditAction, record
from core.problems import Problem
from core.resources.fields import Stored
from core.resources.resource import Resource
from core.resources.serializers import ResourceSerializer, checks
from core.text.formats import first_named, in_quotes, number_shown
from customers.models import Store

ADDRESSES = ("from_email", "reply_to")
COLORS = ("main_color", "button_text_color")
BRAND = ("logo_url", *COLORS)
FIELDS = ("from_name", *ADDRESSES, "postal_address", "is_default", *BRAND)

_check_https = URLValidator(schemes=["https"])


class SenderSerializer(ResourceSerializer):
    """Who the mail of a store is from."""

    store: Any = serializers.SlugRelatedField(slug_field="code", read_only=True)
    postal_address = TextField(default="", allow_blank=True, max_length=2_000)
    is_default = YesNoField(default=Stored(bool))  # type: ignore[arg-type]

    class Meta:
        model = MailSender
        fields: ClassVar = ["store", *FIELDS, "version"]
        # Callers that do not know of the brand leave it as it is stored.
        extra_kwargs: ClassVar = {name: {"default": Stored(str)} for name in BRAND}

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
                yield Problem(name, "invalid", str(NO_ADDRESS))
            if not value.isprintable():
                text = _("No line breaks and no control characters here.")
                yield Problem(name, "control", text)

    @checks("logo_url")
    def logo_can_be_loaded(self, sender: MailSender) -> Iterator[Problem]:
        if not sender.logo_url:
            return
        try:
            _check_https(sender.logo_url)
        except ValidationError:
            text = _("A whole address that begins with https:// is needed here.")
            yield Problem("logo_url", "invalid", text)
        else:
            if urlsplit(sender.logo_url).path.lower().endswith((".svg", ".svgz")):
                text = _("Many mail programs show no SVG images: better take a PNG or JPEG.")
                self.warn("logo_url", "svg", text)

    @checks(*COLORS)
    def buttons_can_be_read(self, sender: MailSender) -> Iterator[Problem]:
        wrong = [name for name in COLORS if (one := getattr(sender, name)) and not is_color(one)]
        for name in wrong:
            yield Problem(name, "invalid", _("A colour is written as # and six digits: #4350d6."))
        if wrong:
            return
        brand = brand_values(sender, None)
        contrast = contrast_of(brand["main_color"], brand["button_text_color"])
        if contrast < LEAST_CONTRAST:
            text = _(
                "The text of buttons is hard to read on the main colour: the contrast is "
                "%(contrast)s, and at least %(least)s is needed. Leave this empty for white or "
                "black."
            )
            said = {"contrast": contrast, "least": LEAST_CONTRAST}
            shown = {name: _shown_contrast(one) for name, one in said.items()}
            yield Problem("button_text_color", "contrast", text % shown)

    @checks(*BRAND)
    def mails_with_the_brand_are_named(self, sender: MailSender) -> None:
        """Warn of the mail templates whose look changes with the brand."""
        before = self.new if self.instance is None else self.instance
        if all(getattr(before, name) == getattr(sender, name) for name in BRAND):
            return
        shown = Q()
        for name in BRAND:
            shown |= Q(html__contains=f"brand.{name}")
        names = list(
            MailTemplate.objects.filter(shown).order_by("pk").values_list("name", flat=True)
        )
        if names:
            text = ngettext(
                "%(count)s mail template shows the brand and looks different from now on, in "
                "mails that are on their way too: %(names)s.",
                "%(count)s mail templates show the brand and look different from now on, in "
                "mails that are on their way too: %(names)s.",
                len(names),
            )
            quoted = first_named([in_quotes(name) for name in names])
            self.warn("", "brand_shown", text % {"count": len(names), "names": quoted})

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
                "without a sender of their own send from here. “%(store)s” keeps its sender, and "
                "sends from here too once the address of that sender is empty."
            )
            self.warn("is_default", "replaces_default", text % {"store": other.store.name})

    @checks("is_default")
    def default_serves_other_stores(self, sender: MailSender) -> None:
        """Warn about what becomes of the default sender when its store gets one of its own."""
        if sender.is_default or self.instance is None or not self.instance.is_default:
            return
        said = {"store": sender.store.name}
        if (free := free_stores().first()) is not None:
            text = _(
                "“%(store)s” has a sender of its own now. Other stores without one send from the "
                "default sender as before; its place is now at “%(other)s”."
            )
            self.warn("is_default", "default_moved", text % {**said, "other": free.name})
        else:
            text = _(
                "There is no default sender any more: this is the sender of “%(store)s” alone."
            )
            self.warn("is_default", "no_default", text % said)


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
        """Have a new default sender replace the former one, and a store's own sender move it."""
        default = self.default()
        if default is None:
            return
        if row.is_default:
            if row.pk != default.pk:
                self._change_default(default, "is_default", False, author)
        elif row.store_id == default.store_id and (free := free_stores().first()) is not None:
            self._change_default(default, "store", free, author)
            row.pk, row._state.adding = None, True

    def default(self) -> MailSender | None:
        """Return the default sender."""
        found: MailSender | None = self.rows().filter(is_default=True).first()
        return found

    def stores_for_exceptions(self) -> QuerySet[Store]:
        """Return the stores that can get a sender of their own beside the default sender.

        The store that the default sender's row stands at is among them if another one is free.
        """
        can_move = Q(mail_sender__is_default=True) & Exists(free_stores())
        return Store.objects.filter(Q(mail_sender=None) | can_move).order_by("pk")

    def _change_default(self, default: MailSender, name: str, value: Any, author: Any) -> None:
        """Change one field of the default sender, with an entry in the audit log."""
        called, before = self.name_of(default), self._shown(default, name)
        setattr(default, name, value)
        default.version += 1
        default.save(update_fields=[name, "version"])
        after = self._shown(default, name)
        record(author, AuditAction.CHANGED, SENDER, called, before=before, after=after)

    def _shown(self, row: MailSender, name: str) -> dict[str, Any]:
        return {name: self.reader.to_representation(row)[name]}


SENDERS = Senders()


def free_stores() -> QuerySet[Store]:
    """Return the stores that have no row, in order."""
    return Store.objects.filter(mail_sender=None).order_by("pk")


def _shown_contrast(contrast: float) -> str:
    # Rounded down: a contrast that is too low never looks high enough.
    return number_shown(Decimal(contrast).quantize(Decimal("0.1"), ROUND_FLOOR), 1)
