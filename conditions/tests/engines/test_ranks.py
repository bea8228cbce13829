"""Ranks on engines: answered as the database answers them, or left to it."""

import pytest

from conditions.engines.duckdb import ENGINE
from conditions.language.operators.ranks import RANKS
from conditions.tests.engines.asking import asked_of, by_database
from conditions.tests.engines.needed import on_postgresql
from conditions.tests.engines.rules import AS_OF
from conditions.tests.examples.rollups import roll_up_in_every_way
from conditions.tests.examples.shops import awkward_shop

pytestmark = [pytest.mark.django_db, on_postgresql]

FIGURES = [
    {"attribute": "lifetime.sales"},
    {"relation": "sales", "aggregate": "sum", "of": "order.grand_total"},
    {"relation": "orders", "aggregate": "max", "of": "order.grand_total"},
]


def test_ranks_are_answered_alike_or_left_to_the_database(tmp_path):
    """No engine gives another average, median or place than the database."""
    awkward_shop(31, customers=200).store()
    roll_up_in_every_way()
    with asked_of(ENGINE, tmp_path) as asked:
        for figure in FIGURES:
            for operator in RANKS.values():
                node = {**figure, "operator": operator.name}
                if operator.is_place:
                    node["value"] = 7
                tree = {"match": "all", "conditions": [node]}
                found = asked.ids(tree, AS_OF, applies_to="both")
                assert found in (None, by_database(tree, AS_OF, applies_to="both")), tree
