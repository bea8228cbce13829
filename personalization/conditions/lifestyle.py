"""Conditions on values and life-style: columns of a profile, and shares of values."""

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conditions.attribute import Attribute
from conditions.bases.column import unit_wrap
from conditions.language import types
from conditions.language.windows import ZonedRanges
from conditions.registry import Family
from conditions.sql.place import Context, Place
from conditions.sql.ranges import in_zone, path_within
from conditions.sql.sources import OF_CUSTOMER, Read, Source, along, joined
from conditions.sql.truth import Truth, either, existing
from core.problems import Problem
from customers.models import ProductAttribute
from customers.models.attribute import AttributeType
from personalization.conditions.attributes import PROFILE, ProfileColumn, reads_of_activity
from personalization.lifestyle.purchases import reads_of_lifestyle
from personalization.lifestyle.special_categories import PREFIX, problem_of, value_codes
from personalization.models import CustomerValueShare

if TYPE_CHECKING:
    from conditions.evaluator.facts import Facts

# For data about single customers.
SEEN_BY = ("personalization.view_profile",)


@dataclass(frozen=True, eq=False, kw_only=True)
class LifestyleColumn(ProfileColumn):
    """A figure of life-style, stored with the profile."""

    def reads(self, source: Source) -> Iterator[Read]:
        yield from super().reads(source)
        yield from reads_of_lifestyle()


@dataclass(frozen=True, eq=False, kw_only=True)
class ValueShare(Attribute):
    """The share of spend on products that have the value `value`."""

    value: str

    def within(self, zoned: ZonedRanges, place: Place, context: Context) -> Truth:
        wrap = unit_wrap(self.type)
        return either(
            *(
                in_zone(
                    place.website,
                    websites,
                    existing(
                        Exists(
                            self._rows(place).filter(
                                path_within("share", "", [(None, ranges)], wrap).q
                            )
                        )
                    ),
                )
                for websites, ranges in zoned
            )
        )

    def expressions(self, place: Place, context: Context) -> Sequence[Any]:
        return [Subquery(self._rows(place).values("share")[:1])]

    def reads(self, source: Source) -> Iterator[Read]:
        yield from _reads_of_values(source)

    def read(self, row: Any, facts: "Facts") -> tuple[Any, ...]:
        share = (facts.loaded(_shares) or {}).get(self.value)
        return () if share is None else (share,)

    def _rows(self, place: Place) -> Any:
        owner = OuterRef(f"{place.path(self.prefix)}pk")
        return CustomerValueShare.objects.filter(Q(customer=owner, code=self.value))


@dataclass(frozen=True)
class ValuesOfTheShop:
    """The values that the setting `VALUE_ATTRIBUTES` names, as conditions `lifestyle.values.…`."""

    prefix: str = PREFIX

    def reads(self) -> Iterator[Read]:
        """Yield every column that a share comes from."""
        yield from _reads_of_values(OF_CUSTOMER)

    def find(self, code: str) -> Attribute | None:
        """Return the attribute `code`, or None where the setting does not name it."""
        value = code.removeprefix(PREFIX)
        return _attribute(value, _labels([value])) if value in value_codes() else None

    def all(self) -> list[Attribute]:
        """Return all of them, by code."""
        codes = value_codes()
        labels = _labels(codes)
        return [_attribute(code, labels) for code in codes]

    def state(self) -> Hashable:
        """Return which there are."""
        return tuple(value_codes())

    def refusal_of(self, code: str) -> Problem | None:
        """Return why the attribute `code` may not select customers; None where it may."""
        return problem_of(code)


def _reads_of_values(source: Source) -> Iterator[Read]:
    rows = joined(source, "pk", CustomerValueShare, "customer")
    for column in ("customer", "code", "share"):
        yield from along(rows, column)
    yield from reads_of_activity()
    yield from reads_of_lifestyle()


def _shares(customers: Collection[int]) -> dict[int, dict[str, Decimal]]:
    """Return the shares of each of `customers` (internal keys), by the codes of the values."""
    rows = CustomerValueShare.objects.filter(customer__in=list(customers))
    found: dict[int, dict[str, Decimal]] = {}
    for customer, code, share in rows.values_list("customer", "code", "share"):
        found.setdefault(customer, {})[code] = share
    return found


def _labels(codes: Collection[str]) -> Mapping[str, str]:
    rows = ProductAttribute.objects.filter(code__in=codes, type=AttributeType.BOOLEAN)
    return dict(rows.values_list("code", "label"))


def _label(value: str) -> str:
    return _("Share of spend: %(value)s (0 to 1)") % {"value": value}


def _attribute(value: str, labels: Mapping[str, str]) -> Attribute:
    return ValueShare(
        code=f"{PREFIX}{value}",
        label=lazy(_label, str)(labels.get(value, value)),
        type=types.NUMBER,
        minimum=0,
        maximum=1,
        permissions=SEEN_BY,
        value=value,
    )


def _figure(code: str, label: Any, words: Any) -> LifestyleColumn:
    return LifestyleColumn(
        code=f"lifestyle.{code}",
        label=label,
        type=types.NUMBER,
        paths=(f"{PROFILE}__{code}",),
        minimum=0,
        maximum=1,
        permissions=SEEN_BY,
        search_words=words,
    )


LIFESTYLE = Family(
    gettext_lazy("Values and life-style"),
    attributes=[
        _figure(
            "weekend_share",
            gettext_lazy("Share of orders on weekends (0 to 1)"),
            gettext_lazy("saturday sunday weekend"),
        ),
        _figure(
            "evening_share",
            gettext_lazy("Share of orders in the evening (0 to 1)"),
            gettext_lazy("night late evening"),
        ),
        _figure(
            "new_product_share",
            gettext_lazy("Share of products that are new to them (0 to 1)"),
            gettext_lazy("variety discover curious loyal"),
        ),
        _figure(
            "gift_season_share",
            gettext_lazy("Share of orders in November and December (0 to 1)"),
            gettext_lazy("christmas gifts presents"),
        ),
        _figure(
            "regularity",
            gettext_lazy("Regularity of purchases (0 to 1)"),
            gettext_lazy("regular rhythm interval"),
        ),
    ],
    of_the_shop=[ValuesOfTheShop()],
)
