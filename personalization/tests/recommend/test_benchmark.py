"""The benchmark of lists, on a shop that fits in a second."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

pytestmark = pytest.mark.django_db


def test_a_made_shop_is_fitted_and_measured():
    out = StringIO()
    call_command("bench_lists", customers=200, skus=30, pairs=2_000, stdout=out)
    found = json.loads(out.getvalue())
    assert (found["customers"], found["skus"]) == (200, 30)
    # A customer may have drawn a product twice.
    assert 1_000 < found["pairs"] < 2_000
    assert found["stored_megabytes"] < 1
    with pytest.raises(CommandError):
        call_command("bench_lists", customers=0)
