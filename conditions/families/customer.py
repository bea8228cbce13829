"""Conditions on the customers themselves."""

from django.utils.translation import gettext_lazy as _

from conditions.bases.codes import Codes
from conditions.bases.column import Column
from conditions.bases.custom_value import CustomAttributes
from conditions.bases.elapsed import DaysSince, DaysUntilAnniversary
from conditions.language import choices, types
from conditions.language.counted import days
from conditions.registry import Family
from customers.models import (
    Customer,
    CustomerAttribute,
    CustomerAttributeValue,
    CustomerGroup,
    CustomerTag,
    Store,
    Website,
)
from customers.models.customer import CustomerKind

FAMILY = Family(
    _("Customer"),
    attributes=[
        Column(
            code="customer.id",
            label=_("Customer number"),
            type=types.TEXT,
            paths=("external_id",),
            always_known=True,
        ),
        Column(code="customer.email", label=_("Email"), type=types.TEXT, paths=("email",)),
        Column(
            code="customer.email_domain",
            label=_("Email domain"),
            type=types.TEXT,
            paths=("email_domain",),
            search_words=_("mail"),
        ),
        Column(
            code="customer.first_name",
            label=_("First name"),
            type=types.TEXT,
            paths=("first_name",),
        ),
        Column(
            code="customer.last_name", label=_("Last name"), type=types.TEXT, paths=("last_name",)
        ),
        Column(
            code="customer.gender",
            label=_("Gender"),
            type=types.CHOICE,
            paths=("gender",),
            choices=choices.of_column(Customer, "gender"),
        ),
        Column(
            code="customer.date_of_birth",
            label=_("Date of birth"),
            type=types.DATE,
            paths=("date_of_birth",),
            search_words=_("birthday age born"),
        ),
        Column(
            code="customer.registered_at",
            label=_("Customer since"),
            type=types.DATETIME,
            paths=("registered_at",),
            search_words=_("registered signed up joined new"),
        ),
        DaysSince(
            code="customer.days_since_registration",
            label=_("Days since registration"),
            type=types.INTEGER,
            unit=days,
            since="customer.registered_at",
        ),
        DaysUntilAnniversary(
            code="customer.days_until_birthday",
            label=_("Days until birthday"),
            type=types.INTEGER,
            unit=days,
            of_code="customer.date_of_birth",
            minimum=0,
        ),
        Column(
            code="customer.group",
            label=_("Customer group"),
            type=types.CHOICE,
            paths=("group__code",),
            choices=choices.of_model(CustomerGroup),
        ),
        Column(
            code="customer.website",
            label=_("Website"),
            type=types.CHOICE,
            paths=("website__code",),
            choices=choices.of_model(Website),
            always_known=True,
        ),
        Column(
            code="customer.store",
            label=_("Account created in store"),
            type=types.CHOICE,
            paths=("store__code",),
            choices=choices.of_model(Store),
            always_known=True,
        ),
        Column(
            code="customer.kind",
            label=_("Registered or guest"),
            type=types.CHOICE,
            paths=("kind",),
            choices=choices.of_enum(CustomerKind),
            always_known=True,
        ),
        Codes(
            code="customer.tags",
            label=_("Tags"),
            type=types.SET,
            model=CustomerTag,
            owner="customer",
            column="tag",
            choices=choices.of_column(CustomerTag, "tag"),
            many=True,
        ),
        Column(
            code="customer.accepts_marketing",
            label=_("Accepts marketing"),
            type=types.BOOLEAN,
            paths=("accepts_marketing",),
        ),
    ],
    of_the_shop=[
        CustomAttributes(
            prefix="customer.attributes.",
            definitions=CustomerAttribute,
            values=CustomerAttributeValue,
            owner="customer",
            owner_path="pk",
        )
    ],
)
