"""The app's tables stand in shop snapshots with what its conditions read."""

import pytest
from django.db import connection

from segmentation_site.tests.database.test_snapshot_tables import check_tables

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")


def test_its_tables_have_the_columns_that_its_conditions_read(db):
    check_tables()
