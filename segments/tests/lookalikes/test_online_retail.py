"""Look-alikes in a real shop, whose figures the contract gives."""

from datetime import UTC, datetime

import pytest

from segments.editing.saving import create_segment
from segments.lookalikes import lookalikes
from segments.rules.definition import Definition
from tests.factories.shops import DATA

SPLIT = datetime(2011, 9, 9, tzinfo=UTC)
# SKU, whether it is left out, area under the curve, precision, and by chance (contract, section 5).
EXPECTED = [
    ("22423", True, 0.816, 0.470, 0.114),
    ("20725", True, 0.927, 0.564, 0.069),
    ("22423", False, 0.940, 0.620, 0.114),
]

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.exhaustive,
    pytest.mark.once,
    pytest.mark.skipif(not DATA.exists(), reason=f"{DATA} is not there"),
]


def buyers_of(sku):
    # Conditions count orders after their clock too; the figures are of buyers before the split.
    is_early = {"attribute": "order.created_at", "operator": "before", "value": "2011-09-09"}
    is_sku = {"attribute": "order_item.sku", "operator": "is", "value": sku}
    lines = {"relation": "order_items", "conditions": [is_sku]}
    condition = {"relation": "sales", "conditions": [is_early, lines]}
    tree = {"match": "all", "conditions": [condition]}
    return create_segment(Definition(name=sku, conditions=tree), author=None).segment


@pytest.mark.parametrize(("sku", "is_left_out", "auc", "precision", "chance"), EXPECTED)
def test_figures_are_those_of_the_contract(online_retail, sku, is_left_out, auc, precision, chance):
    leave_out = [sku] if is_left_out else []
    found = lookalikes(buyers_of(sku), size=300, leave_out=leave_out, as_of=SPLIT)
    assert found.auc == pytest.approx(auc, abs=0.01)
    assert (found.precision, found.chance) == pytest.approx((precision, chance), abs=0.001)
    assert found.size == 300
