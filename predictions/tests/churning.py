"""A shop whose customers come back with a rhythm of their own, until they do not; churn of it."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np

from customers.models import (
    Customer,
    CustomerGroup,
    Login,
    Order,
    OrderState,
    Refund,
    Store,
)
from predictions.features.shop import shop_figures
from predictions.features.subjects import Subjects
from predictions.history.batches import batch_of, batches
from predictions.history.population import population
from predictions.kinds.churn.declaration import CHURN
from predictions.kinds.kind import Limits, row_at
from predictions.kinds.trained import inputs_given, inputs_of
from predictions.lifecycle.train import train
from predictions.models import ModelVersion

AS_OF = datetime(2026, 4, 1, 9, tzinfo=UTC)
W = 30
METRICS = {
    (name, baseline)
    for name in ("auc", "brier", "ece", "base_rate")
    for baseline in ("base_rate", "recency_only")
}
# So far before and after it there are orders.
BEFORE, AFTER = timedelta(days=300), timedelta(days=60)


def returning_shop(people=160, *, seed=1, shuffled=None):
    """Store it: the same customers, by their numbers, whatever order `shuffled` writes them in."""
    store = Store.objects.get(code="default")
    group = CustomerGroup.objects.get(code="general")
    histories = [_history(random.Random(f"{seed} {n}")) for n in range(people)]
    places = list(range(people))
    if shuffled is not None:
        random.Random(shuffled).shuffle(places)
    customers = Customer.objects.bulk_create(
        Customer(external_id=f"P{n}", store=store, website_id=store.website_id, group=group)
        for n in places
    )
    orders, refunds, logins = [], [], []
    for place, customer in zip(places, customers, strict=True):
        for number, (at, total, is_reduced, is_refunded) in enumerate(histories[place]):
            values = {"customer": customer, "created_at": at}
            name = f"{place} {number}"
            orders.append(
                Order(
                    **values,
                    number=name,
                    store=store,
                    state=OrderState.COMPLETE,
                    updated_at=at,
                    grand_total=total,
                    discount_amount=1 if is_reduced else None,
                )
            )
            if is_refunded:
                refunds.append(Refund(**values, number=name, amount=total))
            logins.append(Login(customer=customer, logged_in_at=at - timedelta(hours=1)))
    for model, rows in ((Order, orders), (Refund, refunds), (Login, logins)):
        if shuffled is not None:
            random.Random(shuffled).shuffle(rows)
        model.objects.bulk_create(rows)


def _history(rng):
    """Return the orders of a customer: when, for how much, with a discount, refunded."""
    rhythm, loyalty = rng.choice([5, 15, 45]), rng.choice([0.7, 0.9, 0.98])
    at, found = AS_OF - BEFORE * rng.random(), []
    while at < AS_OF + AFTER:
        total = Decimal(rng.randint(100, 90_000)) / 100
        found.append((at, total, rng.random() < 0.3, rng.random() < 0.1))
        if rng.random() > loyalty:
            break
        at += timedelta(days=rng.expovariate(1 / rhythm))
    return found


def trained(**parameters):
    """Train and return the version."""
    parameters = {"window_days": W, "algorithm": "logistic"} | parameters
    return train("churn", as_of=AS_OF, parameters=parameters)


def scorer_of(version):
    """Return what scores by a version, as it was stored."""
    return CHURN.scorer(ModelVersion.objects.get(pk=version.pk))


def subjects(as_of=AS_OF):
    """Return everybody as one batch, and by what they are judged."""
    shop = shop_figures(batches(population(as_of), as_of))
    batch = batch_of(population(as_of), as_of)
    return Subjects(batch, shop), Limits(shop)


def inputs(them):
    """Return the features of each as the model takes them in."""
    columns = [column.values() for column in inputs_of(CHURN, them)]
    return [list(row) for row in zip(*columns, strict=True)]


def said_of(scorer, rows, kind=CHURN):
    """Return what a scorer says of rows of features, without ranks."""
    columns = scorer.of_features(inputs_given(kind, rows), np.zeros(len(rows)), None)
    return [row_at(columns, place) for place in range(len(rows))]


def reasons_of(scorer, rows, kind=CHURN):
    """Return the reasons for rows of features."""
    return scorer.reasons(inputs_given(kind, rows), np.zeros(len(rows)))


def exact_risks(scorer, rows):
    """Return the risks of rows of features, not rounded."""
    return scorer.risks(inputs_given(CHURN, rows))


def risks(version, as_of=AS_OF):
    """Return the risks by the customers' numbers."""
    them, limits = subjects(as_of)
    columns = scorer_of(version).columns(them, limits)
    numbers = enumerate(them.batch.numbers)
    return {number: row_at(columns, place)["churn_risk"] for place, number in numbers}


def said(version):
    """Return all that a training has found out."""
    return version.fitted, version.metrics, version.data_hash, version.warnings, risks(version)


def by_name(version):
    """Return the metrics by name and baseline."""
    return {(one["name"], one["baseline"]): one for one in version.metrics}


def days(number):
    """Return so many times 24 hours."""
    return timedelta(days=number)
