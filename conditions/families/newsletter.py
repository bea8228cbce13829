"""Conditions on newsletter subscriptions."""

from django.utils.translation import gettext_lazy as _

from conditions.bases.column import Column
from conditions.language import choices, types
from conditions.registry import Family
from conditions.sql.place import Relation
from customers.models import NewsletterSubscription, Store
from customers.models.newsletter import SubscriptionStatus

NEWSLETTER = Relation(
    name="newsletter",
    label=_("Newsletter"),
    same=_("the same subscription"),
    model=NewsletterSubscription,
    prefix="newsletter",
    link="customer",
    paths={"newsletter": ""},
    select_related=("store",),
)

FAMILY = Family(
    _("Newsletter"),
    relations=[NEWSLETTER],
    attributes=[
        Column(
            code="newsletter.status",
            label=_("Subscription status"),
            type=types.CHOICE,
            relation="newsletter",
            paths=("status",),
            choices=choices.of_enum(SubscriptionStatus),
            search_words=_("subscribed subscriber unsubscribed"),
        ),
        Column(
            code="newsletter.status_changed_at",
            label=_("Status change date"),
            type=types.DATETIME,
            relation="newsletter",
            paths=("status_changed_at",),
        ),
        Column(
            code="newsletter.store",
            label=_("Store"),
            type=types.CHOICE,
            relation="newsletter",
            paths=("store__code",),
            choices=choices.of_model(Store),
        ),
    ],
)
