"""Spark and PostgreSQL, one meaning, where Java and PySpark are."""

import pytest

from conditions.engines.engine import engine
from conditions.tests.engines.asking import check_random_trees
from conditions.tests.engines.needed import needs_spark, on_postgresql

pytestmark = [on_postgresql, *needs_spark, pytest.mark.django_db]


def test_both_find_the_same_customers(tmp_path):
    check_random_trees(engine("spark"), tmp_path, seed=41, examples=120, refused=6)
