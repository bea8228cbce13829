"""DuckDB and PostgreSQL, one meaning: the same trees over the same shops, the same customers."""

import pytest

from conditions.engines.engine import engine
from conditions.tests.engines.asking import check_random_trees
from conditions.tests.engines.needed import on_postgresql
from tests.cases import sample

pytestmark = [on_postgresql, pytest.mark.django_db]


@pytest.mark.parametrize("seed", sample(range(21, 27)))
def test_both_find_the_same_customers(seed, tmp_path):
    check_random_trees(engine("duckdb"), tmp_path, seed=seed, examples=200, refused=2)
