"""Conditions on newsletter subscriptions."""

from django.utils.translation import gettext_lazy as _

from conditions.bases.column import columns_of
from conditions.bases.product import store_column
from conditions.language import choices, counted, types
from conditions.language.phrase import EventPhrase, Phrase, RowsPhrase
from conditions.registry import Beginning, Family
from conditions.sql.place import Relation
from customers.models import NewsletterSubscription
from customers.models.identity.newsletter import SubscriptionStatus

NEWSLETTER = Relation(
    name="newsletter",
    label=_("Newsletter"),
    same=_("the same subscription"),
    model=NewsletterSubscription,
    meant={"attribute": "newsletter.status", "operator": "is", "value": "subscribed"},
    prefix="newsletter",
    link="customer",
    paths={"newsletter": ""},
    select_related=("store",),
    phrase=RowsPhrase(
        some=_("have a newsletter subscription%(where)s"),
        none=_("have no newsletter subscription%(where)s"),
        every=_("have newsletter subscriptions, each of them%(where)s"),
        count=_("have %(value)s%(where)s"),
        rows=_("their newsletter subscriptions"),
        any=_("have among their newsletter subscriptions one%(where)s"),
        not_any=_("have among their newsletter subscriptions none%(where)s"),
        unit=counted.subscriptions,
        event=EventPhrase(
            did=_("had a change of a newsletter subscription%(where)s"),
            did_not=_("had no change of a newsletter subscription%(where)s"),
        ),
    ),
)

_newsletter = columns_of(NEWSLETTER)

FAMILY = Family(
    _("Newsletter"),
    relations=[NEWSLETTER],
    attributes=[
        _newsletter(
            "status",
            _("Subscription status"),
            types.CHOICE,
            choices=choices.of_enum(SubscriptionStatus),
            only_after={
                SubscriptionStatus.UNSUBSCRIBED.value: SubscriptionStatus.SUBSCRIBED.value,
            },
            search_words=_("subscribed subscriber unsubscribed"),
            phrase=Phrase(
                _("with the status %(value)s"),
                direct=_("have the newsletter status %(value)s"),
                direct_not=_("do not have the newsletter status %(value)s"),
            ),
        ),
        _newsletter(
            "status_changed_at",
            _("Status change date"),
            types.DATETIME,
            phrase=Phrase(_("with a change of status %(value)s")),
        ),
        store_column(NEWSLETTER),
    ],
    beginnings=[
        Beginning(
            _("Is subscribed to the newsletter"),
            {"attribute": "newsletter.status", "operator": "is", "value": "subscribed"},
        ),
        Beginning(
            _("Is not subscribed to the newsletter"),
            {"attribute": "newsletter.status", "operator": "is_not", "value": "subscribed"},
        ),
    ],
)
