"""Attributes of uplifts for segments: one for each model of the kind."""

from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Subquery
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from conditions.attribute import Attribute
from conditions.bases.column import unit_wrap
from conditions.language import types
from conditions.language.operators import Operator, Words
from conditions.language.windows import LocalClock, ZonedRanges
from conditions.sql.place import Context, Place
from conditions.sql.ranges import in_zone, path_within
from conditions.sql.sources import OF_CUSTOMER, Read, Source, along, joined
from conditions.sql.truth import Truth, either, existing
from predictions.models import PredictionModel, UpliftScore
from predictions.models.scores.uplift import UPLIFT_PREFIX

if TYPE_CHECKING:
    from conditions.evaluator.facts import Facts

KIND = "uplift"
PREFIX = f"prediction.{UPLIFT_PREFIX}"
# For what is known of single customers.
SEEN_BY = ("predictions.view_scores",)


@dataclass(frozen=True, eq=False, kw_only=True)
class UpliftValue(Attribute):
    """A customer's uplift by the model with the internal key `model`; `column` is its code."""

    model: int
    column: str

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
                                path_within("uplift", "", [(None, ranges)], wrap).q
                            )
                        )
                    ),
                )
                for websites, ranges in zoned
            )
        )

    def expressions(self, place: Place, context: Context) -> Sequence[Any]:
        return [Subquery(self._rows(place).values("uplift")[:1])]

    def reads(self, source: Source) -> Iterator[Read]:
        yield from _reads(source)

    def read(self, row: Any, facts: "Facts") -> tuple[Any, ...]:
        uplift = (facts.loaded(_uplifts) or {}).get(self.model)
        return () if uplift is None else (uplift,)

    def known_of_nobody(self) -> Words:
        """Return why no customer has a value yet; "" where a customer may have a value."""
        if PredictionModel.objects.filter(pk=self.model).exclude(as_of=None).exists():
            return ""
        text = _("Nobody has a value of “%(label)s” yet: its model has to be trained and deployed.")
        return text % {"label": self.label}

    def may_have_turned(
        self,
        before: Decimal | None,
        after: Decimal | None,
        operator: Operator,
        value: Any,
        clock: LocalClock,
    ) -> bool:
        """Return whether a condition may hold of one uplift and not of the other."""
        was, became = (() if one is None else (one,) for one in (before, after))
        return self.holds_of(was, operator, value, clock) != self.holds_of(
            became, operator, value, clock
        )

    def _rows(self, place: Place) -> Any:
        owner = OuterRef(f"{place.path(self.prefix)}pk")
        return UpliftScore.objects.filter(customer=owner, model=self.model)


@dataclass(frozen=True)
class UpliftsOfTheShop:
    """The uplifts of the shop's campaigns and experiments, as conditions `prediction.uplift.…`."""

    prefix: str = PREFIX

    def reads(self) -> Iterator[Read]:
        """Yield every column that an uplift comes from."""
        yield from _reads(OF_CUSTOMER)

    def find(self, code: str) -> Attribute | None:
        """Return the attribute `code`, or None where no model has been trained for it."""
        found = _models().filter(code=f"{UPLIFT_PREFIX}{code.removeprefix(PREFIX)}").first()
        return None if found is None else _attribute(*found)

    def all(self) -> list[Attribute]:
        """Return all of them, by code."""
        return [_attribute(*found) for found in _models()]

    def state(self) -> Hashable:
        """Return which there are."""
        return tuple(_models())


def _models() -> Any:
    return PredictionModel.objects.filter(kind=KIND).order_by("code").values_list("pk", "code")


def _reads(source: Source) -> Iterator[Read]:
    rows = joined(source, "pk", UpliftScore, "customer")
    for column in ("customer", "model", "uplift"):
        yield from along(rows, column)


def _uplifts(customers: Collection[int]) -> dict[int, dict[int, Decimal]]:
    """Return the uplifts of each of `customers` (internal keys), by the key of the model."""
    rows = UpliftScore.objects.filter(customer__in=list(customers))
    found: dict[int, dict[int, Decimal]] = {}
    for customer, model, uplift in rows.values_list("customer", "model", "uplift"):
        found.setdefault(customer, {})[model] = uplift
    return found


def _label(campaign: str) -> str:
    return _("Uplift: %(campaign)s") % {"campaign": campaign}


def _attribute(model: int, code: str) -> Attribute:
    return UpliftValue(
        code=f"prediction.{code}",
        label=lazy(_label, str)(code.removeprefix(UPLIFT_PREFIX)),
        type=types.NUMBER,
        minimum=-1,
        maximum=1,
        permissions=SEEN_BY,
        model=model,
        column=code,
    )
