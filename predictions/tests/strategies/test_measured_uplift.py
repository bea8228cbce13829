"""What a campaign that held somebody out has measured."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core.clock import now
from predictions.models import Touch
from predictions.strategies.assumptions.measured_uplift import measured_uplift
from predictions.tests.touching import make_campaign, make_touch


@pytest.mark.parametrize("code", ["win_back", "spring"])
def test_a_campaign_that_held_somebody_out_measures_the_uplift(db, make_customer, make_order, code):
    at = now() - timedelta(days=60)
    campaign = make_campaign(code)
    bought = {"contacted": [1] * 22 + [0] * 18, "held_out": [1] * 9 + [0] * 21}
    for group, ones in bought.items():
        for one in ones:
            customer = make_customer()
            make_touch(customer, campaign, at, group)
            for number in range(2 * one):
                make_order(customer, at + timedelta(days=number), grand_total="0")
            # After the window, and before the touch, nothing counts.
            make_order(customer, at + timedelta(days=30))
            make_order(customer, at - timedelta(seconds=1))
    assert measured_uplift("upsell") is None
    found = measured_uplift("win_back") if code == "win_back" else measured_uplift("budget", code)
    from scipy import stats

    oracle = stats.ttest_ind(bought["contacted"], bought["held_out"], equal_var=False)
    interval = oracle.confidence_interval(0.95)
    assert found.value == Decimal("0.55") - Decimal("0.3")
    assert (float(found.low), float(found.high)) == pytest.approx(tuple(interval), abs=1e-4)
    Touch.objects.filter(customer__pk=customer.pk).delete()
    assert measured_uplift("budget", code) is None
