"""Fixtures of the tests of all platforms."""

import pytest

from integrations.shops.tests.bringing import Bringer


@pytest.fixture
def bring(db, tmp_path, settings):
    settings.BASE_CURRENCY = "EUR"
    settings.SHOP_RATES = []
    return Bringer(tmp_path)
