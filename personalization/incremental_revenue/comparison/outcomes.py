"""Outcomes of the treated and the holdout group: revenue, conversions and engagement."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from personalization.behavior.activity import done_by
from personalization.engagement import level_of, score_units
from personalization.incremental_revenue.comparison.cells import Classes
from personalization.incremental_revenue.comparison.groups import groups
from personalization.incremental_revenue.question import Question
from personalization.models import CustomerProfile
from predictions.attribution.revenue import with_revenue
from predictions.statistics.welch import Sample

# At most this many different cells are counted; customers of any further cells are in none.
MOST_CELLS = 1_000
# The cell of all customers.
WHOLE = None


@dataclass
class Arm:
    """One group: revenue and engagement in units of 1/10,000, and who bought (1 or 0)."""

    revenue: Sample = field(default_factory=Sample)
    buyers: Sample = field(default_factory=Sample)
    engagement: Sample = field(default_factory=Sample)

    @property
    def count(self) -> int:
        """The number of customers."""
        return self.revenue.count


@dataclass
class Beside:
    """The treated and the holdout group."""

    treated: Arm = field(default_factory=Arm)
    held_out: Arm = field(default_factory=Arm)

    @property
    def fewest(self) -> int:
        """The size of the smaller group."""
        return min(self.treated.count, self.held_out.count)


Cells = Mapping[str | None, Beside]


def outcomes(
    question: Question, classes: Classes | None = None, *, with_engagement: bool = False
) -> Cells:
    """Return both groups: all (`WHOLE`), and the cells of `classes`; raises as `groups` does.

    A customer without a purchase has revenue 0. The engagement is that at the end of the period, or
    at `as_of` if that is earlier.
    """
    cells: dict[str | None, Beside] = defaultdict(Beside)
    _whole = cells[WHOLE]
    for held_out in groups(question):
        keys = list(held_out)
        if not keys:
            continue
        brought = _revenue_by_customer(keys, question)
        scores = _scores(keys, question) if with_engagement else {}
        found = classes(held_out) if classes else {}
        for key, is_held_out in held_out.items():
            for cell in (WHOLE, *found.get(key, ())):
                if cell not in cells and len(cells) > MOST_CELLS:
                    continue
                beside = cells[cell]
                arm = beside.held_out if is_held_out else beside.treated
                arm.revenue.add(brought.get(key, 0))
                arm.buyers.add(int(key in brought))
                if with_engagement:
                    arm.engagement.add(scores.get(key, 0))
    return cells


def _revenue_by_customer(keys: Collection[int], question: Question) -> Mapping[int, int]:
    """Return the revenue of each customer who bought in the period, in units.

    Others between the first and the last of `keys` are read, too: a list of thousands of keys takes
    longer.
    """
    sales = with_revenue(question.as_of).filter(
        customer__gte=min(keys),
        customer__lte=max(keys),
        created_at__gte=question.since,
        created_at__lt=question.until,
    )
    found: dict[int, int] = defaultdict(int)
    for key, units in sales.order_by().values_list("customer", "revenue"):
        found[key] += units
    return found


def _scores(keys: Collection[int], question: Question) -> Mapping[int, int]:
    """Return the engagement of each customer who has any, in units of 1/10,000."""
    at = min(question.until, question.as_of)
    levels: dict[int, int | None] = {}
    rows = CustomerProfile.objects.filter(customer__in=keys, updated_at__lte=at)
    # A stored level holds for every later moment until `due_at`, when further activity counts.
    rows = rows.exclude(due_at__lte=at)
    levels.update(rows.values_list("customer", "engagement_level"))
    later = set(keys) - levels.keys()
    for key, done in done_by(sorted(later), as_of=at).items():
        levels[key] = level_of(done)
    return {key: score_units(level, at) for key, level in levels.items()}
