"""Conditions on values and life-style: columns of a profile, and shares of values."""

from collections.abc import Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conditions.attribute import Attribute
from conditions.bases.keyed_value import KeyedRows, KeyedValue
from conditions.language import types
from conditions.registry import Family
from conditions.sql.sources import OF_CUSTOMER, Read, Source
from core.problems import Problem
from customers.models import ProductAttribute
from customers.models.attribute import AttributeType
from personalization.conditions.attributes import PROFILE, ProfileColumn, reads_of_activity
from personalization.lifestyle.purchases import reads_of_lifestyle
from personalization.lifestyle.special_categories import PREFIX, problem_of, value_codes
from personalization.models import CustomerValueShare

# For data about single customers.
SEEN_BY = ("personalization.view_profile",)
SHARES = KeyedRows(CustomerValueShare, "code", "share")


@dataclass(frozen=True, eq=False, kw_only=True)
class LifestyleColumn(ProfileColumn):
    """A figure of life-style, stored with the profile."""

    def reads(self, source: Source) -> Iterator[Read]:
        yield from super().reads(source)
        yield from reads_of_lifestyle()


class ValueShare(KeyedValue):
    """The share of spend on products that have the value `key`."""

    def reads(self, source: Source) -> Iterator[Read]:
        yield from _reads_of_values(source)


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
        """Return all attributes, ordered by code."""
        codes = value_codes()
        labels = _labels(codes)
        return [_attribute(code, labels) for code in codes]

    def state(self) -> Hashable:
        """Return a state that changes when attributes come or go."""
        return tuple(value_codes())

    def refusal_of(self, code: str) -> Problem | None:
        """Return why the attribute `code` may not select customers; None where it may."""
        return problem_of(code)


def _reads_of_values(source: Source) -> Iterator[Read]:
    yield from SHARES.reads(source)
    yield from reads_of_activity()
    yield from reads_of_lifestyle()


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
        rows=SHARES,
        key=value,
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
