"""The profile of one customer as of an instant, computed from the stored rows on request.

Activity after the instant does not count; consent, segments and scores are those stored now.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Model, QuerySet

from conditions.language.windows import local_date
from core.database.prepared import rows_by_key
from customers.models import Address, Customer, CustomerAttributeValue, Product
from personalization.behavior.activity import VIEW, Done, done_by, not_later
from personalization.engagement import Engagement, engagement_of
from personalization.lifestyle.figures import Lifestyle
from personalization.lifestyle.purchases import NOTHING as NO_PURCHASES
from personalization.lifestyle.purchases import lifestyles
from personalization.models import BehaviorEvent, CustomerProfile, Subject
from personalization.profiles.affinity import (
    Affinity,
    Codes,
    Weighed,
    affinities,
    amounts,
    best_codes,
    codes_of,
    products_of,
    weighed_of,
)
from personalization.profiles.channels_and_devices import ways_of
from personalization.profiles.interest_baseline import (
    ensure_shares,
    hours_of,
    shares_of,
    stored_hours,
)
from personalization.profiles.purchases import Purchases, price_position, purchases_of
from personalization.profiles.send_time import SendTime, send_time
from personalization.sessions import Session, cut_sessions

LAST_VIEWED, SEARCHES = 10, 5
# A customer may search for the same text many times.
SEARCHES_LOOKED_AT = 500
VIEWS_OF, CHANNELS_OF = timedelta(days=30), timedelta(days=90)
SEARCH = "search"
# The least age of each group.
AGES = ((65, "65+"), (55, "55-64"), (45, "45-54"), (35, "35-44"), (25, "25-34"), (18, "18-24"))


class Profile:
    """The profile of `customer` as of an aware instant; each part is read when it is asked for."""

    customer: Customer
    as_of: datetime

    def __init__(self, customer: Customer, as_of: datetime) -> None:
        self.customer, self.as_of = customer, as_of

    @cached_property
    def done(self) -> Sequence[Done]:
        """The customer's activities and exposures, in the order of time."""
        key = self.customer.pk
        return done_by([key], as_of=self.as_of).get(key, ())

    @cached_property
    def activities(self) -> Sequence[Done]:
        """The rows of `done` that are activity."""
        return [one for one in self.done if one.is_activity]

    @cached_property
    def engagement(self) -> Engagement:
        """The engagement of the customer."""
        return engagement_of(self.done, self.as_of)

    def engagement_ago(self, ago: timedelta) -> Engagement:
        """Return the engagement as of `ago` before the instant of the profile."""
        at = self.as_of - ago
        return engagement_of(not_later(self.done, at), at)

    @cached_property
    def sessions(self) -> Sequence[Session]:
        """The sessions, oldest first."""
        return cut_sessions(self.done)

    @cached_property
    def purchases(self) -> Purchases:
        """The purchases of the customer."""
        return purchases_of(self.customer, self.as_of)

    @cached_property
    def lifestyle(self) -> Lifestyle:
        """The figures on values and life-style from the sales of a year."""
        key = self.customer.pk
        return lifestyles([key], self.as_of).get(key, NO_PURCHASES)

    @cached_property
    def interests(self) -> Sequence[Affinity]:
        """The interests in categories, the best lift first."""
        return self._affinities(Subject.CATEGORY)

    @cached_property
    def brands(self) -> Sequence[Affinity]:
        """The interests in brands, the best lift first."""
        return self._affinities(Subject.BRAND)

    def best_interests(self, ago: timedelta = timedelta(0)) -> Sequence[str]:
        """Return the categories of the three best lifts, as of `ago` before the profile."""
        rows = [one for one in self._weighed if one[1] <= self.as_of - ago]
        return best_codes(rows, self._codes[Subject.CATEGORY], self._of_all[Subject.CATEGORY])

    @cached_property
    def price_position(self) -> object:
        """The price level of the bought products within their categories; None for none."""
        return price_position(self.customer, self.as_of)

    @cached_property
    def send_time(self) -> SendTime:
        """The best hour for mail to the customer."""
        ensure_shares()
        website = self.customer.website
        counts = hours_of(self.done, website.timezone, self.as_of)
        return send_time(counts, stored_hours(website.pk))

    @cached_property
    def product_views(self) -> int:
        """How many products were viewed in the last 30 days."""
        since = self.as_of - VIEWS_OF
        return sum(1 for one in self.done if one.type == VIEW and one.at >= since)

    @cached_property
    def last_viewed(self) -> Sequence[str]:
        """The SKUs that were viewed last, newest first, each once, 10 at most."""
        viewed = (one.product for one in reversed(self.done) if one.type == VIEW)
        keys = list(dict.fromkeys(one for one in viewed if one is not None))[:LAST_VIEWED]
        skus = dict(Product.objects.filter(pk__in=keys).values_list("pk", "sku"))
        return [skus[key] for key in keys if key in skus]

    @cached_property
    def searches(self) -> Sequence[str]:
        """The newest different searches, newest first, 5 at most."""
        rows = BehaviorEvent.objects.filter(
            customer=self.customer, behavior_type=SEARCH, occurred_at__lte=self.as_of
        ).order_by("-occurred_at", "-pk")
        newest = rows.values_list("search_query", flat=True)[:SEARCHES_LOOKED_AT]
        return list(dict.fromkeys(newest))[:SEARCHES]

    @property
    def channels(self) -> Mapping[str, int]:
        """How many behaviours came by each channel in the last 90 days."""
        return self._ways[0]

    @property
    def devices(self) -> Mapping[str, int]:
        """How many behaviours came from each kind of device in the last 90 days."""
        return self._ways[1]

    @cached_property
    def age_group(self) -> str | None:
        """The customer's age as a group; None where the date of birth is not known."""
        born = self.customer.date_of_birth
        if born is None:
            return None
        age = age_at(born, local_date(self.as_of, self.customer.website.timezone))
        return next((name for least, name in AGES if age >= least), "under-18")

    @cached_property
    def country(self) -> str | None:
        """The country of the default address for bills, or for parcels, or of any other."""

        def countries(key: Any) -> QuerySet[Any]:
            rows = Address.objects.filter(customer=key).exclude(country__in=[""])
            order = ("-is_default_billing", "-is_default_shipping", "pk")
            return rows.exclude(country=None).order_by(*order).values_list("country")[:1]

        return next((country for (country,) in self._own("country", Address, countries)), None)

    @cached_property
    def attributes(self) -> Mapping[str, object]:
        """The customer's own attributes by code, as they are stored."""

        def values(key: Any) -> QuerySet[CustomerAttributeValue]:
            rows = CustomerAttributeValue.objects.filter(customer=key)
            return rows.select_related("attribute").order_by("attribute__code")

        found = {}
        for one in self._own("attributes", CustomerAttributeValue, values):
            value = getattr(one, one.attribute.type)
            if value is not None and value != "":
                found[one.attribute.code] = value
        return found

    @cached_property
    def updated_at(self) -> datetime | None:
        """The time when the figures for conditions were last written; None for never."""

        def update_times(key: Any) -> QuerySet[Any]:
            return CustomerProfile.objects.filter(customer=key).values_list("updated_at")

        return next((at for (at,) in self._own("updated", CustomerProfile, update_times)), None)

    def _own(
        self, name: str, model: type[Model], build: Callable[[Any], QuerySet[Any]]
    ) -> list[Any]:
        """Return the customer's rows; the query is compiled once for all customers."""
        return rows_by_key(("profile", name), model._default_manager.db, build, self.customer.pk)

    @cached_property
    def _ways(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        found = ways_of(self.customer, self.done, self.as_of - CHANNELS_OF, self.as_of)
        channels = Counter(channel for channel, _device in found)
        devices = Counter(device for _channel, device in found if device)
        return dict(sorted(channels.items())), dict(sorted(devices.items()))

    @cached_property
    def _weighed(self) -> Sequence[Weighed]:
        key = self.customer.pk
        return weighed_of([key], {key: self.done}, self.as_of).get(key, ())

    @cached_property
    def _codes(self) -> Mapping[Subject, Codes]:
        return codes_of(products_of([self._weighed]))

    @cached_property
    def _of_all(self) -> Mapping[Subject, Mapping[str, float]]:
        ensure_shares()
        return {
            subject: shares_of(subject, {code for own in codes.values() for code in own})
            for subject, codes in self._codes.items()
        }

    def _affinities(self, subject: Subject) -> Sequence[Affinity]:
        own = amounts(self._weighed, self._codes[subject], self.as_of)
        return affinities(own, self._of_all[subject])


def brand_shares(customer: Customer, as_of: datetime) -> Mapping[str, float]:
    """Return the shares of the brands that a customer is interested in, at an aware instant."""
    return {one.code: one.share for one in Profile(customer, as_of).brands}


def age_at(born: date, today: date) -> int:
    """Return the age in years at `today` of a person born on `born`."""
    had_birthday = (today.month, today.day) >= (born.month, born.day)
    return today.year - born.year - (0 if had_birthday else 1)
