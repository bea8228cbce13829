"""Conditions on the address book."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from conditions.attribute import Attribute
from conditions.bases.column import Column
from conditions.language import types
from conditions.language.operators import Words
from conditions.registry import Family
from conditions.sql.place import Relation
from customers.models import Address

ADDRESSES = Relation(
    name="addresses",
    label=_("Addresses"),
    same=_("the same address"),
    model=Address,
    prefix="address",
    link="customer",
    paths={"address": ""},
)


def _text(name: str, label: Words, *paths: str, **more: Any) -> Attribute:
    return Column(
        code=f"address.{name}",
        label=label,
        type=types.TEXT,
        relation="addresses",
        paths=(name, *paths),
        many=bool(paths),
        **more,
    )


def _flag(name: str, label: Words) -> Attribute:
    return Column(
        code=f"address.{name}",
        label=label,
        type=types.BOOLEAN,
        relation="addresses",
        paths=(name,),
    )


FAMILY = Family(
    _("Address"),
    relations=[ADDRESSES],
    attributes=[
        _text("first_name", _("First name")),
        _text("last_name", _("Last name")),
        _text("company", _("Company")),
        _text("street", _("Street")),
        _text("city", _("City"), search_words=_("town lives in from where")),
        _text("region", _("State/province (name or code)"), "region_code"),
        _text("postcode", _("Postcode"), search_words=_("zip")),
        _text(
            "country",
            _("Country"),
            countries=True,
            search_words=_("nation nationality lives in German French from where"),
        ),
        _text("telephone", _("Telephone")),
        _flag("is_default_billing", _("Is default billing address")),
        _flag("is_default_shipping", _("Is default shipping address")),
    ],
)
