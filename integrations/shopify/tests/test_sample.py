"""Shopify's sample: its counts and its 25 questions, and the same files again."""

from customers.models import DirtyCustomer
from integrations.shops.tests.questions import bring, expected_of, needs_shops, wrong_answers


@needs_shops
def test_sample_has_its_counts_and_answers(db, tmp_path, settings):
    settings.BASE_CURRENCY = "EUR"
    report = bring("shopify", tmp_path / "report.json")
    expected = expected_of("shopify")
    rows = {name: table["rows"] for name, table in report["tables"].items()}
    assert rows == expected["tables"]
    assert [*wrong_answers("shopify")] == []
    DirtyCustomer.objects.all().delete()
    again = bring("shopify", tmp_path / "again.json")
    assert {name: table["unchanged"] for name, table in again["tables"].items()} == rows
    assert not DirtyCustomer.objects.exists()
    assert report["source"] == "shopify"
