"""The strategy that contacts customers who are about to leave."""

from collections.abc import Iterable

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from predictions.history.raw_columns import Units
from predictions.strategies.assumptions.numbers import UNITS
from predictions.strategies.assumptions.values import UPLIFT
from predictions.strategies.selection import Candidate
from predictions.strategies.strategy import ROWS, ContactStrategy, PlanInputs, asks

RISK, VALUE = "prediction__churn_risk", "prediction__clv"


class Retention(ContactStrategy):
    """Values a contact at churn risk x lifetime value, which is a rule of thumb."""

    code = "retention"
    label = _("Retention: keep who is about to leave")
    about = _(
        "Customers with a churn risk of 0.5 or more. What a contact brings is taken to be uplift × "
        "churn risk × predicted lifetime value, less its cost: a rule of thumb."
    )
    uses = (UPLIFT,)
    models = ("churn", "clv")
    conditions = (asks("prediction.churn_risk", "gte", "0.5"),)

    def candidates(self, customers: QuerySet[Customer], inputs: PlanInputs) -> Iterable[Candidate]:
        """Yield customers by descending risk x value; the database multiplies whole numbers."""
        known = customers.filter(**{f"{RISK}__isnull": False, f"{VALUE}__isnull": False})
        rows = known.order_by((Units(RISK) * Units(VALUE)).desc(), F("pk").asc())
        for key, risk, value in rows.values_list("pk", Units(RISK), Units(VALUE)).iterator(ROWS):
            yield Candidate(key, risk * value, UNITS)


RETENTION = Retention()
