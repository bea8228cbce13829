"""The strategy that divides one budget over several campaigns."""

from collections.abc import Iterable

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from predictions.analytics.parts.selection import Tree, all_of
from predictions.history.raw_columns import Units
from predictions.strategies.assumptions.values import MARGIN, ORDER_VALUE
from predictions.strategies.kinds.win_back import of_an_order
from predictions.strategies.question import BUDGET, CLV, ORDER, Campaign, Question
from predictions.strategies.selection import Candidate
from predictions.strategies.strategy import IS_BUYER, ROWS, PlanInputs, Strategy, in_segments

VALUE = "prediction__clv"


class Budget(Strategy):
    """Assigns each customer to at most one campaign, by descending value per cost."""

    code = BUDGET
    label = _("Budget: one for several campaigns")
    about = _(
        "Several campaigns, each for a segment, share one budget. Every customer is taken into one "
        "of them at most, those first who bring most for each unit of cost, until the budget ends."
    )
    uses = (MARGIN, ORDER_VALUE)
    models = ()
    conditions = ()

    def models_for(self, question: Question) -> list[str]:
        """Return the models that the campaigns value customers by."""
        asked = {one.value for one in question.campaigns}
        return [model for value, model in ((CLV, "clv"), (ORDER, "rfm")) if value in asked]

    def eligible(self, question: Question) -> Tree:
        """Return the tree of the members of all campaigns' segments."""
        return all_of([in_segments([one.segment for one in question.campaigns])])

    def candidates(
        self, customers: QuerySet[Customer], campaign: Campaign, inputs: PlanInputs
    ) -> Iterable[Candidate]:
        """Return the `customers` of a campaign in the order that `allocation.allocate` requires.

        By key where a contact costs nothing, and otherwise by descending value.
        """
        by_key = not campaign.cost_per_contact
        if campaign.value == ORDER:
            return of_an_order(customers.filter(**{IS_BUYER: False}), inputs, by_key=by_key)
        known = customers.filter(**{f"{VALUE}__isnull": False})
        order = (F("pk").asc(),) if by_key else (Units(VALUE).desc(), F("pk").asc())
        rows = known.order_by(*order).values_list("pk", Units(VALUE)).iterator(ROWS)
        return (Candidate(key, value, 1) for key, value in rows)


ALLOCATING = Budget()
