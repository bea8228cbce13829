"""The page on scaling, word for word: a day of a lake's views comes in once, however often."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from customers.models import ProductView
from customers.tests.rows import a_customer

duckdb = pytest.importorskip("duckdb")

LAKE = """
COPY (SELECT * FROM (VALUES
  ('C1', 'S-1', TIMESTAMPTZ '2026-11-25 10:00:00.123456+00', 'view'),
  ('C1', 'S-1', TIMESTAMPTZ '2026-11-25 10:00:00.123456+00', 'view'),
  ('C2', 'S-2', TIMESTAMPTZ '2026-11-26 00:30:00+01', 'view'),
  ('C2', 'S-2', TIMESTAMPTZ '2026-11-24 23:59:59+00', 'view'),
  ('C2', 'S-2', TIMESTAMPTZ '2026-11-25 23:59:59+00', 'click'),
  ('gone', 'S-2', TIMESTAMPTZ '2026-11-25 23:59:59+00', 'view')
) AS events(user_id, product, event_time, event)) TO 'LAKE/events.parquet'
"""


@pytest.mark.django_db(transaction=True)
def test_views_of_a_lake_come_in_as_the_page_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("LAKE", "FILES"):
        Path(name).mkdir()
    for number in ("C1", "C2"):
        a_customer(number)
    page = (settings.BASE_DIR / "docs" / "scaling.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    with duckdb.connect() as lake:
        lake.execute(LAKE)
        lake.execute(example)
    for _time in range(2):
        call_command("import_shop", "FILES", "--skip-bad-rows")
        seen = ProductView.objects.order_by("viewed_at").values_list(
            "customer__external_id", "product__sku", "viewed_at"
        )
        assert [(who, sku, f"{at:%d %H:%M:%S.%f}") for who, sku, at in seen] == [
            *[("C1", "S-1", "25 10:00:00.123456")] * 2,
            ("C2", "S-2", "25 23:30:00.000000"),
        ]
