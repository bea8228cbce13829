"""Engines as small shops need them."""

import pytest

from conditions.tests.engines.needed import set_up


@pytest.fixture(autouse=True)
def small_engines(settings, tmp_path):
    set_up(settings, tmp_path)
