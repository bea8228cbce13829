"""Conditions on the address book."""

from functools import partial

from django.utils.translation import gettext_lazy as _

from conditions.bases.column import columns_of
from conditions.language import counted, types
from conditions.language.phrase import Phrase, RowsPhrase
from conditions.registry import Beginning, Family
from conditions.sql.place import Relation
from customers.models import Address

ADDRESSES = Relation(
    name="addresses",
    of_customer=True,
    label=_("Addresses"),
    same=_("the same address"),
    model=Address,
    prefix="address",
    link="customer",
    paths={"address": ""},
    phrase=RowsPhrase(
        some=_("have an address%(where)s"),
        none=_("have no address%(where)s"),
        every=_("have addresses, each of them%(where)s"),
        count=_("have %(value)s%(where)s"),
        rows=_("their addresses"),
        any=_("have among their addresses one%(where)s"),
        not_any=_("have among their addresses none%(where)s"),
        unit=counted.addresses,
    ),
)

_text = partial(columns_of(ADDRESSES), type_=types.TEXT)
_flag = partial(columns_of(ADDRESSES), type_=types.BOOLEAN)

FAMILY = Family(
    _("Address"),
    relations=[ADDRESSES],
    attributes=[
        _text(
            "first_name",
            _("First name"),
            phrase=Phrase(_("with first name %(value)s")),
        ),
        _text(
            "last_name",
            _("Last name"),
            phrase=Phrase(_("with last name %(value)s")),
        ),
        _text("company", _("Company"), phrase=Phrase(_("with company %(value)s")), as_written=True),
        _text("street", _("Street"), phrase=Phrase(_("with street %(value)s")), as_written=True),
        _text(
            "city",
            _("City"),
            search_words=_("town lives in from where"),
            phrase=Phrase(
                _("with city %(value)s"),
                direct=_("live in the city %(value)s"),
                direct_not=_("do not live in the city %(value)s"),
                lead=_("in the city %(value)s"),
            ),
            said_bare=True,
        ),
        _text(
            "region",
            _("State/province (name or code)"),
            paths=("region", "region_code"),
            many=True,
            phrase=Phrase(
                _("with region %(value)s"),
                direct=_("live in the region %(value)s"),
                direct_not=_("do not live in the region %(value)s"),
                lead=_("in the region %(value)s"),
            ),
            said_bare=True,
        ),
        _text(
            "postcode",
            _("Postcode"),
            search_words=_("zip"),
            phrase=Phrase(
                _("with postcode %(value)s"),
                direct=_("live in the postcode area %(value)s"),
                direct_not=_("do not live in the postcode area %(value)s"),
            ),
            as_written=True,
        ),
        _text(
            "country",
            _("Country"),
            countries=True,
            usual="is_one_of",
            search_words=_("nation nationality lives in German French from where"),
            phrase=Phrase(
                _("in the country %(value)s"),
                direct=_("live in %(value)s"),
                direct_not=_("do not live in %(value)s"),
                lead=_("in %(value)s"),
            ),
        ),
        _text(
            "telephone",
            _("Telephone"),
            phrase=Phrase(_("with telephone number %(value)s")),
            as_written=True,
        ),
        _flag(
            "is_default_billing",
            _("Is default billing address"),
            phrase=Phrase(
                special={
                    "yes": _("for invoices"),
                    "not_yes": _("not for invoices"),
                    "no": _("expressly not for invoices"),
                    "not_no": _("not expressly barred from invoices"),
                }
            ),
        ),
        _flag(
            "is_default_shipping",
            _("Is default shipping address"),
            phrase=Phrase(
                special={
                    "yes": _("for deliveries"),
                    "not_yes": _("not for deliveries"),
                    "no": _("expressly not for deliveries"),
                    "not_no": _("not expressly barred from deliveries"),
                }
            ),
        ),
    ],
    beginnings=[
        Beginning(
            _("Lives in … (country)"),
            {"attribute": "address.country", "operator": "is_one_of"},
            _("German French"),
        ),
        Beginning(
            _("Does not live in … (country)"),
            {"attribute": "address.country", "operator": "is_not_one_of"},
            _("German French"),
        ),
    ],
)
