"""Attributes of uplifts for segments: one for each model of the kind."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.functional import lazy
from django.utils.translation import gettext as _

from conditions.attribute import Attribute
from conditions.bases.keyed_value import KeyedRows, KeyedValue
from conditions.language import types
from conditions.language.operators import Operator, Words
from conditions.language.windows import LocalClock
from conditions.sql.sources import OF_CUSTOMER, Read
from predictions.models import PredictionModel, UpliftScore
from predictions.models.scores.uplift import UPLIFT_PREFIX

KIND = "uplift"
PREFIX = f"prediction.{UPLIFT_PREFIX}"
# For what is known of single customers.
SEEN_BY = ("predictions.view_scores",)
UPLIFTS = KeyedRows(UpliftScore, "model", "uplift")


@dataclass(frozen=True, eq=False, kw_only=True)
class UpliftValue(KeyedValue):
    """A customer's uplift by the model with the internal key `key`; `column` is its code."""

    column: str

    def known_of_nobody(self) -> Words:
        """Return why no customer has a value yet; "" where a customer may have a value."""
        if PredictionModel.objects.filter(pk=self.key).exclude(as_of=None).exists():
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


@dataclass(frozen=True)
class UpliftsOfTheShop:
    """The uplifts of the shop's campaigns and experiments, as conditions `prediction.uplift.…`."""

    prefix: str = PREFIX

    def reads(self) -> Iterator[Read]:
        """Yield every column that an uplift comes from."""
        yield from UPLIFTS.reads(OF_CUSTOMER)

    def find(self, code: str) -> Attribute | None:
        """Return the attribute `code`, or None where no model has been trained for it."""
        found = _models().filter(code=f"{UPLIFT_PREFIX}{code.removeprefix(PREFIX)}").first()
        return None if found is None else _attribute(*found)

    def all(self) -> list[Attribute]:
        """Return all attributes, ordered by code."""
        return [_attribute(*found) for found in _models()]

    def state(self) -> Hashable:
        """Return a state that changes when attributes come or go."""
        return tuple(_models())


def _models() -> Any:
    return PredictionModel.objects.filter(kind=KIND).order_by("code").values_list("pk", "code")


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
        rows=UPLIFTS,
        key=model,
        column=code,
    )
