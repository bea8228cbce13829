"""Conditions on the customers themselves."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from conditions.bases.codes import Codes
from conditions.bases.column import Column
from conditions.bases.custom_value import CustomAttributes
from conditions.bases.elapsed import DaysSince, DaysUntilAnniversary
from conditions.bases.part import RandomPart
from conditions.language import choices, counted, types
from conditions.language.counted import days
from conditions.language.phrase import Phrase
from conditions.registry import Beginning, Family
from customers.models import (
    Customer,
    CustomerAttribute,
    CustomerAttributeValue,
    CustomerGroup,
    CustomerTag,
    Store,
    Website,
)
from customers.models.identity.customer import CustomerKind

FAMILY = Family(
    _("Customer"),
    attributes=[
        Column(
            code="customer.id",
            label=_("Customer number"),
            type=types.TEXT,
            paths=("external_id",),
            always_known=True,
            phrase=Phrase(subject=_("{whose|their} customer number %(is)s")),
            as_written=True,
        ),
        Column(
            code="customer.email",
            label=_("Email"),
            type=types.TEXT,
            email="address",
            paths=("email",),
            phrase=Phrase(subject=_("{whose|their} e-mail address %(is)s")),
        ),
        Column(
            code="customer.email_domain",
            label=_("Email domain"),
            type=types.TEXT,
            email="domain",
            paths=("email_domain",),
            search_words=_("mail"),
            phrase=Phrase(subject=_("{whose|their} e-mail domain %(is)s")),
        ),
        Column(
            code="customer.first_name",
            label=_("First name"),
            type=types.TEXT,
            paths=("first_name",),
            phrase=Phrase(subject=_("{whose|their} first name %(is)s")),
            as_written=True,
        ),
        Column(
            code="customer.last_name",
            label=_("Last name"),
            type=types.TEXT,
            paths=("last_name",),
            phrase=Phrase(subject=_("{whose|their} last name %(is)s")),
            as_written=True,
        ),
        Column(
            code="customer.gender",
            label=_("Gender"),
            type=types.CHOICE,
            paths=("gender",),
            choices=choices.with_names(
                choices.of_column(Customer, "gender"),
                {
                    "female": pgettext_lazy("gender", "female"),
                    "male": pgettext_lazy("gender", "male"),
                    "other": pgettext_lazy("gender", "other"),
                },
            ),
            phrase=Phrase(subject=_("{whose|their} gender %(is)s")),
        ),
        Column(
            code="customer.date_of_birth",
            label=_("Date of birth"),
            type=types.DATE,
            paths=("date_of_birth",),
            search_words=_("birthday age born"),
            phrase=Phrase(
                _("were born %(value)s"),
                _("were not born %(value)s"),
                subject=_("{whose|their} date of birth %(is)s"),
                special={"anniversary_in_next_days": counted.birthday_in_next_days},
            ),
        ),
        Column(
            code="customer.registered_at",
            label=_("Customer since"),
            type=types.DATETIME,
            paths=("registered_at",),
            search_words=_("registered signed up joined new"),
            phrase=Phrase(
                _("registered %(value)s"),
                _("did not register %(value)s"),
                subject=_("{whose|their} date of registration %(is)s"),
            ),
        ),
        DaysSince(
            code="customer.days_since_registration",
            label=_("Days since registration"),
            type=types.INTEGER,
            unit=days,
            since="customer.registered_at",
            phrase=Phrase(
                _("have been registered for %(value)s"), _("have not been registered for %(value)s")
            ),
        ),
        DaysUntilAnniversary(
            code="customer.days_until_birthday",
            label=_("Days until birthday"),
            type=types.INTEGER,
            unit=days,
            of_code="customer.date_of_birth",
            minimum=0,
            phrase=Phrase(
                _("{whose|their} birthday is %(value)s away"),
                _("{whose|their} birthday is not %(value)s away"),
                subject=_("{whose|their} next birthday %(is)s"),
            ),
        ),
        Column(
            code="customer.group",
            label=_("Customer group"),
            type=types.CHOICE,
            paths=("group__code",),
            choices=choices.of_model(CustomerGroup),
            phrase=Phrase(
                _("are in the customer group %(value)s"),
                _("are not in the customer group %(value)s"),
                subject=_("{whose|their} customer group %(is)s"),
            ),
        ),
        Column(
            code="customer.website",
            label=_("Website"),
            type=types.CHOICE,
            paths=("website__code",),
            choices=choices.of_model(Website),
            always_known=True,
            phrase=Phrase(
                _("belong to the website %(value)s"),
                _("do not belong to the website %(value)s"),
                subject=_("{whose|their} website %(is)s"),
            ),
        ),
        Column(
            code="customer.store",
            label=_("Account created in store"),
            type=types.CHOICE,
            paths=("store__code",),
            choices=choices.of_model(Store),
            always_known=True,
            phrase=Phrase(
                _("have their account in the store %(value)s"),
                _("do not have their account in the store %(value)s"),
                subject=_("{whose|their} store %(is)s"),
            ),
        ),
        Column(
            code="customer.kind",
            label=_("Registered or guest"),
            type=types.CHOICE,
            paths=("kind",),
            choices=choices.of_enum(CustomerKind),
            always_known=True,
            phrase=Phrase(
                _("are of the kind %(value)s"),
                _("are not of the kind %(value)s"),
                subject=_("{whose|their} kind %(is)s"),
            ),
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
            phrase=Phrase(
                _("have the tag %(value)s"),
                _("do not have the tag %(value)s"),
                special={"is_not_empty": _("have a tag"), "is_empty": _("have no tag")},
            ),
        ),
        Column(
            code="customer.accepts_marketing",
            label=_("Accepts marketing"),
            type=types.BOOLEAN,
            paths=("accepts_marketing",),
            phrase=Phrase(
                subject=_("{whose|their} consent to marketing %(is)s"),
                special={
                    "yes": _("accept marketing"),
                    "not_yes": _("do not accept marketing"),
                    "no": _("refuse marketing"),
                    "not_no": _("do not refuse marketing"),
                },
            ),
        ),
        RandomPart(
            code="customer.part",
            label=_("Random part"),
            type=types.PART,
            path="external_id",
            always_known=True,
            comparable=False,
            search_words=_("sample share percent draw lot test group chance split A/B"),
            phrase=Phrase(_("belong to %(value)s"), _("do not belong to %(value)s")),
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
    beginnings=[
        Beginning(
            _("Has a birthday within … days"),
            {"attribute": "customer.days_until_birthday", "operator": "lte", "value": 14},
            _("anniversary age"),
        ),
        Beginning(
            _("Signed up in the last … days"),
            {"attribute": "customer.registered_at", "operator": "in_last_days", "value": 30},
            _("registered new joined account"),
        ),
        Beginning(
            _("Belongs to a random … % of customers"),
            {"attribute": "customer.part", "operator": "is_in"},
            _("sample share percent draw lot test group chance split A/B"),
        ),
        Beginning(
            _("Has accepted marketing"),
            {"attribute": "customer.accepts_marketing", "operator": "is", "value": True},
        ),
    ],
)
