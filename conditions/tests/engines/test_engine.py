"""Which engines there are is known in one place."""

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

from conditions.engines.engine import MODULES, require_known


@pytest.mark.parametrize("name", ["", *MODULES])
def test_each_engine_may_be_set(name: str) -> None:
    require_known(name)


def test_another_is_refused_at_the_start(settings) -> None:
    settings.REFRESH_ENGINE = "duckbd"
    with pytest.raises(ImproperlyConfigured, match="REFRESH_ENGINE: duckdb, spark, or nothing"):
        apps.get_app_config("conditions").ready()
