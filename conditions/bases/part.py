"""Random parts of all customers, by buckets that a salt assigns to their numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import F, Q
from django.db.models.lookups import GreaterThanOrEqual, LessThan
from django.utils.translation import gettext as _

from conditions.attribute import Attribute
from conditions.language.operators import Operator, Words
from conditions.language.types import Value
from conditions.sql.buckets import Bucket
from conditions.sql.place import Context, Place
from conditions.sql.sources import Read, Source, columns_on_path
from conditions.sql.truth import ALWAYS, Truth
from core.problems import Problem
from core.registries import Registry
from core.text.hashes import BUCKETS, bucket

if TYPE_CHECKING:
    from conditions.evaluator.facts import Facts


@dataclass(frozen=True)
class SaltUse:
    """Another use of salts: `describe` returns what a salt decides; "" if nothing."""

    name: str
    describe: Callable[[str], Words]


# Each app that draws by buckets registers its salts; queried once for each new part.
SALT_USES: Registry[SaltUse] = Registry("use of salts")


@dataclass(frozen=True, eq=False, kw_only=True)
class RandomPart(Attribute):
    """The part of a draw in which the text column `path` of the row lies."""

    path: str

    def truth(self, operator: Operator, value: Any, place: Place, context: Context) -> Truth:
        if value.low <= 0 and value.high >= BUCKETS:
            return ALWAYS
        number = Bucket(value.salt, F(f"{place.path(self.prefix)}{self.path}"))
        ends = Q()
        if value.low > 0:
            ends &= Q(GreaterThanOrEqual(number, value.low))
        if value.high < BUCKETS:
            ends &= Q(LessThan(number, value.high))
        return Truth(ends, certain=True)

    def reads(self, source: Source) -> Iterator[Read]:
        yield from columns_on_path(source, self.path)

    def read(self, row: Any, facts: Facts) -> tuple[Any, ...]:
        unit = facts.follow(row, self.prefix, self.path)
        return (unit,) if unit else ()

    def actual(self, value: Any, row: Any, facts: Facts) -> Any:
        assert isinstance(value, Value)
        return next((bucket(value.meant.salt, unit) for unit in self.read(row, facts)), None)

    def doubts(self, value: Value) -> Iterator[Problem]:
        for use in SALT_USES:
            if decides := use.describe(value.meant.salt):
                yield Problem(
                    "salt",
                    "salt_in_use",
                    _("“%(salt)s” decides %(what)s as well: the same customers come first there.")
                    % {"salt": value.meant.salt, "what": decides},
                )
