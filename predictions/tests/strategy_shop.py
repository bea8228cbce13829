"""A shop whose customers have scores, and the strategies once more: slowly, in plain Python."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from random import Random

from conditions.tests.examples.awkward_values import NOW
from customers.models import Consent, ConsentState, Order, Purpose
from predictions.models import CustomerPrediction, PredictionModel
from predictions.scoring.runs import score
from predictions.tests.analytics.test_analytics import deploy_new
from predictions.tests.plainly import Plain

LATELY = {"lapsing", "lost"}


def four(value):
    """Return a fraction as the API writes it."""
    exact = Decimal(abs(value.numerator)) / Decimal(value.denominator)
    text = f"{exact.quantize(Decimal('0.0001'), rounding=ROUND_HALF_UP)}"
    return f"-{text}" if value < 0 and Decimal(text) else text


def add_scores(seed):
    """Score the stored shop, and give each buyer a risk and a value; return all rows by key."""
    random = Random(seed)
    score(as_of=NOW)
    for code in ("clv", "churn"):
        deploy_new(PredictionModel.objects.get(code=code), parameters={"margin": 1})
        number = PredictionModel.objects.get(code=code).deployed.number
        PredictionModel.objects.filter(code=code).update(as_of=NOW, limits={"version": number})
    for row in CustomerPrediction.objects.exclude(frequency_score=None).order_by("pk"):
        # Few different ones, so that many are equal; some are missing, some on the limit.
        row.churn_risk = random.choice([None, "0.4999", "0.5", "0.5001", "0.9", "0.1"])
        row.clv = random.choice([None, 0, "0.0001", "12.5", "300.25", 999_999_999])
        row.expected_orders = random.choice([None, 0, "0.3333", "2.5", "11"])
        row.expected_order_value = random.choice([None, "10", "99.99"])
        row.save()
    return {row.pk: row for row in CustomerPrediction.objects.all()}


def refuse_one(key=None):
    """Let one buyer refuse to be predicted: the scores go with the next scoring."""
    rows = CustomerPrediction.objects.exclude(frequency_score=None).order_by("pk")
    row = rows.first() if key is None else rows.get(pk=key)
    Consent.objects.create(
        customer=row.customer,
        purpose=Purpose.PERSONALIZATION,
        state=ConsentState.REFUSED,
        source="test",
        at=NOW,
    )
    return row.customer


class PlainStrategies:
    """Who is eligible and what each is worth, from orders and rows of scores."""

    def __init__(self, rows):
        self.rows = rows
        self.plain = Plain(NOW)
        self.people = {one.pk: one for one in self.plain.people}

    def sales(self, key):
        return [Fraction(one.grand_total) for one in self.plain.sales[key]]

    def bought(self, key):
        """Return the sum of all sales, those to come too, as conditions read it."""
        orders = Order.objects.filter(customer=key).exclude(state__in=["canceled", "closed"])
        return sum((Fraction(one.grand_total) for one in orders), Fraction(0))

    def average(self, key):
        mine = self.sales(key)
        return sum(mine) / len(mine) if mine else Fraction(0)

    def buyers(self):
        return {key for key, row in self.rows.items() if row.frequency_score}

    def eligible(self, strategy):
        return {key for key, row in self.rows.items() if getattr(self, f"is_{strategy}")(row)}

    def is_retention(self, row):
        return row.churn_risk is not None and Decimal(row.churn_risk) >= Decimal("0.5")

    def is_win_back(self, row):
        return row.journey_stage in LATELY

    def is_upsell(self, row):
        risk = row.churn_risk
        return (
            row.journey_stage in {"repeat", "loyal"}
            and risk is not None
            and Decimal(risk) < Decimal("0.5")
        )

    def is_loyalty(self, row):
        return bool(row.frequency_score)

    is_pricing = is_loyalty

    def worth(self, strategy, key, margin):
        """Return what a contact that works is worth; None where that is not known."""
        row = self.rows[key]
        match strategy:
            case "retention":
                if row.clv is None:
                    return None
                return Fraction(row.churn_risk) * Fraction(row.clv)
            case "win_back":
                return margin * self.average(key)
            case "upsell":
                if row.expected_orders is None:
                    return None
                lacking = max(Fraction(0), self.upper_quartile() - self.average(key))
                return margin * Fraction(row.expected_orders) * lacking
        raise ValueError(strategy)

    def upper_quartile(self):
        averages = sorted(self.average(key) for key in self.buyers())
        return averages[-(-3 * len(averages) // 4) - 1]

    def chosen(self, strategy, *, uplift, cost, budget, margin=Fraction(1)):
        """Return (key, value) of who is contacted, in the order in which they are chosen."""
        worth = {key: self.worth(strategy, key, margin) for key in self.eligible(strategy)}
        values = {key: uplift * one - cost for key, one in worth.items() if one is not None}
        order = sorted(values, key=lambda key: (-values[key], key))
        good = [(key, values[key]) for key in order if values[key] > 0]
        return good if not cost else good[: budget // cost]
