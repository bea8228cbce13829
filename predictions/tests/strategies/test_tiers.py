"""Tiers of buyers of whom some have spent the same."""

import pytest

from conditions.tests.examples.awkward_values import NOW
from predictions.tests.strategies.test_strategies import check_tiers
from predictions.tests.strategy_shop import PlainStrategies, add_scores

pytestmark = pytest.mark.django_db


def test_tiers_do_not_part_who_has_spent_the_same(make_customer, make_order):
    spent = [500] + [300] * 3 + [200] * 2 + [100] * 34
    for number, amount in enumerate(spent):
        make_order(make_customer(f"N{number}"), NOW, grand_total=amount)
    gold, silver, bronze = check_tiers(PlainStrategies(add_scores(1)))
    # 5 % of 40 are two, of whom the second has spent what the fourth has; 25 % are ten.
    assert (gold["at_least"], gold["customers_count"]) == ("500.0000", 1)
    assert (silver["at_least"], silver["customers_count"]) == ("200.0000", 5)
    assert bronze["customers_count"] == 34


def test_nobody_is_in_a_tier_that_too_many_would_reach(make_customer, make_order):
    for number in range(5):
        make_order(make_customer(f"N{number}"), NOW, grand_total=100)
    gold, silver, bronze = check_tiers(PlainStrategies(add_scores(1)))
    assert (gold["customers_count"], silver["customers_count"]) == (0, 0)
    assert bronze["customers_count"] == 5
